"""``python -m dataflows``: create topics, keep a flow running, audit the books, forget posts."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from contracts.completeness import ENTERED
from contracts.errors import InputError, one_line_errors
from contracts.settings import load
from contracts.topics import topics
from dataflows.audit import Audit, audit
from dataflows.cluster import find_cluster
from dataflows.forget import Forgotten, Wanted, ask, find, forget, read_ids, require_ids
from dataflows.recovery import made_for, prepare
from dataflows.run import Flow, Job, supervise
from stores.kafka import ensure_topics, require_topics
from stores.open import open_history

SHOWN = 20

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def main() -> None:
    """Operate the platform's flows."""


@app.command("topics")
def create_topics() -> None:
    """Create the topics that are missing; report those that exist with other settings."""
    with one_line_errors():
        kafka = load().kafka
        for difference in ensure_topics(kafka):
            typer.echo(f"warning: {difference}", err=True)
        typer.echo(f"topics ready: {', '.join(topic.name for topic in topics(kafka))}")


@app.command("run")
def run_flow(
    flow: Annotated[Flow, typer.Argument(help="Both halves, or one of them.")],
    *,
    recovery: Annotated[
        Path | None,
        typer.Option(
            envvar="BYTEWAX_RECOVERY_DIRECTORY",
            help="Folder of the recovery store; made where it is new. Only windows need one.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(envvar="BYTEWAX_WORKERS_PER_PROCESS", min=1, help="Threads.")
    ] = 1,
    process: Annotated[
        int | None,
        typer.Option(envvar="BYTEWAX_PROCESS_ID", help="Which of a cluster's processes, from 0."),
    ] = None,
    addresses: Annotated[
        str | None,
        typer.Option(envvar="BYTEWAX_ADDRESSES", help="host:port of all processes, by commas."),
    ] = None,
    snapshot: Annotated[
        int,
        typer.Option(envvar="BYTEWAX_SNAPSHOT_INTERVAL", min=0, help="Seconds between snapshots."),
    ] = 1,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds that it may take to end before it is killed.")
    ] = 20,
) -> None:
    """Run a flow; start it again when it crashes; end cleanly on SIGTERM and Ctrl-C."""
    with one_line_errors():
        settings = load()
        cluster = find_cluster(process, addresses, os.environ)
        if recovery and flow not in {"analyze", "ingest"}:
            number = cluster.process if cluster else 0
            recovery = prepare(recovery, made_for(flow, settings), number)
        else:
            recovery = None
        job = Job(flow, recovery, workers, cluster, timedelta(seconds=snapshot))
        raise typer.Exit(supervise(job, settings, patience))


@app.command("audit")
def audit_books(
    since: Annotated[datetime | None, typer.Option("--from", help="An hour ago.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="The last full minute.")] = None,
    patience: Annotated[int, typer.Option(help="Seconds to wait for the books.")] = 20,
) -> None:
    """Recount the books from the topics; exit code 1 if they differ or a message suffered.

    Times are UTC. Messages that others have replaced leave the topics after some hours
    (compaction), so a stretch is best audited on its day.
    """
    with one_line_errors():
        settings = load()
        end = _utc_minute(until or datetime.now(UTC))
        start = _utc_minute(since) if since else end - timedelta(hours=1)
        history = open_history(settings)
        audited = audit(settings, history, start, end, patience)
        history.close()
    _print(audited)
    raise typer.Exit(not audited.is_clean)


@app.command("forget")
def forget_posts(
    message: Annotated[list[str] | None, typer.Option(help="A message id; repeatable.")] = None,
    author: Annotated[
        list[str] | None,
        typer.Option(help="The author_id of all whose messages are meant; repeatable."),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A file of message ids, one a line.")] = None,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to wait until all is gone.")] = 60,
    wait: Annotated[bool, typer.Option(help="Wait until all is gone.")] = True,
) -> None:
    """Erase posts wherever they are kept; exit code 1 if not all are gone in time.

    docs/privacy.md says how long each place takes.
    """
    with one_line_errors():
        settings = load()
        ids = [*(message or []), *(read_ids(file) if file else [])]
        if not (ids or author):
            raise InputError("no post is named", "give --message, --author or --file")
        require_ids(ids, author or [])
        require_topics(settings.kafka)
        history = open_history(settings)
        wanted = find(settings.kafka, history, ids, author or [])
        forgotten = None
        if wait:
            forgotten = forget(settings.kafka, history, wanted, patience)
        else:
            ask(settings.kafka, wanted)
        history.close()
    _print_forgotten(wanted, forgotten)
    left = set(wanted.message_ids) - forgotten.erased if forgotten else set()
    raise typer.Exit(bool(left or wanted.out_of_reach))


def _print_forgotten(wanted: Wanted, forgotten: Forgotten | None) -> None:
    """A table, what was not found or is left, and all of it in one last line."""
    figures = {
        "asked": str(len(wanted.message_ids)),
        "found": str(len(wanted.found)),
        "erased": str(len(forgotten.erased)) if forgotten else "unknown",
        "seconds": f"{forgotten.seconds:.1f}" if forgotten else "0",
    }
    table = Table(*figures)
    table.add_row(*figures.values())
    Console().print(table)
    for message_id in [i for i in wanted.message_ids if i not in wanted.found][:SHOWN]:
        typer.echo(f"not found: {message_id}; what is on its way is erased all the same")
    left = [i for i in wanted.message_ids if forgotten and i not in forgotten.erased]
    for message_id in left[:SHOWN]:
        typer.echo(f"not erased in time: {message_id}; its deletion is written and goes on")
    for place in wanted.out_of_reach[:SHOWN]:
        typer.echo(f"out of reach: {place} is of the author under another key; retention takes it")
    typer.echo(" ".join(f"{name}={figure}" for name, figure in figures.items()))


def _utc_minute(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC, second=0, microsecond=0)


def _print(audited: Audit) -> None:
    """The recount, what is wrong, and all of it in one last line."""
    found = audited.recount
    totals = found.totals
    table = Table("what", "messages")
    for what in (ENTERED, *sorted(totals.keys() - {ENTERED})):
        table.add_row(what, f"{totals[what]:,}")
    Console().print(table)
    for each in audited.differences:
        minute = datetime.fromtimestamp(each.minute, UTC)
        typer.echo(f"{minute:%H:%M} {each.what}: topics {each.topics}, books {each.books}")
    places = {"missing": found.missing, "repeated": found.repeated, "unknown": found.unknown}
    for name, some in places.items():
        for partition, offset in some[:SHOWN]:
            typer.echo(f"{name}: raw partition {partition} offset {offset}")
    counts = " ".join(f"{name}={len(some)}" for name, some in places.items())
    typer.echo(f"entered={totals[ENTERED]} differences={len(audited.differences)} {counts}")


if __name__ == "__main__":
    app()
