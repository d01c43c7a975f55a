"""The part of the command line that is about connectors that poll."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer
from rich.console import Console

from connectors.polling import report
from connectors.polling.connector import Connector
from connectors.polling.poller import Turn
from connectors.polling.registry import PLATFORMS, connect_of
from connectors.polling.run import keep_polling, now, print_turns
from connectors.source import payload_of
from connectors.stop import Stop
from contracts import wire
from contracts.errors import GroundswellError, InputError, one_line_errors
from contracts.settings import Settings, load
from stores.kafka.journal import read_states

FAILED = 1
QUIET = ("httpx", "httpcore", "urllib3", "prawcore", "tweepy")

Names = Annotated[
    list[str] | None, typer.Argument(help="Connectors; by default all.", show_default=False)
]
DryRun = Annotated[bool, typer.Option(help="Print JSON lines; send and remember nothing.")]
Once = Annotated[bool, typer.Option(help="End when there is nothing more to bring now.")]


def add_to(app: typer.Typer) -> None:
    """Add a command for each platform, and those about all of them."""
    for name in PLATFORMS:
        app.command(name, help=f"Bring posts from {name}, until asked to end.")(_polling(name))
    app.command()(check)
    app.command()(plan)
    app.command()(status)
    app.command()(deletions)
    app.command()(terms)


def _polling(name: str) -> Callable[[DryRun, Once], None]:
    def command(dry_run: DryRun = False, once: Once = False) -> None:
        stop = Stop()
        with _ready() as settings, stop.on_signals():
            if dry_run:
                print_turns(name, settings, stop, _print, once=once)
            else:
                keep_polling(name, settings, stop, once=once)

    return command


def check(names: Names = None) -> None:
    """Verify credentials, and say what they permit."""
    _for_each(names, _quota)


def plan(names: Names = None) -> None:
    """Say what connectors will ask and cost before they run."""
    _for_each(names, _planned)


def status() -> None:
    """What each connector has used and brought."""
    with _ready() as settings:
        Console().print(report.status(read_states(settings.kafka), now()))


def deletions() -> None:
    """The ledger: what was asked about again, what was gone, and what became of that."""
    with _ready() as settings:
        Console().print(report.deletions(read_states(settings.kafka), now()))


def terms() -> None:
    """What the platforms ask of those who keep their posts."""
    Console().print(report.terms())


@contextmanager
def _ready() -> Iterator[Settings]:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    with one_line_errors():
        yield load()


def _for_each(names: Names, lines: Callable[[str, Settings], list[str]]) -> None:
    """Print lines about connectors; exit code 1 if one of those that were named has an error."""
    failed = False
    with _ready() as settings:
        for name in names or PLATFORMS:
            if name not in PLATFORMS:
                raise InputError(f"{name} is no connector that polls", ", ".join(PLATFORMS))
            try:
                said = lines(name, settings)
            except GroundswellError as error:
                said = [f"{name}: {error}"]
                failed = True
            typer.echo("\n".join(said))
    raise typer.Exit(FAILED if failed and names else 0)


@contextmanager
def _connected(name: str, settings: Settings) -> Iterator[Connector]:
    connector = connect_of(name)(settings, lambda _remaining, _reset: None, now)
    with closing(connector):
        yield connector


def _quota(name: str, settings: Settings) -> list[str]:
    with _connected(name, settings) as connector:
        said = ", ".join(f"{what} {value}" for what, value in connector.quota().items())
        return [f"{name}: {said}", *(f"{name}: {notice}" for notice in connector.notices())]


def _planned(name: str, settings: Settings) -> list[str]:
    with _connected(name, settings) as connector:
        return report.plan(connector)


def _print(turn: Turn) -> None:
    for post in turn.posts:
        sys.stdout.buffer.write(payload_of(post) + b"\n")
    for deletion in turn.deletions:
        sys.stdout.buffer.write(wire.encode(deletion) + b"\n")
    sys.stdout.buffer.flush()
