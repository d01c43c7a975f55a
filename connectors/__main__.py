"""The command line: ``python -m connectors synthetic``, ``file PATH``, ``twitter`` and so on."""

import sys
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console

from connectors.authors import load_key
from connectors.file import FileOptions, FileSource, Times
from connectors.mapping import parse_map
from connectors.polling import commands
from connectors.preview import show
from connectors.printer import Printer
from connectors.publisher import Publisher
from connectors.source import Sink, Source, run
from connectors.stop import Stop
from connectors.synthetic import DEFAULT_COUNT, SyntheticOptions, SyntheticSource
from connectors.table import Format
from connectors.timestamps import DateOrder, UnreadableTimeError, parse_time
from contracts import settings
from contracts.errors import InputError, one_line_errors

INCOMPLETE = 1
CANNOT_BE_USED = 2

app = typer.Typer(
    help="Bring posts to the raw topic.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

commands.add_to(app)

Rate = Annotated[
    float | None,
    typer.Option(min=0.001, help="Messages a second; by default as fast as it goes."),
]
DryRun = Annotated[bool, typer.Option(help="Print JSON lines instead of sending.")]
SummaryFile = Annotated[
    Path | None, typer.Option(help="Write the summary to this file, as JSON, at the end.")
]


@app.command()
def synthetic(
    *,
    count: Annotated[int, typer.Option(min=0, help="Messages; 0: until stopped.")] = DEFAULT_COUNT,
    rate: Rate = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed makes the same messages and ids.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(help="First time to simulate, such as 2025-03-01; by default it is now."),
    ] = None,
    span: Annotated[
        str, typer.Option(help="Time that simulated messages spread over, such as 90m, 24h, 7d.")
    ] = "24h",
    dry_run: DryRun = False,
    summary_file: SummaryFile = None,
) -> None:
    """Posts about fictitious products, made up from a grammar."""
    with one_line_errors():
        options = SyntheticOptions(
            count=count,
            seed=seed,
            start=None if start is None else _moment(start),
            span=_span(span),
            rate=rate,
        )
        _run(SyntheticSource(options), rate, dry_run=dry_run, summary_file=summary_file)


@app.command()
def file(
    path: Annotated[str, typer.Argument(help="A file, packed (.gz) or not; - is standard input.")],
    *,
    format_: Annotated[
        Format | None, typer.Option("--format", help="By default the file's name tells.")
    ] = None,
    columns: Annotated[
        str, typer.Option("--map", metavar="FIELD=COLUMN,…", help="Which column is which field.")
    ] = "",
    platform: Annotated[
        str, typer.Option(help="Where the posts were posted, unless a column says.")
    ] = "file",
    times: Annotated[Times, typer.Option(help="The posts' own times, or now.")] = "original",
    timezone: Annotated[str, typer.Option(help="What times without an offset are in.")] = "UTC",
    day_first: Annotated[bool, typer.Option("--day-first", help="01/03/2024 is in March.")] = False,
    month_first: Annotated[
        bool, typer.Option("--month-first", help="01/03/2024 is in January.")
    ] = False,
    header: Annotated[
        bool | None, typer.Option(help="Whether the first row names the columns.")
    ] = None,
    quotes: Annotated[
        bool | None, typer.Option(help="Whether cells can be quoted; by default in CSV only.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="Keep the position in this file and go on from it.")
    ] = None,
    author_key: Annotated[
        Path | None, typer.Option(help="Key file that authors are hashed with.")
    ] = None,
    rate: Rate = None,
    dry_run: DryRun = False,
    summary_file: SummaryFile = None,
) -> None:
    """Posts from JSON lines, CSV or TSV."""
    with one_line_errors():
        options = FileOptions(
            author_key=load_key(author_key),
            format=format_,
            mapping=parse_map(columns),
            times=times,
            zone=_zone(timezone),
            date_order=_date_order(day_first=day_first, month_first=month_first),
            platform=platform,
            has_header=header,
            has_quotes=quotes,
            state_file=state,
        )
        source = FileSource(path, options)
        show(source, Console(stderr=True))
        _run(source, rate, dry_run=dry_run, summary_file=summary_file)


def _run(source: Source, rate: float | None, *, dry_run: bool, summary_file: Path | None) -> None:
    stop = Stop()
    sink: Sink = Printer() if dry_run else Publisher(settings.load().kafka)
    with stop.on_signals():
        summary = run(source, sink, rate=rate, stop=stop)
    print(summary.line(), file=sys.stderr)
    if summary_file:
        _write(summary_file, msgspec.json.format(msgspec.json.encode(summary)))
    if summary.error:
        print(f"error: {summary.error}", file=sys.stderr)
        raise typer.Exit(CANNOT_BE_USED)
    if not summary.complete:
        raise typer.Exit(INCOMPLETE)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content + b"\n")
    except OSError as error:
        raise InputError(
            f"the summary file {path} cannot be written ({error.strerror})",
            "name one in a folder that exists and is writable",
        ) from None


def _moment(text: str) -> datetime:
    try:
        return parse_time(text)
    except UnreadableTimeError as error:
        raise InputError(
            f"--start: {error}", "write it as 2025-03-01 or 2025-03-01T12:00Z"
        ) from None


def _span(text: str) -> timedelta:
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    number, unit = text[:-1], text[-1:]
    try:
        span = timedelta(**{units[unit]: float(number)})
    except (KeyError, ValueError, OverflowError):
        span = timedelta()
    if span <= timedelta():
        raise InputError(f"--span {text!r} is no length of time", "write it as 90m, 24h or 7d")
    return span


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(
            f"--timezone {name!r} is not known", "name one such as Europe/Berlin"
        ) from None


def _date_order(*, day_first: bool, month_first: bool) -> DateOrder | None:
    if day_first and month_first:
        raise InputError("--day-first and --month-first exclude each other", "say one of them")
    if day_first:
        return "day"
    return "month" if month_first else None


if __name__ == "__main__":
    app(prog_name="python -m connectors")
