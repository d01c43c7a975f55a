"""The books, kept in a SQLite file."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.completeness import TALLY_OFFSETS, Tally, completeness
from contracts.errors import ServerError
from contracts.messages import Invalid, InvalidReason
from dataflows.steps.count import Books
from stores.kafka.batch import Record
from stores.kafka.dead_letters import dead_letter, erasure
from stores.kafka.provenance import to_headers
from stores.sqlite import SqliteHistory

START_MS = 1_767_225_600_000
START_S = START_MS // 1000


Header = tuple[str, bytes | None]


class Watch:
    """A clock that is set by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def books(history: SqliteHistory, watch: Watch) -> Books:
    return Books(history, "raw", watch)


def record(offset: int, timestamp_ms: int = START_MS, topic: str = "raw") -> Record:
    return Record(topic, 0, offset, timestamp_ms, b"key", b"value", [])


def stored(history: SqliteHistory) -> dict[int, Tally]:
    return {tally.first: tally for tally in history._tallies("SELECT payload FROM tallies", [])}


def test_arrivals_are_counted_by_minute(history: SqliteHistory, books: Books) -> None:
    books("raw", [record(0), record(2, START_MS + 59_999), record(5, START_MS + 60_000)])
    books.write()
    (tally,) = stored(history).values()
    assert tally.minutes == {START_S: {"entered": 2}, START_S + 60: {"entered": 1}}
    assert (tally.first, tally.next) == (0, 6)


def test_a_full_tally_is_kept_before_the_call_returns_and_the_open_one_each_second(
    history: SqliteHistory, books: Books, watch: Watch
) -> None:
    books("raw", [record(TALLY_OFFSETS - 1)])
    watch.seconds = 0.5
    books("raw", [record(TALLY_OFFSETS)])
    assert stored(history).keys() == {0, TALLY_OFFSETS}
    books("raw", [record(TALLY_OFFSETS + 1)])
    assert stored(history)[TALLY_OFFSETS].next == TALLY_OFFSETS + 1
    watch.seconds = 1.5
    books("raw", [record(TALLY_OFFSETS + 2)])
    assert stored(history)[TALLY_OFFSETS].next == TALLY_OFFSETS + 3


def test_a_call_that_ends_with_a_tally_has_kept_it(history: SqliteHistory, books: Books) -> None:
    books("raw", [record(0)])
    books("raw", [record(offset) for offset in range(1, TALLY_OFFSETS)])
    assert stored(history)[0].next == TALLY_OFFSETS


def test_what_the_log_no_longer_has_stays_in_the_books(
    history: SqliteHistory, books: Books
) -> None:
    books("raw", [record(offset) for offset in range(100)])
    books.write()
    again = Books(history, "raw")
    again("raw", [record(offset, START_MS + 60_000) for offset in range(95, 110)])
    again.write()
    minutes = {START_S: {"entered": 100}, START_S + 60: {"entered": 10}}
    assert stored(history)[0].minutes == minutes


def test_a_topic_that_was_made_anew_is_counted(history: SqliteHistory, books: Books) -> None:
    books("raw", [record(offset) for offset in range(100)])
    books.write()
    history.put_tallies(
        [
            Tally(
                station="raw",
                partition=0,
                first=0,
                next=5,
                minutes={START_S + 600: {"entered": 5}},
            )
        ]
    )
    assert stored(history)[0].minutes == {START_S + 600: {"entered": 5}}


def test_counting_again_from_the_start_of_a_tally_changes_nothing(
    history: SqliteHistory, books: Books
) -> None:
    records = [record(offset, START_MS + 1000 * offset) for offset in range(200)]
    books("raw", records)
    books("raw", records[150:])
    books.write()
    before = stored(history)
    again = Books(history, "raw")
    again("raw", records[:50])
    again.write()
    assert stored(history) == before
    again("raw", records[50:])
    again.write()
    assert stored(history) == before


def test_a_call_that_failed_is_repeated_without_counting_twice(
    history: SqliteHistory, books: Books, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [record(offset) for offset in range(TALLY_OFFSETS - 10, TALLY_OFFSETS + 10)]
    books("raw", [record(offset) for offset in range(TALLY_OFFSETS - 10)])
    books.write()
    watch.seconds = 2
    with monkeypatch.context() as broken:

        def fails(_: object) -> None:
            raise ServerError("away")

        broken.setattr(history, "put_tallies", fails)
        with pytest.raises(ServerError):
            books("raw", records)
    for _ in range(2):
        books("raw", records)
        books.write()
        assert stored(history)[0].minutes == {START_S: {"entered": TALLY_OFFSETS}}
        assert stored(history)[TALLY_OFFSETS].minutes == {START_S: {"entered": 10}}


def test_outcomes_count_in_the_minute_in_which_their_message_entered(
    history: SqliteHistory, books: Books
) -> None:
    headers = to_headers(source_topic="raw", source_timestamp=START_MS)
    later = record(0, START_MS + 300_000, topic="processed")
    books(
        "processed",
        [
            replace(later, headers=headers),
            replace(later, offset=1, headers=[*headers, *to_headers(late="true")]),
            replace(later, offset=2, headers=[*headers, *to_headers(repost_of="x")]),
            replace(later, offset=3, headers=headers, value=None),
        ],
    )
    books.write()
    counts = {"processed": 3, "late": 1, "reposts": 1, "deleted": 1}
    assert stored(history)[0].minutes == {START_S: counts}


def test_dead_letters_count_by_reason_and_only_those_of_raw_messages(
    history: SqliteHistory, books: Books
) -> None:
    def letter(offset: int, topic: str, reason: InvalidReason, *headers: Header) -> Record:
        source = replace(record(7, topic=topic), headers=[*headers])
        outgoing = dead_letter("invalid", source, Invalid(reason=reason, detail=""))
        return replace(record(offset, START_MS + 300_000), headers=outgoing.headers)

    raw = to_headers(source_topic="raw", source_timestamp=START_MS + 60_000)

    books(
        "invalid",
        [
            letter(0, "raw", InvalidReason.NOT_JSON),
            letter(1, "elsewhere", InvalidReason.NOT_JSON),
            letter(2, "processed", InvalidReason.STORING_REFUSED, *raw),
        ],
    )
    books.write()
    minutes = {START_S: {"not_json": 1}, START_S + 60: {"storing_refused": 1}}
    assert stored(history)[0].minutes == minutes


def test_a_tombstone_that_erases_dead_letters_is_no_outcome(
    history: SqliteHistory, books: Books
) -> None:
    came = to_headers(source_topic="raw", source_timestamp=START_MS, reason="privacy_request")
    deletion = replace(record(0, topic="processed"), value=None, headers=came)
    refused = replace(record(1), value=None, headers=to_headers(reason="whim"))
    letter = dead_letter(
        "invalid", refused, Invalid(reason=InvalidReason.FIELD_WRONG_TYPE, detail="")
    )
    told = [erasure("invalid", deletion), letter, erasure("invalid", deletion)]
    books("raw", [replace(record(0), value=None), refused])
    books("processed", [deletion])
    books(
        "invalid",
        [
            replace(record(offset), value=each.value, headers=each.headers)
            for offset, each in enumerate(told)
        ],
    )
    books.write()
    minute = datetime.fromtimestamp(START_S, UTC)
    until = minute + timedelta(minutes=1)
    tallies = history.tallies_between(minute, until)
    said = completeness(tallies, history.newest_tallies(minute), minute, until)
    assert (said.entered, said.deleted, said.invalid) == (2, 1, {"field_wrong_type": 1})
    assert said.is_complete


@pytest.mark.parametrize(
    "headers",
    [
        {"source_topic": "raw", "source_timestamp": "9" * 5000},
        {"source_topic": "raw", "source_timestamp": "-1"},
        {"reason": "lost_to_retention"},
        {"reason": "lost_to_retention", "source_partition": "a", "source_offset": "1"},
        {"reason": b"\xff".decode(errors="replace")},
    ],
)
def test_headers_that_are_not_ours_stop_nothing(
    history: SqliteHistory, books: Books, headers: dict[str, str]
) -> None:
    strange = replace(record(0), headers=to_headers(**headers))
    for station in ("raw", "processed", "invalid"):
        books(station, [strange])
    books.write()
    for tally in stored(history).values():
        assert tally.lost == {}
        assert tally.minutes.keys() == {START_S}
