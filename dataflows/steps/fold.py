"""Fold what a batch stored into parts of windows, before they are exchanged between workers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts.aggregates import DimensionKey, Totals, total_by_key, window_start
from contracts.messages import ProcessedMessage
from dataflows.metrics import LATE_MESSAGES
from dataflows.steps.clock import MessageClock
from dataflows.steps.store import Stored

SHARDS = 8  # permanent: recovery finds the windows of a shard by its number


@dataclass(slots=True)
class WindowPart:
    """What one batch says of one window; a ``marked`` window is recounted from stored messages.

    ``newest`` is the newest message time of the batch's new messages by source, and ``partition``
    where they came from: how the clocks of other processes hear of it.
    """

    start: datetime
    partition: int
    newest: dict[str, datetime]
    totals: dict[DimensionKey, Totals] = field(default_factory=dict)
    marked: bool = False


class FoldWindows:
    """Stored -> (shard, WindowPart) pairs, one a window touched."""

    def __init__(
        self,
        length: timedelta,
        lateness: timedelta,
        high_churn_threshold: float,
        clock: MessageClock,
    ) -> None:
        """:param clock: advanced by every batch."""
        self._length = length
        self._lateness = lateness
        self._threshold = high_churn_threshold
        self._clock = clock

    def __call__(self, stored: Stored) -> list[tuple[str, WindowPart]]:
        """Parts of the windows of new messages; marks for those of touched ones."""
        by_window: dict[datetime, list[ProcessedMessage]] = {}
        for message in stored.new:
            start = window_start(message.created_at, self._length)
            by_window.setdefault(start, []).append(message)
        self._count_late(by_window)
        newest: dict[str, datetime] = {}
        for message in stored.new:
            source, created_at = message.source, message.created_at
            newest[source] = max(newest.get(source, created_at), created_at)
        self._clock.advance(stored.partition, newest.items())
        touched = {window_start(created_at, self._length) for created_at in stored.touched}
        parts = {
            start: WindowPart(
                start=start,
                partition=stored.partition,
                newest=newest,
                totals=total_by_key(by_window.get(start, []), self._threshold),
                marked=start in touched,
            )
            for start in by_window.keys() | touched
        }
        return [(self._shard(start), part) for start, part in parts.items()]

    def _count_late(self, by_window: dict[datetime, list[ProcessedMessage]]) -> None:
        for start, messages in by_window.items():
            final_at = start + self._length + self._lateness
            late = sum(self._clock.watermark(m.source) >= final_at for m in messages)
            LATE_MESSAGES.inc(late)

    def _shard(self, start: datetime) -> str:
        return str(int(start.timestamp() / self._length.total_seconds()) % SHARDS)
