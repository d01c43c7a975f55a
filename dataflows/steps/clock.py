"""The watermark: how far message time has come, by the messages themselves.

One per source and partition, so that a backfill does not make live posts late nor the other way
round. It decides only when a window counts as final and what is counted as late; what a window
contains never depends on it.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime

from contracts.aggregates import EPOCH


class MessageClock:
    """Per source, the least advanced of its partitions that still bring messages.

    The workers of a process share one. It also hears of the partitions that other processes read,
    with the windows that these bring it.
    """

    def __init__(self, idle_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """:param idle_s: silence after which a partition no longer holds its source back."""
        self._idle_s = idle_s
        self._monotonic = monotonic
        self._newest: dict[str, dict[int, tuple[datetime, float]]] = {}

    def advance(self, partition: int, times: Iterable[tuple[str, datetime]]) -> None:
        """Messages came: (source, created_at) each."""
        now = self._monotonic()
        for source, created_at in times:
            partitions = self._newest.setdefault(source, {})
            newest, _ = partitions.get(partition, (created_at, now))
            partitions[partition] = (max(newest, created_at), now)

    def watermark(self, source: str) -> datetime:
        """How far a source has come; 1970 for one that has brought nothing."""
        partitions = list(self._newest.get(source, {}).values())
        now = self._monotonic()
        heard = [newest for newest, at in partitions if now - at < self._idle_s]
        if heard:
            return min(heard)
        return max((newest for newest, _ in partitions), default=EPOCH)

    def passed(self, moment: datetime) -> bool:
        """Whether any source has come past a moment."""
        return any(self.watermark(source) >= moment for source in list(self._newest))
