"""What every history store does, on a SQLite file and on Elasticsearch."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from msgspec.structs import replace

from contracts.aggregates import Aggregate, total_by_key
from contracts.completeness import Tally
from contracts.errors import InputError, ServerError
from contracts.messages import ProcessedMessage
from contracts.settings import History as Settings
from stores.elasticsearch import ElasticsearchHistory
from stores.elasticsearch.documents import MAPPINGS, MESSAGES, put_message
from stores.history import Arrival, History, MessageFilter
from stores.sqlite import SqliteHistory
from stores.sqlite.schema import OF_AUTHOR
from tests.support.messages import NOON, analysis, processed

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "elasticsearch"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    store: History
    if request.param == "sqlite":
        store = SqliteHistory(tmp_path / "history.sqlite")
    else:
        url = request.getfixturevalue("elasticsearch_url")
        store = ElasticsearchHistory(Settings(store="elasticsearch", url=url))
    yield store
    store.close()


def put(history: History, *messages: ProcessedMessage, offset: int = 1) -> list[datetime | None]:
    arrivals = [Arrival(message, offset + n) for n, message in enumerate(messages)]
    return [put.before for put in history.put_messages(arrivals)]


def between(history: History) -> dict[str, ProcessedMessage]:
    found = history.messages_between(NOON - 48 * HOUR, NOON + 48 * HOUR)
    return {message.message_id: message for message in found}


def aggregate(
    revision: int, start: datetime = NOON, count: int = 1, city: str = "Berlin"
) -> Aggregate:
    messages = [processed(str(n), city=city) for n in range(count)]
    return total_by_key(messages, 0.5)["geo", city].aggregate(
        dimension="geo",
        key=city,
        window_start=start,
        window_end=start + timedelta(minutes=1),
        revision=revision,
        final=False,
        updated_at=NOON,
    )


def test_a_message_is_kept_whole(history: History) -> None:
    message = processed("a", city="Berlin", extra={"reach": 7})
    assert put(history, message) == [None]
    assert between(history) == {"a": message}
    assert history.count_messages() == 1


def test_putting_says_which_messages_were_there(history: History) -> None:
    put(history, processed("a"))
    again = put(history, processed("b"), processed("a"), processed("b", NOON + HOUR), offset=2)
    assert again == [None, NOON, NOON]
    assert history.count_messages() == 2


def test_an_edit_to_another_day_replaces_the_message(history: History) -> None:
    put(history, processed("a"))
    assert put(history, processed("a", NOON + 24 * HOUR, text="edited"), offset=2) == [NOON]
    found = between(history)
    assert (found["a"].text, found["a"].created_at) == ("edited", NOON + 24 * HOUR)
    assert history.count_messages() == 1


def test_an_older_version_does_not_replace_a_newer_one(history: History) -> None:
    put(history, processed("a", text="newer"), offset=9)
    put(history, processed("a", text="older"), offset=3)
    assert between(history)["a"].text == "newer"


def test_an_edit_to_another_day_survives_a_replay(history: History) -> None:
    versions = [processed("a"), processed("a", NOON + 24 * HOUR, text="edited")]
    for _ in range(3):
        for offset, version in enumerate(versions, start=10):
            put(history, version, offset=offset)
    put(history, *versions, offset=10)
    assert between(history) == {"a": versions[1]}
    assert history.count_messages() == 1


def test_moves_and_deletions_leave_marks_until_they_are_cleared(history: History) -> None:
    put(history, processed("a"), processed("b", NOON + HOUR))
    put(history, processed("a", NOON + 2 * HOUR), processed("b", NOON + HOUR), offset=3)
    history.delete_messages(["b"])
    marks = history.pending_marks()
    assert {mark.created_at for mark in marks} == {NOON, NOON + HOUR}
    put(history, processed("c"), offset=5)
    history.delete_messages(["c"])
    history.clear_marks(marks)
    (again,) = history.pending_marks()
    assert again.created_at == NOON
    history.clear_marks([again])
    assert history.pending_marks() == []


def test_a_window_that_grows_old_stays_one_window(history: History) -> None:
    for revision, days in ((1, 89), (2, 91), (3, 400)):
        revised = aggregate(revision, count=revision)
        history.put_aggregates([replace(revised, updated_at=NOON + days * 24 * HOUR)])
    (kept,) = history.aggregates_of([NOON])
    assert (kept.revision, kept.message_count) == (3, 3)


def test_an_import_and_a_key_of_many_bytes_are_kept(history: History) -> None:
    city = "\U0001f600" * 128
    old = replace(aggregate(1, city=city), updated_at=NOON + 1000 * 24 * HOUR)
    history.put_aggregates([old])
    assert history.aggregates_of([NOON]) == [old]
    imported = processed("old", ingested_at=datetime(1, 1, 1, tzinfo=UTC))
    put(history, imported, processed("new", ingested_at=NOON + 1000 * 24 * HOUR))
    assert history.count_messages() == 2


def test_a_deleted_message_is_gone_from_search_too(history: History) -> None:
    put(history, processed("a", text="secret words"), processed("b"))
    assert history.delete_messages(["a", "unknown"]) == [NOON]
    assert set(between(history)) == {"b"}
    assert history.search_messages(MessageFilter(words="secret"), 10, None).messages == []


def test_an_authors_messages_are_found_wherever_they_are_kept(history: History) -> None:
    theirs = [
        processed("a", author_id="x"),
        processed("b", NOON + 24 * HOUR, author_id="x"),
        processed("old", author_id="x", ingested_at=NOON + 1000 * 24 * HOUR),
    ]
    others = [processed("c", author_id="y"), processed("d")]
    put(history, *theirs, *others)
    assert sorted(m.message_id for m in history.messages_of_author("x")) == ["a", "b", "old"]
    put(history, processed("a", author_id="y"), offset=9)
    assert sorted(m.message_id for m in history.messages_of_author("x")) == ["b", "old"]
    assert list(history.messages_of_author("z")) == []


def test_ids_that_are_stored_are_told_from_those_that_are_not(history: History) -> None:
    assert history.stored([]) == history.stored(["a"]) == set()
    put(history, *(processed(f"m{number}") for number in range(1500)))
    history.delete_messages(["m1"])
    ids = {f"m{number}" for number in range(2000)}
    assert history.stored(ids) == {f"m{number}" for number in range(1500)} - {"m1"}
    found = history.search_messages(MessageFilter(), 2000, None).messages
    assert "m1" not in {message.message_id for message in found}


def test_a_file_made_before_authors_were_searched_for_is_searched_by_index(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    made = SqliteHistory(path)
    put(made, processed("a", author_id="x"), processed("b"))
    made._connection.execute("DROP INDEX messages_by_author")
    made.close()
    opened = SqliteHistory(path)
    assert [message.message_id for message in opened.messages_of_author("x")] == ["a"]
    (plan,) = opened._connection.execute(f"EXPLAIN QUERY PLAN {OF_AUTHOR}", ["x"])
    assert "USING INDEX messages_by_author" in plan[-1]
    opened.close()


def test_an_index_made_before_authors_were_searched_for_takes_and_finds_them(
    elasticsearch_url: str,
) -> None:
    old_fields = {name: kind for name, kind in MAPPINGS[MESSAGES].items() if name != "author_id"}
    before = put_message(f"{MESSAGES}-2025-03-01", Arrival(processed("a", author_id="x"), 1))
    del before["_source"]["author_id"]
    with Elasticsearch(elasticsearch_url) as client:
        client.indices.create(
            index=before["_index"], mappings={"dynamic": "strict", "properties": old_fields}
        )
        client.index(index=before["_index"], id=before["_id"], document=before["_source"])
    history = ElasticsearchHistory(Settings(store="elasticsearch", url=elasticsearch_url))
    put(history, processed("b", author_id="x"), processed("c"), processed("d", author_id="y"))
    assert sorted(m.message_id for m in history.messages_of_author("x")) == ["a", "b"]
    assert history.stored(["a", "b", "c", "d", "e"]) == {"a", "b", "c", "d"}
    history.close()


def test_an_older_revision_does_not_replace_a_newer_one(history: History) -> None:
    history.put_aggregates([aggregate(2, count=2)])
    history.put_aggregates([aggregate(1, count=1)])
    (kept,) = history.aggregates_of([NOON])
    assert (kept.revision, kept.message_count) == (2, 2)
    history.put_aggregates([aggregate(3, count=3)])
    assert history.aggregates_of([NOON]) == [aggregate(3, count=3)]


def test_aggregates_are_found_by_key_and_time_oldest_first(history: History) -> None:
    history.put_aggregates(
        [aggregate(1, NOON + n * HOUR, city=city) for n in range(4) for city in ("Berlin", "Bonn")]
    )
    history.aggregates_of([NOON])  # makes the writes visible to a search
    found = history.search_aggregates("geo", "Berlin", NOON + HOUR, NOON + 3 * HOUR, 10)
    assert [a.window_start for a in found] == [NOON + HOUR, NOON + 2 * HOUR]
    newest = history.search_aggregates("geo", None, None, None, 2)
    assert {(a.key, a.window_start) for a in newest} == {
        ("Berlin", NOON + 3 * HOUR),
        ("Bonn", NOON + 3 * HOUR),
    }
    assert history.search_aggregates("product", None, None, None, 10) == []


def test_pages_hold_every_message_once_newest_first(history: History) -> None:
    put(history, *(processed(f"m{n}", NOON + timedelta(seconds=n // 3)) for n in range(25)))
    history.count_messages()  # makes the writes visible to a search
    seen: list[ProcessedMessage] = []
    cursor: str | None = None
    while True:
        page = history.search_messages(MessageFilter(), 4, cursor)
        seen += page.messages
        cursor = page.cursor
        if cursor is None:
            break
    assert len({message.message_id for message in seen}) == len(seen) == 25
    assert [m.created_at for m in seen] == sorted((m.created_at for m in seen), reverse=True)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (MessageFilter(words="cancel contract"), {"a"}),
        (MessageFilter(words='"quoted AND (odd'), set()),
        (MessageFilter(words="cancel\0contract"), {"a"}),
        (MessageFilter(platform="reddit"), {"b"}),
        (MessageFilter(product="Nimbus"), {"a"}),
        (MessageFilter(city="Bonn", channel="app"), {"b"}),
        (MessageFilter(label="negative"), {"a"}),
        (MessageFilter(churn_risk_from=0.5), {"a"}),
        (MessageFilter(since=NOON + HOUR), {"b"}),
        (MessageFilter(until=NOON + HOUR), {"a"}),
    ],
)
def test_filters_find_what_they_say(history: History, wanted: MessageFilter, ids: set[str]) -> None:
    negative = analysis(sentiment_label="negative", churn_risk=0.8)
    put(
        history,
        processed("a", text="I cancel my contract", product="Nimbus", said=negative),
        processed("b", NOON + HOUR, platform="reddit", city="Bonn", channel="app"),
    )
    history.count_messages()  # makes the writes visible to a search
    found = history.search_messages(wanted, 10, None).messages
    assert {message.message_id for message in found} == ids


@pytest.mark.parametrize(
    "cursor", ["x", "bm90IG91cnM=", "Ä", "WzExODA1OTE2MjA3MTc0MTEzMDM0MjQsImEiXQ=="]
)
def test_a_cursor_that_is_not_ours_is_an_input_error(history: History, cursor: str) -> None:
    with pytest.raises(InputError, match="cursor"):
        history.search_messages(MessageFilter(), 10, cursor)


def test_a_file_that_is_no_history_is_a_server_error(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    path.write_bytes(b"not a database, but long enough to be taken for one" * 100)
    with pytest.raises(ServerError, match=r"history\.sqlite"):
        SqliteHistory(path)


def test_an_elasticsearch_that_is_not_there_is_a_server_error() -> None:
    with pytest.raises(ServerError, match="GROUNDSWELL_HISTORY_URL"):
        ElasticsearchHistory(Settings(store="elasticsearch", url="http://127.0.0.1:1")).ping()


def test_elasticsearch_refuses_a_document_for_itself_and_keeps_the_rest(
    elasticsearch_url: str,
) -> None:
    with Elasticsearch(elasticsearch_url) as client:
        numbers = {"properties": {"city": {"type": "long"}}}
        client.indices.create(index="sentiment-messages-2025-03-01", mappings=numbers)
    history = ElasticsearchHistory(Settings(store="elasticsearch", url=elasticsearch_url))
    messages = [processed("a", city="Berlin"), processed("b"), processed("c", NOON + 24 * HOUR)]
    puts = history.put_messages([Arrival(m, n) for n, m in enumerate(messages)])
    assert [put.refused is None for put in puts] == [False, True, True]
    assert "city" in str(puts[0].refused)
    assert between(history).keys() == {"b", "c"}
    history.close()


def test_a_block_of_elasticsearch_is_an_outage_and_no_refusal(elasticsearch_url: str) -> None:
    history = ElasticsearchHistory(Settings(store="elasticsearch", url=elasticsearch_url))
    put(history, processed("a"))
    with Elasticsearch(elasticsearch_url) as client:
        for block in ("index.blocks.write", "index.blocks.read_only_allow_delete"):
            client.indices.put_settings(index="sentiment-messages-*", settings={block: True})
            with pytest.raises(ServerError, match="refuses b"):
                put(history, processed("b"))
            client.indices.put_settings(index="sentiment-messages-*", settings={block: None})
    assert put(history, processed("b")) == [None]
    history.close()


def tally(next_: int, partition: int = 0, first: int = 0, *, minute: int = 0) -> Tally:
    minutes = {int(NOON.timestamp()) + 60 * minute: {"entered": next_ - first}}
    return Tally(station="raw", partition=partition, first=first, next=next_, minutes=minutes)


def test_a_tally_that_was_counted_further_is_not_replaced(history: History) -> None:
    history.put_tallies([tally(5), tally(7, partition=1)])
    history.put_tallies([tally(6), tally(3, partition=1)])
    found = history.tallies_between(NOON, NOON + HOUR)
    assert sorted((each.partition, each.next) for each in found) == [(0, 6), (1, 7)]


def test_tallies_are_found_by_the_minutes_they_have(history: History) -> None:
    tallies = [tally(5), tally(1005, first=1000, minute=10), tally(2005, first=2000, minute=20)]
    history.put_tallies(tallies)
    minute = timedelta(minutes=1)
    assert history.tallies_between(NOON + minute, NOON + 10 * minute) == []
    (found,) = history.tallies_between(NOON + 10 * minute, NOON + 11 * minute)
    assert found == tallies[1]


def test_the_newest_tally_of_every_partition_is_known(history: History) -> None:
    assert history.newest_tallies(NOON) == []
    history.put_tallies([tally(5), tally(1005, first=1000), tally(7, partition=1)])
    newest = {(each.partition, each.first) for each in history.newest_tallies(NOON)}
    assert newest == {(0, 1000), (1, 0)}
    assert history.newest_tallies(NOON + HOUR) == []


def test_a_tally_is_found_by_where_it_begins(history: History) -> None:
    assert history.tally("raw", 0, 0) is None
    history.put_tallies([tally(5), tally(1005, first=1000), tally(7, partition=1)])
    assert history.tally("raw", 0, 1000) == tally(1005, first=1000)
    assert history.tally("processed", 0, 1000) is None
