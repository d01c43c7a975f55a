"""Event-time windows whose aggregates are a function of the messages stored for them.

A window that is seen for the first time is folded from the stream. One that is marked, that was
open when an earlier run ended, or that has aggregates in the history already, is recounted from the
stored messages instead; messages are stored before their window hears of them, so a recount misses
none. Aggregates are written inside the step, before its state is snapshotted: a crash loses no
write, a replay repeats one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Never, Protocol

from bytewax.operators import StatefulBatchLogic

from contracts.aggregates import (
    Aggregate,
    DimensionKey,
    Totals,
    merge_totals,
    total_by_key,
    window_start,
)
from contracts.settings import Windows
from dataflows.metrics import RECOMPUTED_WINDOWS
from dataflows.steps.clock import MessageClock
from dataflows.steps.fold import WindowPart
from stores.history import History

RECOUNTS_A_TURN = 500


@dataclass(slots=True)
class Window:
    """An open window. One that is ``recounted`` keeps no totals of its own."""

    revision: int = 0
    recounted: bool = False
    totals: dict[DimensionKey, Totals] = field(default_factory=dict)
    changed: set[DimensionKey] = field(default_factory=set)
    dirty: bool = False
    touched_s: float = 0.0
    written_s: float = 0.0


State = dict[datetime, int]
"""Start of each open window -> its revision."""


class LiveWindows(Protocol):
    """Where the newest windows are shown."""

    def put_aggregates(self, aggregates: list[Aggregate]) -> None:
        """Keep aggregates, each unless a newer revision is there."""


@dataclass(frozen=True)
class WindowStep:
    """What every shard's logic needs."""

    settings: Windows
    high_churn_threshold: float
    history: History
    live: LiveWindows
    clock: MessageClock
    monotonic: Callable[[], float] = time.monotonic

    def __call__(self, state: State | None) -> "WindowsLogic":
        """The logic of one shard, from its snapshot or from nothing."""
        return WindowsLogic(self, state)


class WindowsLogic(StatefulBatchLogic[WindowPart, Never, State]):
    """The open windows of one shard; emits nothing, its writes are its effect."""

    def __init__(self, step: WindowStep, state: State | None) -> None:
        """Go on from a snapshot: its windows are recounted, with the revisions of the history."""
        self._step = step
        self._length = timedelta(seconds=step.settings.length_seconds)
        self._lateness = timedelta(seconds=step.settings.lateness_seconds)
        self._live_s = step.settings.live_ms / 1000
        self._recompute_s = step.settings.recompute_ms / 1000
        self._windows: dict[datetime, Window] = {}
        self._due: datetime | None = None
        if state:
            stored = self._stored_revisions(list(state))
            for start, revision in state.items():
                newest = max(revision, stored.get(start, 0))
                self._windows[start] = Window(revision=newest, recounted=True, dirty=True)
            self._wake()

    def on_batch(self, values: list[WindowPart]) -> tuple[list[Never], bool]:
        """Fold parts, or note that a window is to be recounted."""
        self._open([part.start for part in values if part.start not in self._windows])
        now = self._step.monotonic()
        for part in values:
            window = self._windows[part.start]
            if part.marked and not window.recounted:
                window.recounted = True
                window.totals, window.changed = {}, set()
            if not window.recounted:
                merge_totals(window.totals, part.totals)
                window.changed |= part.totals.keys()
            window.dirty = True
            window.touched_s = now
        self._wake()
        return [], False

    def on_notify(self) -> tuple[list[Never], bool]:
        """Write the windows that are due, in one go, and let final ones go."""
        now = self._step.monotonic()
        aggregates: list[Aggregate] = []
        finals = []
        recounted: set[datetime] = set()
        marks = self._step.history.pending_marks() if self._any_recounted() else []
        for start, window in self._windows.items():
            pause = self._recompute_s if window.recounted else self._live_s
            quiet = now - window.touched_s >= self._recompute_s
            final = quiet and self._step.clock.passed(start + self._length + self._lateness)
            if not (final or (window.dirty and now - window.written_s >= pause)):
                continue
            if window.recounted:
                if len(recounted) == RECOUNTS_A_TURN:
                    break
                recounted.add(start)
            aggregates += self._revise(start, window, final=final)
            window.dirty, window.changed, window.written_s = False, set(), now
            if final:
                finals.append(start)
        if aggregates:
            self._step.history.put_aggregates(aggregates)
            self._step.live.put_aggregates(aggregates)
        answered = [m for m in marks if window_start(m.created_at, self._length) in recounted]
        if answered:
            self._step.history.clear_marks(answered)
        for start in finals:
            del self._windows[start]
        self._due = None
        if self._windows:
            self._wake()
        return [], not self._windows

    def notify_at(self) -> datetime | None:
        """When windows are looked at next."""
        return self._due

    def snapshot(self) -> State:
        """Which windows are open, and their revisions; what is in them is stored."""
        return {start: window.revision for start, window in self._windows.items()}

    def _any_recounted(self) -> bool:
        return any(window.recounted and window.dirty for window in self._windows.values())

    def _open(self, starts: list[datetime]) -> None:
        """Open windows; one that the history has aggregates of is recounted."""
        if not starts:
            return
        stored = self._stored_revisions(starts)
        for start in starts:
            revision = stored.get(start, 0)
            self._windows[start] = Window(revision=revision, recounted=revision > 0)

    def _stored_revisions(self, starts: list[datetime]) -> dict[datetime, int]:
        revisions: dict[datetime, int] = {}
        for aggregate in self._step.history.aggregates_of(starts):
            known = revisions.get(aggregate.window_start, 0)
            revisions[aggregate.window_start] = max(known, aggregate.revision)
        return revisions

    def _revise(self, start: datetime, window: Window, *, final: bool) -> list[Aggregate]:
        """The window's aggregates that changed (all, when it becomes final), next revision."""
        window.revision += 1
        if window.recounted:
            totals = self._recount(start)
        else:
            keys = window.totals.keys() if final else window.changed
            totals = {key: window.totals[key] for key in keys}
        updated_at = datetime.now(UTC)
        return [
            sums.aggregate(
                dimension=dimension,
                key=key,
                window_start=start,
                window_end=start + self._length,
                revision=window.revision,
                final=final,
                updated_at=updated_at,
            )
            for (dimension, key), sums in totals.items()
        ]

    def _recount(self, start: datetime) -> dict[DimensionKey, Totals]:
        """Count the stored messages; a key that has none left is written as zero."""
        RECOMPUTED_WINDOWS.inc()
        history = self._step.history
        totals: dict[DimensionKey, Totals] = {
            (aggregate.dimension, aggregate.key): Totals()
            for aggregate in history.aggregates_of([start])
        }
        messages = history.messages_between(start, start + self._length)
        return totals | total_by_key(messages, self._step.high_churn_threshold)

    def _wake(self) -> None:
        if self._due is None:
            self._due = datetime.now(UTC) + timedelta(seconds=self._live_s)
