"""Write the next revision of windows to the history, and show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.aggregates import Aggregate, DimensionKey, Totals, total_by_key, window_start
from dataflows.metrics import RECOMPUTED_WINDOWS
from stores.history import History


@dataclass(frozen=True, slots=True)
class Due:
    """A window that is to be written.

    :param revision: its last known one.
    :param is_known: whether the history was asked for a newer one already.
    :param totals: what changed; null where it is to be recounted from the stored messages.
    """

    start: datetime
    revision: int
    is_known: bool
    totals: dict[DimensionKey, Totals] | None
    final: bool


@dataclass(frozen=True, slots=True)
class Revised:
    """A window that was written: its new revision, and whether it was recounted."""

    revision: int
    recounted: bool


Written = dict[datetime, Revised]
"""What was written, by the window's start."""


class ReviseWindows:
    """Due windows -> what was written.

    A window that the history has aggregates of already, and that this process does not know, is
    recounted too: what was folded here is only a part of it. Repeating a call repeats its writes.
    """

    def __init__(
        self,
        history: History,
        show: Callable[[list[Aggregate]], None],
        length: timedelta,
        high_churn_threshold: float,
    ) -> None:
        """:param show: given what was written, after that."""
        self._history = history
        self._show = show
        self._length = length
        self._threshold = high_churn_threshold

    def __call__(self, dues: Sequence[Due]) -> Written:
        """Write them in one go. :raises ServerError: the history is away."""
        stored = self._stored_revisions([due.start for due in dues if not due.is_known])
        revised = {
            due.start: Revised(
                revision=max(due.revision, stored.get(due.start, 0)) + 1,
                recounted=due.totals is None or due.start in stored,
            )
            for due in dues
        }
        recounted = {start for start, each in revised.items() if each.recounted}
        marks = self._history.pending_marks() if recounted else []
        aggregates: list[Aggregate] = []
        for due in dues:
            aggregates += self._aggregates(due, revised[due.start])
        self._history.put_aggregates(aggregates)
        self._show(aggregates)
        answered = [m for m in marks if window_start(m.created_at, self._length) in recounted]
        if answered:
            self._history.clear_marks(answered)
        return revised

    def _stored_revisions(self, starts: list[datetime]) -> dict[datetime, int]:
        revisions: dict[datetime, int] = {}
        for aggregate in self._history.aggregates_of(starts) if starts else []:
            known = revisions.get(aggregate.window_start, 0)
            revisions[aggregate.window_start] = max(known, aggregate.revision)
        return revisions

    def _aggregates(self, due: Due, revised: Revised) -> list[Aggregate]:
        totals = due.totals
        if totals is None or revised.recounted:
            totals = self._recount(due.start)
        updated_at = datetime.now(UTC)
        return [
            sums.aggregate(
                dimension=dimension,
                key=key,
                window_start=due.start,
                window_end=due.start + self._length,
                revision=revised.revision,
                final=due.final,
                updated_at=updated_at,
            )
            for (dimension, key), sums in totals.items()
        ]

    def _recount(self, start: datetime) -> dict[DimensionKey, Totals]:
        """Count the stored messages; a key that has none left is written as zero."""
        RECOMPUTED_WINDOWS.inc()
        totals: dict[DimensionKey, Totals] = {
            (aggregate.dimension, aggregate.key): Totals()
            for aggregate in self._history.aggregates_of([start])
        }
        messages = self._history.messages_between(start, start + self._length)
        return totals | total_by_key(messages, self._threshold)
