"""Event-time windows whose aggregates are a function of the messages stored for them.

A window that is seen for the first time is folded from the stream. One that is marked, that was
open when an earlier run ended, or that has aggregates in the history already, is recounted from the
stored messages instead; messages are stored before their window hears of them, so a recount misses
none. Writing happens elsewhere and may take its time: a window is let go, and forgotten by the
step's state, only after its last revision is written, so a crash loses no write. A start writes
only the windows that were not written at the snapshot: what has changed since comes again.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Never

from bytewax.operators import StatefulBatchLogic

from contracts.aggregates import DimensionKey, Totals, merge_totals
from contracts.settings import Windows
from dataflows.steps.clock import MessageClock
from dataflows.steps.fold import WindowPart
from dataflows.steps.revise import Due, Written

REVISED_A_TURN = 500


@dataclass(slots=True)
class Window:
    """An open window. One that is ``recounted`` keeps no totals of its own.

    ``revision`` is the last one known; ``is_known`` says whether the history has been asked.
    """

    revision: int = 0
    is_known: bool = False
    recounted: bool = False
    totals: dict[DimensionKey, Totals] = field(default_factory=dict)
    changed: set[DimensionKey] = field(default_factory=set)
    dirty: bool = False
    touched_s: float = 0.0
    written_s: float = 0.0

    def recount(self) -> None:
        """Count stored messages from now on."""
        self.recounted = True
        self.totals, self.changed = {}, set()


class OpenWindow(NamedTuple):
    """An open window in a snapshot: its last revision, and whether all of it is written."""

    revision: int
    is_written: bool


State = dict[datetime, OpenWindow]
"""By the window's start."""


Revise = Callable[[list[Due]], Future[Written]]
"""Writes windows elsewhere, after those before."""


@dataclass(frozen=True)
class WindowStep:
    """What every shard's logic needs."""

    settings: Windows
    clock: MessageClock
    revise: Revise
    monotonic: Callable[[], float] = time.monotonic

    def __call__(self, state: State | None) -> "WindowsLogic":
        """The logic of one shard, from its snapshot or from nothing."""
        return WindowsLogic(self, state)


class WindowsLogic(StatefulBatchLogic[WindowPart, Never, State]):
    """The open windows of one shard; emits nothing, its writes are its effect."""

    def __init__(self, step: WindowStep, state: State | None) -> None:
        """Go on from a snapshot: its windows are recounted when they change or become final."""
        self._step = step
        self._length = timedelta(seconds=step.settings.length_seconds)
        self._lateness = timedelta(seconds=step.settings.lateness_seconds)
        self._live_s = step.settings.live_ms / 1000
        self._recompute_s = step.settings.recompute_ms / 1000
        self._windows: dict[datetime, Window] = {
            start: Window(revision=window.revision, recounted=True, dirty=not window.is_written)
            for start, window in (state or {}).items()
        }
        self._writing: tuple[list[Due], Future[Written]] | None = None
        self._due: datetime | None = None
        if self._windows:
            self._wake()

    def on_batch(self, values: list[WindowPart]) -> tuple[list[Never], bool]:
        """Fold parts, or note that a window is to be recounted."""
        now = self._step.monotonic()
        for part in values:
            self._step.clock.advance(part.partition, part.newest.items())
            window = self._windows.setdefault(part.start, Window())
            if part.marked and not window.recounted:
                window.recount()
            if not window.recounted:
                merge_totals(window.totals, part.totals)
                window.changed |= part.totals.keys()
            window.dirty = True
            window.touched_s = now
        self._wake()
        return [], False

    def on_notify(self) -> tuple[list[Never], bool]:
        """Have the windows written that are due; let go of final ones that are."""
        self._finish_writing()
        if self._writing is None and (dues := self._take_due()):
            self._writing = dues, self._step.revise(dues)
            self._finish_writing()
        self._due = None
        if self._windows:
            self._wake()
        return [], not self._windows

    def notify_at(self) -> datetime | None:
        """When windows are looked at next."""
        return self._due

    def snapshot(self) -> State:
        """Which windows are open, and their revisions; what is in them is stored."""
        writing = {due.start for due in self._writing[0]} if self._writing else set()
        return {
            start: OpenWindow(window.revision, not window.dirty and start not in writing)
            for start, window in self._windows.items()
        }

    def _take_due(self) -> list[Due]:
        """What is to be written now; what changes from here on is for the next time."""
        now = self._step.monotonic()
        dues: list[Due] = []
        for start, window in self._windows.items():
            pause = self._recompute_s if window.recounted else self._live_s
            quiet = now - window.touched_s >= self._recompute_s
            final = quiet and self._step.clock.passed(start + self._length + self._lateness)
            if not (final or (window.dirty and now - window.written_s >= pause)):
                continue
            if len(dues) == REVISED_A_TURN:
                break
            totals = None
            if not window.recounted:
                keys = window.totals.keys() if final else window.changed
                totals = {key: window.totals[key].copy() for key in keys}
            dues.append(Due(start, window.revision, window.is_known, totals, final))
            window.dirty, window.changed, window.written_s = False, set(), now
        return dues

    def _finish_writing(self) -> None:
        """Where writing has ended: note the revisions, and drop what is final and unchanged."""
        if self._writing is None or not self._writing[1].done():
            return
        dues, future = self._writing
        self._writing = None
        revised = future.result()
        for due in dues:
            window = self._windows[due.start]
            window.revision, window.is_known = revised[due.start].revision, True
            if revised[due.start].recounted and not window.recounted:
                window.recount()
            if due.final and not window.dirty:
                del self._windows[due.start]

    def _wake(self) -> None:
        if self._due is None:
            self._due = datetime.now(UTC) + timedelta(seconds=self._live_s)
