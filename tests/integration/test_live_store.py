"""The live state on a real server of the Redis protocol."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from redis import Redis

from contracts.aggregates import Aggregate, Dimension, Totals
from contracts.alerts import churn_alert
from contracts.errors import ServerError
from contracts.settings import Redis as Settings
from contracts.wire import decode_aggregate
from stores.redis import LiveStore
from stores.redis.scripts import PUT_SUMMARY
from tests.support.messages import NOON, processed

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def live(redis_url: str) -> Iterator[LiveStore]:
    store = LiveStore(Settings(url=redis_url))
    yield store
    store.close()


def window(
    start: datetime,
    count: int,
    revision: int = 1,
    dimension: Dimension = "overall",
    key: str = "all",
) -> Aggregate:
    return Totals(message_count=count, unsupported_count=count).aggregate(
        dimension=dimension,
        key=key,
        window_start=start,
        window_end=start + MINUTE,
        revision=revision,
        final=False,
        updated_at=start,
    )


def test_nothing_is_shown_before_something_came(live: LiveStore) -> None:
    assert live.overall(HOUR) is None
    assert live.merged("geo", HOUR, NOON) == []
    assert live.trend("overall", "all", HOUR) == []
    assert live.recent_events(10) == []


def test_the_newest_window_and_the_hour_that_ends_with_it(live: LiveStore) -> None:
    live.put_aggregates([window(NOON + n * MINUTE, count=1) for n in range(90)])
    summary = live.overall(HOUR)
    assert summary is not None
    assert summary.newest == window(NOON + 89 * MINUTE, count=1)
    assert summary.merged.message_count == 60
    assert summary.merged.window_start == NOON + 30 * MINUTE
    quarter = live.overall(15 * MINUTE)
    assert quarter is not None
    assert quarter.merged.message_count == 15
    assert len(live.trend("overall", "all", 24 * HOUR)) == 90


def test_an_older_revision_changes_nothing(live: LiveStore) -> None:
    live.put_aggregates([window(NOON, count=5, revision=3)])
    live.put_aggregates([window(NOON, count=1, revision=2)])
    summary = live.overall(HOUR)
    assert summary is not None
    assert summary.newest.message_count == 5


def test_windows_a_day_older_than_the_newest_are_let_go(live: LiveStore) -> None:
    live.put_aggregates([window(NOON, count=1)])
    live.put_aggregates([window(NOON + 24 * HOUR, count=1)])
    live.put_aggregates([window(NOON - 500 * HOUR, count=1)])
    trend = live.trend("overall", "all", 1000 * HOUR)
    assert [w.window_start for w in trend] == [NOON + 24 * HOUR]


def test_every_key_of_a_dimension_is_merged_over_the_same_range(live: LiveStore) -> None:
    for minute in range(110):
        start = NOON + minute * MINUTE
        cities = ["São Paulo", "a:b"] + (["Berlin"] if minute < 60 else [])
        live.put_aggregates([window(start, 1, dimension="geo", key=city) for city in cities])
    merged = live.merged("geo", HOUR, NOON + 110 * MINUTE)
    assert {m.key: m.message_count for m in merged} == {"São Paulo": 60, "a:b": 60, "Berlin": 10}


def test_keys_that_were_not_heard_of_for_a_day_are_forgotten(
    live: LiveStore, redis_url: str
) -> None:
    live.put_aggregates([window(NOON, 1, dimension="geo", key="Berlin")])
    live.put_aggregates([window(NOON + 25 * HOUR, 1, dimension="geo", key="London")])
    live.put_aggregates([window(NOON + 25 * HOUR, 2, 2, dimension="geo", key="London")])
    with Redis.from_url(redis_url, decode_responses=True) as client:
        assert client.zrange("sentiment:keys:geo", 0, -1) == ["London"]


def test_a_window_whose_messages_are_gone_is_not_the_newest(live: LiveStore) -> None:
    live.put_aggregates([window(NOON, 1), window(NOON + MINUTE, 1)])
    live.put_aggregates([window(NOON + MINUTE, 0, revision=2)])
    summary = live.overall(HOUR)
    assert summary is not None
    assert summary.newest.window_start == NOON


def test_two_writers_leave_the_summary_of_the_last_change(live: LiveStore, redis_url: str) -> None:
    for round_ in range(50):
        starts = [NOON + (2 * round_ + n) * MINUTE for n in range(2)]
        with ThreadPoolExecutor(2) as writers:
            list(writers.map(lambda start: live.put_aggregates([window(start, 1)]), starts))
        with Redis.from_url(redis_url, decode_responses=True) as client:
            hour = decode_aggregate(client.hget("sentiment:overall", "hour") or "")
        assert hour.message_count == min(60, 2 * round_ + 2)


def test_every_key_expires_within_a_day(live: LiveStore, redis_url: str) -> None:
    live.put_aggregates([window(NOON, 1), window(NOON, 1, dimension="geo", key="Berlin")])
    live.announce_message(processed("a"))
    with Redis.from_url(redis_url, decode_responses=True) as client:
        keys = set(client.scan_iter())
        assert {"sentiment:overall", "sentiment:geo:Berlin", "sentiment:events"} <= keys
        for key in keys:
            assert 0 < client.ttl(key) <= 24 * 3600


def test_events_come_in_order_after_a_position(live: LiveStore) -> None:
    live.announce_message(processed("a"))
    position = live.last_position()
    live.announce_message(processed("b"))
    live.announce_alert(churn_alert(processed("c")))
    live.put_aggregates([window(NOON, 1)])
    events = live.events_after(position, 100)
    assert [event.kind for event in events] == ["message", "alert", "metrics"]
    assert live.events_after(events[-1].position, 10) == []


def test_what_was_announced_of_an_erased_message_is_gone_and_listeners_are_told(
    live: LiveStore, redis_url: str
) -> None:
    for name in ("a", "b"):
        live.announce_message(processed(name, text=f"says {name}"))
        live.announce_alert(churn_alert(processed(name, text=f"warns of {name}")))
    live.put_aggregates([window(NOON, 1)])
    assert live.announced() == {"a", "b"}
    position = live.last_position()
    live.erase(["a", "unknown"])
    assert live.announced() == {"b"}
    with Redis.from_url(redis_url, decode_responses=True) as client:
        kept = [fields for _, fields in client.xrange("sentiment:events")]
        assert 0 < client.ttl("sentiment:events") <= 24 * 3600
    kinds = [fields["kind"] for fields in kept]
    assert kinds == ["message", "alert", "metrics", "deleted", "deleted"]
    assert not any("says a" in fields["data"] for fields in kept)
    told = [event.data for event in live.events_after(position, 100)]
    assert told == ['{"message_id":"a"}', '{"message_id":"unknown"}']


def test_an_announcement_that_does_not_say_whose_it_is_goes_with_the_first_that_is_erased(
    live: LiveStore, redis_url: str
) -> None:
    with Redis.from_url(redis_url) as client:
        client.xadd("sentiment:events", {"kind": "message", "data": "{}"})
    live.erase([])
    assert len(live.recent_events(10)) == 1
    live.erase(["a"])
    assert [event.kind for event in live.recent_events(10)] == ["deleted"]


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:1/0",
        "redis://127.0.0.1:x/0",
        "redis+sentinel://127.0.0.1:1,127.0.0.1:2/live",
    ],
)
def test_a_server_that_is_not_there_is_a_server_error(url: str) -> None:
    with pytest.raises(ServerError, match="GROUNDSWELL_REDIS_URL"):
        LiveStore(Settings(url=url)).ping()


def test_an_error_does_not_tell_the_password() -> None:
    with pytest.raises(ServerError, match="redis://127") as raised:
        LiveStore(Settings(url="redis://live:secret@127.0.0.1:1/0")).ping()
    assert "secret" not in str(raised.value)


def test_a_summary_of_a_change_that_a_failover_lost_is_not_shown(
    live: LiveStore, redis_url: str
) -> None:
    live.put_aggregates([window(NOON, 1)])
    with Redis.from_url(redis_url, decode_responses=True) as client:
        put_summary = client.register_script(PUT_SUMMARY)
        put_summary(keys=["sentiment:overall"], args=[9, "lost", "lost", 60])
        live.put_aggregates([window(NOON + MINUTE, 1)])
        newest = decode_aggregate(client.hget("sentiment:overall", "newest") or "")
    assert newest == window(NOON + MINUTE, 1)
