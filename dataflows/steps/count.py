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
    minute_of,
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
    reads a partition again from the start of a tally misses nothing, and what was counted before is
    not counted again. Repeating a call is safe.
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
            tally = self._tally(station, record)
            if record.offset >= tally.next:
                is_full |= self._count(tally, record)
        if is_full or self._monotonic() - self._written_s >= WRITE_S:
            self.write()

    def write(self) -> None:
        """Keep what has changed. :raises ServerError: the history is away."""
        if tallies := [tally for tally in self._changed.values() if tally.minutes]:
            self._history.put_tallies(tallies)
        self._changed.clear()
        self._written_s = self._monotonic()

    def _tally(self, station: Station, record: Record) -> Tally:
        """Where a record belongs: as it is known here, or else as it is kept."""
        partition, first = record.partition, tally_start(record.offset)
        tally = self._open.get((station, partition))
        if tally and tally.first == first:
            return tally
        found = self._changed.get((station, partition, first))
        if found is None and (tally is None or first < tally.first):
            found = self._history.tally(station, partition, first)
        found = found or Tally(station=station, partition=partition, first=first, next=first)
        self._open[station, partition] = found
        return found

    def _count(self, tally: Tally, record: Record) -> bool:
        """Count a record; whether a tally is full now, this one or the one before it."""
        _add(tally, record, self._raw_topic)
        is_first = tally.next == tally.first
        tally.next = record.offset + 1
        self._changed[tally.station, tally.partition, tally.first] = tally
        return is_first or tally.is_full


def _add(tally: Tally, record: Record, raw_topic: str) -> None:
    if tally.station == "raw":
        tally.add(record.timestamp_ms, ENTERED)
        return
    headers = provenance.read_headers(record)
    if tally.station == "processed":
        tally.add(provenance.entered_ms(record), *_kinds(record, headers))
        return
    reason = headers.get("reason", "")
    if reason == InvalidReason.STORING_REFUSED:
        tally.add(provenance.entered_ms(record, letters=1), reason)
        return
    if headers.get("source_topic") == raw_topic:
        tally.add(provenance.entered_ms(record), reason)
    if reason == InvalidReason.LOST_TO_RETENTION and (lost := provenance.lost_of(headers)):
        tally.lost.setdefault(minute_of(record.timestamp_ms), []).append(lost)


def _kinds(record: Record, headers: dict[str, str]) -> list[str]:
    if record.value is None:
        return [DELETED]
    marks = {LATE: provenance.LATE, REPOSTS: provenance.REPOST_OF}
    return [PROCESSED, *(what for what, mark in marks.items() if mark in headers)]
