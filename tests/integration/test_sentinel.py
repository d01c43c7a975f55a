"""The live state under Sentinel: the master changes, and nothing that was shown is missing."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from contracts.aggregates import Aggregate
from contracts.errors import ServerError
from contracts.settings import Redis as Settings
from contracts.settings import load
from dataflows.steps.show import Show
from gateway.app import create_app
from local.account import differing_shown
from local.ports import free_port
from local.servers.sentinel import SENTINELS, ValkeySentinel
from local.servers.valkey import ValkeyServer
from stores.outage import StoreThread
from stores.redis import LiveStore
from stores.redis.connection import connect
from stores.sqlite import SqliteHistory
from tests.support.live import MINUTE, window
from tests.support.waiting import wait_for


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[ValkeySentinel]:
    with ValkeySentinel(tmp_path / "sentinel") as sentinel:
        yield sentinel


@pytest.fixture
def open_live() -> Iterator[Callable[[str], LiveStore]]:
    with ExitStack() as stores:

        def open_store(url: str) -> LiveStore:
            store = LiveStore(Settings(url=url, timeout_ms=1000))
            stores.callback(store.close)
            return store

        yield open_store


OpenLive = Callable[[str], LiveStore]


class Writer:
    """Writes windows to the history and shows them, as the pipeline does.

    :param submit: does what is to be shown.
    """

    def __init__(
        self,
        history: SqliteHistory,
        live: LiveStore,
        submit: Callable[[Callable[[], None]], object],
    ) -> None:
        self.history = history
        self.show = Show(lambda: live, lambda: history, MINUTE, submit)

    def write(self, *windows: Aggregate) -> None:
        self.history.put_aggregates(list(windows))
        self.show.aggregates(list(windows))


def windows_at(server: ValkeyServer) -> int:
    with Redis.from_url(server.url) as client:
        return int(client.hlen("sentiment:trend:overall:all"))


def cut_off(sentinel: ValkeySentinel) -> ValkeyServer:
    """Freeze the replica without the link to its master: what is written now passes it by."""
    master = sentinel.master
    (replica,) = [server for server in sentinel.servers if server is not master]
    wait_for(lambda: windows_at(replica) == windows_at(master))
    signal_to(replica, signal.SIGSTOP)
    with Redis.from_url(master.url) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "replica")
    return replica


def signal_to(server: ValkeyServer, what: signal.Signals) -> None:
    assert server.pid is not None
    os.kill(server.pid, what)


def replace_master(sentinel: ValkeySentinel, replica: ValkeyServer) -> None:
    """Crash the master; the replica follows with what it has."""
    sentinel.master.kill()
    signal_to(replica, signal.SIGCONT)
    wait_for(lambda: sentinel.master is replica)


def differing(history: SqliteHistory, live: LiveStore) -> list[object] | None:
    """What is not shown as it is stored; null while nobody is the master."""
    try:
        return list(differing_shown(history, live))
    except ServerError:
        return None


def test_what_a_failover_loses_is_shown_again_and_writing_goes_on(
    sentinel: ValkeySentinel, history: SqliteHistory, open_live: OpenLive
) -> None:
    live = open_live(sentinel.url)
    writer = Writer(history, open_live(sentinel.url), StoreThread("live").submit)
    writer.write(window(0))
    wait_for(lambda: len(live.trend("overall", "all", 24 * MINUTE)) == 1)
    replica = cut_off(sentinel)
    writer.write(*(window(number) for number in range(1, 20)))
    wait_for(lambda: differing_shown(history, live) == [])
    sentinel.master.kill()
    signal_to(replica, signal.SIGCONT)
    assert windows_at(replica) == 1
    for revision in range(2, 30):
        writer.write(window(20, revision, revision))
    wait_for(lambda: sentinel.master is replica)
    wait_for(lambda: differing(history, live) == [])
    assert windows_at(replica) == 21


def test_a_failover_that_nobody_noticed_is_found_by_the_next_look(
    sentinel: ValkeySentinel, history: SqliteHistory, open_live: OpenLive
) -> None:
    live = open_live(sentinel.url)
    jobs: list[Callable[[], None]] = []
    writer = Writer(history, open_live(sentinel.url), jobs.append)
    writer.write(window(0))
    jobs.pop()()
    replica = cut_off(sentinel)
    writer.write(window(1))
    jobs.pop()()
    assert differing_shown(history, live) == []
    replace_master(sentinel, replica)
    assert len(differing_shown(history, live)) == 1
    writer.show.look()
    jobs.pop()()
    assert differing_shown(history, live) == []
    assert jobs == []


def test_a_failover_between_a_look_and_its_writes_is_found_by_the_next_look(
    sentinel: ValkeySentinel, history: SqliteHistory, open_live: OpenLive
) -> None:
    live = open_live(sentinel.url)
    jobs: list[Callable[[], None]] = []
    writer = Writer(history, live, jobs.append)
    writer.write(window(0))
    jobs.pop()()
    replica = cut_off(sentinel)
    writer.write(window(1))
    jobs.pop()()
    looked = live.incarnation()
    replace_master(sentinel, replica)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "incarnation", lambda: looked)
        writer.write(window(2))
        jobs.pop()()
    assert len(differing_shown(history, live)) == 1
    writer.show.look()
    jobs.pop()()
    assert differing_shown(history, live) == []


def test_a_server_that_comes_back_empty_is_filled_again(
    tmp_path: Path, history: SqliteHistory, open_live: OpenLive
) -> None:
    with ValkeyServer(tmp_path / "valkey", free_port()) as server:
        live = open_live(server.url)
        writer = Writer(history, open_live(server.url), StoreThread("live").submit)
        writer.write(*(window(number) for number in range(90)))
        wait_for(lambda: differing_shown(history, live) == [])
        server.kill()
        shutil.rmtree(server.folder / "appendonlydir")
        server.start()
        assert windows_at(server) == 0
        writer.show.look()
        wait_for(lambda: differing_shown(history, live) == [])


def test_nothing_is_shown_again_where_the_server_is_the_same(
    redis_url: str, history: SqliteHistory, open_live: OpenLive
) -> None:
    jobs: list[Callable[[], None]] = []
    writer = Writer(history, open_live(redis_url), jobs.append)
    writer.write(window(0))
    jobs.pop()()
    history.put_aggregates([window(1)])
    writer.show.look()
    jobs.pop()()
    assert len(open_live(redis_url).trend("overall", "all", 24 * MINUTE)) == 1


def test_an_incarnation_ends_with_a_restart_though_nothing_is_lost(
    tmp_path: Path, open_live: OpenLive
) -> None:
    with ValkeyServer(tmp_path / "valkey", free_port()) as server:
        before = open_live(server.url).incarnation()
        assert open_live(server.url).incarnation() == before
        server.kill()
        server.start()
        assert open_live(server.url).incarnation() != before


def test_the_gateway_reads_what_was_written_before_and_after_a_failover(
    sentinel: ValkeySentinel, tmp_path: Path, open_live: OpenLive
) -> None:
    settings = load(
        {
            "GROUNDSWELL_REDIS_URL": sentinel.url,
            "GROUNDSWELL_REDIS_TIMEOUT_MS": "1000",
            "GROUNDSWELL_HISTORY_PATH": str(tmp_path / "gateway.sqlite"),
            "GROUNDSWELL_GATEWAY_DASHBOARD": str(tmp_path / "none"),
        }
    )

    def shown() -> int:
        answer = client.get("/api/metrics/overall").json()
        return int(answer["merged"]["message_count"])

    live = open_live(sentinel.url)
    with TestClient(create_app(settings)) as client:
        live.put_aggregates([window(0, count=3)])
        assert shown() == 3
        master = sentinel.master
        (replica,) = [server for server in sentinel.servers if server is not master]
        wait_for(lambda: windows_at(replica) == 1)
        with client.websocket_connect("/ws") as socket:
            assert socket.receive_json()["event"] == "metrics:initial"
            master.kill()
            wait_for(lambda: sentinel.master is replica)
            wait_for(lambda: client.get("/readyz").is_success)
            live.put_aggregates([window(1, count=4)])
            assert shown() == 7
            frame = socket.receive_json()
            while frame["data"]["overall"]["message_count"] != 7:
                frame = socket.receive_json()
            assert frame["event"] == "metrics:update"


def test_a_frozen_master_is_left_for_the_new_one(
    sentinel: ValkeySentinel, open_live: OpenLive
) -> None:
    live = open_live(sentinel.url)
    live.put_aggregates([window(0)])
    master = sentinel.master
    signal_to(master, signal.SIGSTOP)
    try:
        wait_for(lambda: sentinel.master is not master)
        with pytest.raises(ServerError, match="does not serve"):
            live.put_aggregates([window(1)])
        live.put_aggregates([window(1)])
        assert windows_at(sentinel.master) == 2
    finally:
        signal_to(master, signal.SIGCONT)


def test_a_master_that_the_sentinels_do_not_know_is_one_clear_error(
    sentinel: ValkeySentinel, open_live: OpenLive
) -> None:
    url = sentinel.url.replace("/live/", "/dead/")
    with pytest.raises(ServerError) as raised:
        open_live(url).ping()
    assert url in raised.value.what
    assert "No master found for 'dead'" in raised.value.what
    assert "GROUNDSWELL_REDIS_URL" in raised.value.remedy


def test_a_server_that_is_no_sentinel_is_one_clear_error(
    valkey_server: ValkeyServer, open_live: OpenLive
) -> None:
    with pytest.raises(ServerError, match="GROUNDSWELL_REDIS_URL"):
        open_live(f"redis+sentinel://{valkey_server.address}/live").ping()


def test_threads_that_ask_at_once_lose_no_sentinel(sentinel: ValkeySentinel) -> None:
    sentinel.sentinels[0].kill()
    with ExitStack() as closing, ThreadPoolExecutor(8) as threads:
        client = connect(Settings(url=sentinel.url), closing)
        asked = client.connection_pool.sentinel_manager
        list(threads.map(lambda _: asked.discover_master("live"), range(64)))
        assert len({id(each) for each in asked.sentinels}) == SENTINELS
