"""Long work shown as it goes on: a bar on a terminal, a line a minute elsewhere."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")
LINE_EVERY_S = 60.0
_console = Console()


def say(line: str) -> None:
    """One line; a bar that is shown stays below it."""
    _console.print(line, markup=False, highlight=False, soft_wrap=True)


def steps(
    items: Sequence[T], what: str, note: Callable[[], str] = str, first: int = 0
) -> Iterator[tuple[int, T]]:
    """Each item with its number, as it is worked on.

    :param what: the name of the work.
    :param note: what to show beside it, such as a loss.
    :param first: where to begin, after an interruption.
    """
    shown = _on_terminal if _console.is_terminal else _in_lines
    return shown(items, what, note, first)


def _on_terminal(
    items: Sequence[T], what: str, note: Callable[[], str], first: int
) -> Iterator[tuple[int, T]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=_console) as progress:
        task = progress.add_task(what, total=len(items), completed=first, note="")
        for number in range(first, len(items)):
            yield number, items[number]
            progress.update(task, advance=1, note=note())


def _in_lines(
    items: Sequence[T], what: str, note: Callable[[], str], first: int
) -> Iterator[tuple[int, T]]:
    begun = spoken = time.monotonic()
    for number in range(first, len(items)):
        yield number, items[number]
        now, done = time.monotonic(), number + 1
        if now - spoken >= LINE_EVERY_S or done == len(items):
            spoken = now
            minutes = (now - begun) / 60 / (done - first) * (len(items) - done)
            say(
                f"{what}: {done:,} of {len(items):,}, {minutes:.0f} minutes left  {note()}".rstrip()
            )
