"""What is shown in the live store, whatever that store goes through meanwhile."""

from collections.abc import Iterator

import pytest
from redis import Redis

from chaos.proxy import Proxy
from contracts import wire
from contracts.alerts import churn_alert
from contracts.messages import Erased
from contracts.settings import Redis as Settings
from dataflows.steps.show import WAITING_AGGREGATES_MAX, WAITING_ERASED_MAX, Announcement, Show
from local.servers.valkey import ValkeyServer
from stores.history import Arrival
from stores.outage import StoreThread
from stores.redis import LiveStore
from stores.sqlite import SqliteHistory
from tests.support.live import HOUR, MINUTE, count_shown, window
from tests.support.messages import processed
from tests.support.waiting import wait_for


@pytest.fixture
def live(redis_url: str) -> Iterator[LiveStore]:
    live = LiveStore(Settings(url=redis_url))
    yield live
    live.close()


@pytest.fixture
def proxy(valkey_server: ValkeyServer) -> Iterator[Proxy]:
    with Proxy(valkey_server.port) as proxy:
        yield proxy


@pytest.fixture
def thread(live: LiveStore, proxy: Proxy, history: SqliteHistory) -> Iterator[StoreThread]:
    """The live store's; at the end of a test it is through, and writes nothing into the next."""
    del live, proxy, history
    thread = StoreThread("live")
    yield thread
    thread.submit(lambda: None).result(60)


def show_through(port: int, history: SqliteHistory, thread: StoreThread) -> Show:
    live = LiveStore(Settings(url=f"redis://127.0.0.1:{port}/0", timeout_ms=1000))
    return Show(lambda: live, lambda: history, MINUTE, thread.submit)


@pytest.mark.parametrize("what", ["cut", "stall"])
def test_what_is_written_while_it_is_away_is_shown_when_it_is_back(
    live: LiveStore, proxy: Proxy, history: SqliteHistory, thread: StoreThread, what: str
) -> None:
    show = show_through(proxy.port, history, thread)
    history.put_aggregates([window(0, count=1, revision=1)])
    show.aggregates([window(0, count=1, revision=1)])
    wait_for(lambda: count_shown(live) == 1)
    getattr(proxy, what)()
    for revision in range(2, 30):
        newer = [window(0, revision, revision), window(1, revision, revision)]
        history.put_aggregates(newer)
        show.aggregates(newer)
    assert count_shown(live) == 1
    proxy.mend()
    wait_for(lambda: count_shown(live) == 2 * 29)


def test_a_live_store_that_was_emptied_is_filled_from_the_history_on_start(
    live: LiveStore,
    redis_url: str,
    valkey_server: ValkeyServer,
    history: SqliteHistory,
    thread: StoreThread,
) -> None:
    history.put_aggregates([window(number, count=2, revision=4) for number in range(90)])
    with Redis.from_url(redis_url) as client:
        client.flushdb()
    show_through(valkey_server.port, history, thread)
    wait_for(lambda: len(live.trend("overall", "all", 24 * HOUR)) == 90)
    assert count_shown(live) == 2 * 60


def test_an_error_that_will_not_pass_stops_one_job_and_no_later_one(
    live: LiveStore, history: SqliteHistory, thread: StoreThread
) -> None:
    opened = iter([ZeroDivisionError()])

    def open_live() -> LiveStore:
        if error := next(opened, None):
            raise error
        return live

    show = Show(open_live, lambda: history, MINUTE, thread.submit)
    for revision in (1, 2):
        history.put_aggregates([window(0, count=revision, revision=revision)])

    def is_shown() -> bool:
        show.aggregates([window(0, count=2, revision=2)])
        return count_shown(live) == 2

    wait_for(is_shown)


def test_more_than_can_wait_is_made_up_from_the_history(
    live: LiveStore, proxy: Proxy, history: SqliteHistory, thread: StoreThread
) -> None:
    show = show_through(proxy.port, history, thread)
    proxy.cut()
    windows = [window(number, count=1, revision=1) for number in range(WAITING_AGGREGATES_MAX + 1)]
    history.put_aggregates(windows)
    show.aggregates(windows)
    proxy.mend()
    wait_for(lambda: len(live.trend("overall", "all", 24 * HOUR)) == 24 * 60)


def erased(*message_ids: str) -> list[Announcement]:
    return [Erased(message_id=message_id) for message_id in message_ids]


def events(live: LiveStore) -> list[tuple[str, str]]:
    """Kind and message of what the stream has, without metrics."""
    told = [event for event in live.recent_events(5000) if event.kind != "metrics"]
    return [(event.kind, wire.decode_object(event.data)["message_id"]) for event in told]


def test_what_waits_of_an_erased_message_is_not_announced_afterwards(
    live: LiveStore, proxy: Proxy, history: SqliteHistory, thread: StoreThread
) -> None:
    show = show_through(proxy.port, history, thread)
    messages = {name: processed(name) for name in "abc"}
    history.put_messages([Arrival(message, 1) for message in messages.values()])
    show.announcements([messages["c"]])
    wait_for(lambda: events(live) == [("message", "c")])
    proxy.cut()
    show.announcements([messages["a"], churn_alert(messages["a"]), messages["b"]])
    show.announcements([*erased("a", "c"), messages["c"]])
    proxy.mend()
    wait_for(lambda: events(live)[2:] == [("message", "b"), ("message", "c")])
    assert sorted(events(live)[:2]) == [("deleted", "a"), ("deleted", "c")]


def test_what_a_crash_lost_of_deletions_is_found_in_the_history_on_start(
    live: LiveStore, valkey_server: ValkeyServer, history: SqliteHistory, thread: StoreThread
) -> None:
    history.put_messages([Arrival(processed("kept"), 1)])
    for name in ("kept", "erased"):
        live.announce_message(processed(name))
    show_through(valkey_server.port, history, thread)
    wait_for(lambda: events(live) == [("message", "kept"), ("deleted", "erased")])


def test_more_deletions_than_can_wait_are_made_up_from_the_history(
    live: LiveStore, proxy: Proxy, history: SqliteHistory, thread: StoreThread
) -> None:
    show = show_through(proxy.port, history, thread)
    live.announce_message(processed("a"))
    proxy.cut()
    show.announcements(erased("a", *map(str, range(WAITING_ERASED_MAX))))
    proxy.mend()
    wait_for(lambda: events(live) == [("deleted", "a")])
