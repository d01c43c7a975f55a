"""Keep the books: count what comes by, in tallies, and keep those in the history."""

import time
from collections.abc import Callable

from contracts.completeness import (
    DELETED,
    ENTERED,
    LATE,
    PROCESSED,
    REPOSTS,
    Station,
    Tally,
    tally_start,
)
from contracts.messages import InvalidReason
from stores import history
from stores.kafka import provenance
from stores.kafka.batch import Record

WRITE_S = 1.0


class Books:
    """Counts records of any station, those of a partition in order.

    The tally that is being filled is kept once a second, a full one before the call returns: who
    reads a partition again from the start of a tally misses nothing. Repeating a call is safe.
    """

    def __init__(
        self,
        history: history.History,
        raw_topic: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """:param raw_topic: what dead letters have as their source when they count as outcomes."""
        self._history = history
        self._raw_topic = raw_topic
        self._monotonic = monotonic
        self._open: dict[tuple[Station, int], Tally] = {}
        self._changed: dict[tuple[Station, int, int], Tally] = {}
        self._written_s = 0.0

    def __call__(self, station: Station, records: list[Record]) -> None:
        """Count them. :raises ServerError: the history is away."""
        is_full = False
        for record in records:
            tally = self._open.get((station, record.partition))
            if tally is None or tally_start(record.offset) != tally.first:
                is_full |= tally is not None
                first = tally_start(record.offset)
                tally = Tally(station=station, partition=record.partition, first=first, next=first)
                self._open[station, record.partition] = tally
            if record.offset >= tally.next:
                _count(tally, record, self._raw_topic)
                tally.next = record.offset + 1
                self._changed[station, tally.partition, tally.first] = tally
        if is_full or self._monotonic() - self._written_s >= WRITE_S:
            self.write()

    def write(self) -> None:
        """Keep what has changed. :raises ServerError: the history is away."""
        if tallies := [tally for tally in self._changed.values() if tally.minutes]:
            self._history.put_tallies(tallies)
        self._changed.clear()
        self._written_s = self._monotonic()


def _count(tally: Tally, record: Record, raw_topic: str) -> None:
    if tally.station == "raw":
        tally.add(record.timestamp_ms, ENTERED)
        return
    headers = provenance.read_headers(record)
    entered_ms = provenance.entered_ms(record, headers)
    if tally.station == "processed":
        tally.add(entered_ms, *_kinds(record, headers))
        return
    reason = headers.get("reason", "")
    if reason == InvalidReason.LOST_TO_RETENTION:
        tally.lost.append(provenance.lost_of(headers))
    if headers.get("source_topic") == raw_topic or reason == InvalidReason.STORING_REFUSED:
        tally.add(entered_ms, reason)


def _kinds(record: Record, headers: dict[str, str]) -> list[str]:
    if record.value is None:
        return [DELETED]
    marks = {LATE: provenance.LATE, REPOSTS: provenance.REPOST_OF}
    return [PROCESSED, *(what for what, mark in marks.items() if mark in headers)]
