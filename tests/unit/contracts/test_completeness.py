"""What the books say of a stretch of time, from tallies made by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.completeness import Lost, Station, Tally, completeness, whole_minutes
from contracts.messages import InvalidReason

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_S = int(START.timestamp())
MINUTE = timedelta(minutes=1)


def tally(station: Station, partition: int, *minutes: dict[str, int]) -> Tally:
    counts = {FIRST_S + 60 * number: each for number, each in enumerate(minutes)}
    return Tally(station=station, partition=partition, first=0, next=9, minutes=counts)


def test_what_entered_is_processed_deleted_or_invalid() -> None:
    tallies = [
        tally("raw", 0, {"entered": 6}),
        tally("processed", 0, {"processed": 3, "deleted": 1, "late": 2, "reposts": 1}),
        tally("invalid", 0, {"not_json": 2, "storing_refused": 1}),
    ]
    books = completeness(tallies, tallies, START, START + MINUTE)
    assert (books.entered, books.processed, books.deleted) == (6, 3, 1)
    assert books.invalid == {"not_json": 2}
    assert (books.late, books.reposts, books.storing_refused) == (2, 1, 1)
    assert (books.waiting, books.missing, books.is_complete) == (0, 0, True)


@pytest.mark.parametrize(
    ("outcomes", "waiting", "missing"),
    [
        (({"processed": 4}, {"processed": 4}, {"processed": 4}), 0, 0),
        (({"processed": 4}, {"processed": 4}, {"processed": 1}), 3, 0),
        (({"processed": 4}, {"processed": 4}), 4, 0),
        (({"processed": 3}, {"processed": 4}, {"processed": 4}), 0, 1),
        ((), 12, 0),
    ],
)
def test_what_is_behind_the_newest_outcome_waits_and_the_rest_is_missing(
    outcomes: tuple[dict[str, int], ...], waiting: int, missing: int
) -> None:
    entered = {"entered": 4}
    tallies = [tally("raw", 0, entered, entered, entered), tally("processed", 0, *outcomes)]
    books = completeness(tallies, tallies, START, START + 3 * MINUTE)
    assert (books.waiting, books.missing) == (waiting, missing)
    assert books.is_complete is (waiting == missing == 0)


def test_an_outcome_after_the_stretch_tells_that_nothing_waits_in_it() -> None:
    entered = [tally("raw", 0, {"entered": 1})]
    later = tally("processed", 0, {}, {}, {"processed": 1})
    books = completeness(entered, [later], START, START + MINUTE)
    assert (books.waiting, books.missing) == (0, 1)


def test_partitions_are_judged_apart() -> None:
    tallies = [
        tally("raw", 0, {"entered": 1}, {"entered": 1}),
        tally("raw", 1, {"entered": 1}, {"entered": 1}),
        tally("processed", 0, {"processed": 1}, {"processed": 1}),
        tally("processed", 1, {}, {"processed": 1}),
    ]
    books = completeness(tallies, tallies, START, START + 2 * MINUTE)
    assert (books.waiting, books.missing) == (0, 1)


def test_lost_offsets_are_named_and_nothing_is_complete_then() -> None:
    lost = Lost(partition=2, first_offset=5, next_offset=8)
    letters = Tally(station="invalid", partition=2, first=0, next=1, lost={FIRST_S: [lost]})
    letters.add(FIRST_S * 1000, InvalidReason.LOST_TO_RETENTION)
    books = completeness([letters], [letters], START, START + MINUTE)
    assert books.lost == [lost]
    assert books.entered == 0
    assert not books.is_complete
    later = completeness([letters], [letters], START + MINUTE, START + 2 * MINUTE)
    assert later.lost == []
    assert later.is_complete


def test_what_came_twice_hides_nothing_that_is_missing() -> None:
    tallies = [
        tally("raw", 0, {"entered": 2}, {"entered": 1}),
        tally("processed", 0, {"processed": 1}, {"processed": 1}),
        tally("raw", 1, {"entered": 1}, {"entered": 1}),
        tally("processed", 1, {"processed": 2}, {"processed": 1}),
    ]
    books = completeness(tallies, tallies, START, START + 2 * MINUTE)
    assert (books.missing, books.repeated, books.is_complete) == (1, 1, False)


def test_a_dead_letter_does_not_make_messages_missing_that_are_still_being_stored() -> None:
    tallies = [
        tally("raw", 0, {"entered": 5}, {"entered": 5}, {"entered": 1}),
        tally("processed", 0, {"processed": 5}),
        tally("invalid", 0, {}, {}, {"not_json": 1}),
    ]
    books = completeness(tallies, tallies, START, START + 3 * MINUTE)
    assert (books.waiting, books.missing) == (5, 0)


def test_only_minutes_of_the_stretch_count() -> None:
    tallies = [tally("raw", 0, {"entered": 1}, {"entered": 2}, {"entered": 4})]
    assert completeness(tallies, [], START + MINUTE, START + 2 * MINUTE).entered == 2


def test_a_stretch_is_widened_to_whole_minutes() -> None:
    second = timedelta(seconds=1)
    assert whole_minutes(START + second, START + MINUTE + second) == (START, START + 2 * MINUTE)
    assert whole_minutes(START, START + MINUTE) == (START, START + MINUTE)
