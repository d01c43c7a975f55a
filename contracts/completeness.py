"""The books: what entered, and what became of it, by minute of broker append time.

Each partition of each topic is counted in tallies of ``TALLY_OFFSETS`` offsets, which begin and
end at the same offsets whoever counts, so that one can go on where another stopped. Outcomes are
counted under the minute in which their raw message entered.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from contracts.aggregates import EPOCH
from contracts.messages import InvalidReason, Utc

TALLY_OFFSETS = 1000
MINUTE = timedelta(minutes=1)

Station = Literal["raw", "processed", "invalid"]
"""Which of the topics, whatever its name."""

ENTERED = "entered"
PROCESSED = "processed"
DELETED = "deleted"
LATE = "late"
REPOSTS = "reposts"
OUTCOMES = frozenset({PROCESSED, DELETED, *InvalidReason}) - {
    InvalidReason.STORING_REFUSED,
    InvalidReason.LOST_TO_RETENTION,
}
"""One of these becomes of every raw message; what the history refuses was processed before."""


class Lost(Struct, kw_only=True, frozen=True):
    """Offsets of a raw partition that retention took before they were read."""

    partition: int
    first_offset: int
    next_offset: int


class Tally(Struct, kw_only=True):
    """What a stretch of one partition's offsets holds, as far as it has been counted.

    :param first: offset that it starts at, a multiple of ``TALLY_OFFSETS``.
    :param next: offset that counting goes on at.
    :param minutes: start of a minute in seconds since 1970 -> what -> how many messages.
    :param lost: by the minute in which it was noticed.
    """

    station: Station
    partition: int
    first: int
    next: int
    minutes: dict[int, dict[str, int]] = {}
    lost: dict[int, list[Lost]] = {}

    @property
    def is_full(self) -> bool:
        """Whether all of its offsets are counted."""
        return self.next == self.first + TALLY_OFFSETS

    def add(self, timestamp_ms: int, *whats: str) -> None:
        """Count one message of a minute, as all that it is."""
        counts = self.minutes.setdefault(minute_of(timestamp_ms), {})
        for what in whats:
            counts[what] = counts.get(what, 0) + 1


class Completeness(Struct, kw_only=True, rename={"since": "from", "until": "to"}):
    """What entered in a stretch of broker append time, and what became of it.

    ``entered`` is what was ``processed``, ``deleted`` (passed on as a deletion), ``invalid`` (dead
    letters by reason), still ``waiting``, or ``missing``: messages of a later minute in its
    partition have an outcome, and it has none. ``repeated`` are outcomes beyond one a message.
    Among the processed, ``late`` ones entered when their window was final already, and ``reposts``
    say what another recent message said; those of ``storing_refused`` the history would not take.
    ``lost`` are offsets that retention took, by the time at which that was noticed.
    """

    since: Utc
    until: Utc
    entered: int
    processed: int
    deleted: int
    invalid: dict[str, int]
    late: int
    reposts: int
    storing_refused: int
    waiting: int
    missing: int
    repeated: int
    lost: list[Lost]
    is_complete: bool


def minute_of(timestamp_ms: int) -> int:
    """The start of a moment's minute, in seconds since 1970."""
    return timestamp_ms // 60_000 * 60


def tally_start(offset: int) -> int:
    """The first offset of the tally that an offset is on."""
    return offset - offset % TALLY_OFFSETS


def whole_minutes(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The smallest stretch of whole minutes that holds a stretch of time."""
    return since - (since - EPOCH) % MINUTE, until + (EPOCH - until) % MINUTE


def by_minute(
    tallies: Iterable[Tally], since: datetime, until: datetime
) -> dict[int, Counter[str]]:
    """What was counted in each minute of a stretch."""
    first, end = _seconds(since), _seconds(until)
    minutes: dict[int, Counter[str]] = {}
    for tally in tallies:
        for minute, counts in tally.minutes.items():
            if first <= minute < end:
                minutes.setdefault(minute, Counter()).update(counts)
    return minutes


def completeness(
    tallies: Iterable[Tally], newest: Iterable[Tally], since: datetime, until: datetime
) -> Completeness:
    """What the books say of a stretch of whole minutes.

    :param tallies: all that have something of the stretch.
    :param newest: the last tally of every partition: they say what has no outcome *yet*.
    """
    first, end = _seconds(since), _seconds(until)
    tallies = list(tallies)
    totals = sum(by_minute(tallies, since, until).values(), Counter())
    waiting, missing, repeated = _unsettled(tallies, list(newest), since, until)
    lost = [
        each
        for tally in tallies
        for minute, some in tally.lost.items()
        if first <= minute < end
        for each in some
    ]
    return Completeness(
        since=since,
        until=until,
        entered=totals[ENTERED],
        processed=totals[PROCESSED],
        deleted=totals[DELETED],
        invalid={
            reason: totals[reason] for reason in sorted(OUTCOMES) if _is_count(reason, totals)
        },
        late=totals[LATE],
        reposts=totals[REPOSTS],
        storing_refused=totals[InvalidReason.STORING_REFUSED],
        waiting=waiting,
        missing=missing,
        repeated=repeated,
        lost=lost,
        is_complete=not (waiting or missing or repeated or lost),
    )


def _is_count(what: str, totals: Counter[str]) -> bool:
    return what not in {PROCESSED, DELETED} and bool(totals[what])


def _unsettled(
    tallies: list[Tally], newest: list[Tally], since: datetime, until: datetime
) -> tuple[int, int, int]:
    """How many messages have no outcome yet, none at all, and how many outcomes are too many.

    Outcomes come in the order of the raw partition, so what is behind its newest outcome waits.
    """
    waiting = missing = repeated = 0
    for partition in {tally.partition for tally in tallies}:
        own = [tally for tally in tallies if tally.partition == partition]
        last = [tally for tally in newest if tally.partition == partition]
        settled = _settled([*own, *last])
        for minute, counts in by_minute(own, since, until).items():
            left = counts[ENTERED] - sum(counts[what] for what in OUTCOMES)
            if left < 0:
                repeated -= left
            elif minute < settled:
                missing += left
            else:
                waiting += left
    return waiting, missing, repeated


def _settled(tallies: list[Tally]) -> int:
    """The newest minute that has an outcome.

    Dead letters are counted sooner than processed messages, which are stored as well: they tell
    only where nothing else does.
    """
    minutes: dict[Station, int] = {}
    for tally in tallies:
        for minute, counts in tally.minutes.items():
            if OUTCOMES & counts.keys():
                minutes[tally.station] = max(minute, minutes.get(tally.station, 0))
    return minutes.get("processed", minutes.get("invalid", 0))


def _seconds(time: datetime) -> int:
    return (time - EPOCH) // timedelta(seconds=1)
