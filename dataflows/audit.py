"""Recount the books from the topics themselves, message by message."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts import wire
from contracts.aggregates import window_start
from contracts.completeness import (
    DELETED,
    ENTERED,
    LATE,
    MINUTE,
    OUTCOMES,
    PROCESSED,
    REPOSTS,
    by_minute,
)
from contracts.errors import InputError
from contracts.settings import Settings
from stores.history import History
from stores.kafka.batch import Record
from stores.kafka.provenance import REPOST_OF, entered_ms, read_headers, source_of
from stores.kafka.reader import partitions_of
from stores.kafka.scan import committed_offsets, offsets_at, reading_topics, records_since

AGAIN_S = 1.0
SKEW = MINUTE
"""How far the brokers' clocks may be apart."""

COUNTED = frozenset({ENTERED, LATE, REPOSTS}) | OUTCOMES
Place = tuple[int, int]
"""Partition and offset of a raw message."""


@dataclass
class Recount:
    """What the topics hold of a stretch of time, by minute, and what is wrong with it.

    :ivar missing: raw messages that the group has passed and that have no outcome.
    :ivar repeated: raw messages with more than one outcome.
    :ivar unknown: outcomes of raw messages that are not there.
    """

    minutes: dict[int, Counter[str]] = field(default_factory=dict)
    missing: list[Place] = field(default_factory=list)
    repeated: list[Place] = field(default_factory=list)
    unknown: list[Place] = field(default_factory=list)

    @property
    def totals(self) -> Counter[str]:
        """Over the whole stretch."""
        return sum(self.minutes.values(), Counter())


@dataclass(frozen=True)
class Difference:
    """A minute of which topics and books say different numbers; its start in s since 1970."""

    minute: int
    what: str
    topics: int
    books: int


@dataclass(frozen=True)
class Audit:
    """A recount, and where the books say something else."""

    recount: Recount
    differences: list[Difference]

    @property
    def is_clean(self) -> bool:
        """Whether no message suffered and the books are right."""
        found = self.recount
        return not (found.missing or found.repeated or found.unknown or self.differences)


def audit(
    settings: Settings, history: History, since: datetime, until: datetime, patience_s: float
) -> Audit:
    """Recount a stretch, again while the books differ and patience lasts: they lag a little.

    :raises InputError: there is no such stretch.
    :raises ServerError: a server is away.
    """
    if since >= until:
        raise InputError("the stretch ends before it begins", "--from is to be before --to")
    deadline = time.monotonic() + patience_s
    while True:
        with reading_topics():
            found = recount(settings, since, until)
        result = Audit(found, differences(found, history, since, until))
        if result.is_clean or time.monotonic() > deadline:
            return result
        time.sleep(AGAIN_S)


def recount(settings: Settings, since: datetime, until: datetime) -> Recount:
    """Read the three topics.

    :raises ServerError: a broker or a topic is away.
    :raises KafkaException: a broker does not say where a topic begins and ends.
    """
    kafka = settings.kafka
    found = Recount()
    committed = committed_offsets(kafka, partitions_of(kafka, kafka.raw))
    entered: set[Place] = set()
    outcomes: Counter[Place] = Counter()
    for record in records_since(kafka, kafka.raw, offsets_at(kafka, kafka.raw, since)):
        if _is_within(record.timestamp_ms, since, until):
            entered.add((record.partition, record.offset))
            _count(found, record.timestamp_ms, ENTERED)
    for record, place, whats in _outcomes(settings, since):
        stamp = entered_ms(record)
        if _is_within(stamp, since, until):
            outcomes[place] += 1
            for what in whats:
                _count(found, stamp, what)
    found.missing = sorted(
        place for place in entered - outcomes.keys() if place[1] < committed.get(place[0], 0)
    )
    found.repeated = sorted(place for place, count in outcomes.items() if count > 1)
    found.unknown = sorted(outcomes.keys() - entered)
    return found


def differences(
    found: Recount, history: History, since: datetime, until: datetime
) -> list[Difference]:
    """Where the books say something else. :raises ServerError: the history is away."""
    books = by_minute(history.tallies_between(since, until), since, until)
    return [
        Difference(minute, what, recounted, booked)
        for minute in sorted(found.minutes.keys() | books.keys())
        for what in sorted(COUNTED)
        if (recounted := found.minutes.get(minute, Counter())[what])
        != (booked := books.get(minute, Counter())[what])
    ]


def _outcomes(settings: Settings, since: datetime) -> Iterator[tuple[Record, Place, list[str]]]:
    """The records that are outcomes of raw messages, of which, and what each counts as."""
    kafka = settings.kafka
    for topic in (kafka.processed, kafka.invalid):
        for record in records_since(kafka, topic, offsets_at(kafka, topic, since - SKEW)):
            headers = read_headers(record)
            place = source_of(headers)
            reason = headers.get("reason", "")
            if headers.get("source_topic") != kafka.raw or place is None:
                continue
            if topic == kafka.invalid:
                if reason in OUTCOMES:
                    yield record, place, [reason]
            elif record.value is None:
                yield record, place, [DELETED]
            else:
                yield record, place, [PROCESSED, *_marks(record, headers, settings)]


def _marks(record: Record, headers: dict[str, str], settings: Settings) -> list[str]:
    length = timedelta(seconds=settings.windows.length_seconds)
    created_at = wire.decode_processed(record.value or b"").created_at
    final_at = window_start(created_at, length) + length
    final_at += timedelta(seconds=settings.windows.lateness_seconds)
    is_late = entered_ms(record) > final_at.timestamp() * 1000
    return [LATE] * is_late + [REPOSTS] * (REPOST_OF in headers)


def _count(found: Recount, timestamp_ms: int, what: str) -> None:
    minute = timestamp_ms // 60_000 * 60
    found.minutes.setdefault(minute, Counter())[what] += 1


def _is_within(timestamp_ms: int, since: datetime, until: datetime) -> bool:
    return since.timestamp() * 1000 <= timestamp_ms < until.timestamp() * 1000
