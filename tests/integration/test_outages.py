"""A store is away while messages come: the rest goes on, and afterwards nothing is missing."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from redis import Redis

from chaos.proxy import Proxy
from contracts.errors import ServerError
from contracts.messages import InvalidReason
from local.account import (
    Mark,
    account_since,
    differing_shown,
    mark,
    wait_until_analyzed,
    wait_until_stored,
)
from local.platform import Platform, Search
from local.ports import free_port
from local.replay import replay
from local.servers.elasticsearch import ElasticsearchServer
from local.servers.sentinel import ValkeySentinel
from local.servers.valkey import ValkeyServer
from stores.history import History
from stores.kafka.scan import end_offsets
from stores.open import open_history
from stores.redis import LiveStore
from tests.conftest import EXAMPLES, MakePlatform
from tests.support.stations import get
from tests.support.waiting import wait_for

WAIT_S = 120
MORE = 1000
QUIET_S = 5.0


@pytest.fixture
def proxies() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def flow(platform: Platform) -> Mark:
    """Messages come, until they are stopped with the platform."""
    start = mark(platform.settings.kafka)
    platform.connector("synthetic", "--count", "0", "--rate", "300", "--seed", "5").start()
    history = open_history(platform.settings)
    wait_for(lambda: stored(history) > MORE // 2)
    history.close()
    return start


def stored(history: History) -> int:
    """Messages there; none while Elasticsearch still makes the index."""
    with suppress(ServerError):
        return history.count_messages()
    return 0


def processed(platform: Platform) -> int:
    return sum(end_offsets(platform.settings.kafka, platform.settings.kafka.processed).values())


def wait_for_more(platform: Platform) -> None:
    """The analyze half goes on."""
    before = processed(platform)
    wait_for(lambda: processed(platform) > before + MORE)


def seconds_quiet(live: LiveStore) -> float:
    """How long nothing has been shown."""
    shown_ms = int(live.last_position().partition("-")[0])
    return time.time() - shown_ms / 1000


def assert_complete(platform: Platform, history: History, start: Mark) -> None:
    """Every message is stored, every window exact, and the live state shows the newest."""
    for connector in platform.connectors:
        connector.stop()
    assert wait_until_analyzed(platform.settings.kafka, WAIT_S)
    account = account_since(platform.settings.kafka, start)
    assert account.is_complete
    assert wait_until_stored(history, account, platform.settings, WAIT_S)
    newest = history.search_aggregates("overall", None, None, None, 60)
    count = sum(aggregate.message_count for aggregate in newest)

    def is_shown() -> bool:
        shown = get(platform, "/api/metrics/overall", range="1h")["merged"]
        return shown is not None and bool(shown["message_count"] == count)

    wait_for(is_shown)
    assert platform.pipeline is not None
    assert platform.pipeline.restarts == 0
    assert "starting it again" not in platform.pipeline.process.log.read_text()


@pytest.mark.parametrize("what", ["cut", "stall"])
def test_redis_away_holds_up_nothing(
    make_platform: MakePlatform, valkey_server: ValkeyServer, proxies: ExitStack, what: str
) -> None:
    redis = proxies.enter_context(Proxy(valkey_server.port))
    platform = make_platform(GROUNDSWELL_REDIS_URL=f"redis://127.0.0.1:{redis.port}/0")
    start = flow(platform)
    history = open_history(platform.settings)
    getattr(redis, what)()
    wait_for_more(platform)
    before = stored(history)
    wait_for(lambda: stored(history) > before + MORE)
    redis.mend()
    assert_complete(platform, history, start)
    history.close()


def test_a_new_master_under_sentinel_is_written_to_without_a_restart(
    make_platform: MakePlatform, tmp_path: Path
) -> None:
    with ValkeySentinel(tmp_path / "sentinel") as sentinel:
        platform = make_platform(GROUNDSWELL_REDIS_URL=sentinel.url)
        start = flow(platform)
        history = open_history(platform.settings)
        master = sentinel.master
        master.kill()
        wait_for_more(platform)
        wait_for(lambda: sentinel.master is not master)
        assert_complete(platform, history, start)
        with closing(LiveStore(platform.settings.redis)) as live:
            assert differing_shown(history, live) == []
        history.close()


def test_a_redis_that_comes_back_empty_is_filled_though_no_message_comes(
    make_platform: MakePlatform, tmp_path: Path
) -> None:
    with ValkeyServer(tmp_path / "valkey", free_port()) as server:
        platform = make_platform(
            GROUNDSWELL_REDIS_URL=server.url, GROUNDSWELL_WINDOWS_IDLE_SECONDS="600"
        )
        replay(platform, EXAMPLES)
        history = open_history(platform.settings)
        with (
            closing(LiveStore(platform.settings.redis)) as live,
            Redis.from_url(server.url) as client,
        ):
            wait_for(lambda: seconds_quiet(live) > QUIET_S)
            client.set("witness", "of what was there")
            server.kill()
            shutil.rmtree(server.folder / "appendonlydir")
            server.start()
            assert client.get("witness") is None
            wait_for(lambda: not differing_shown(history, live))
        history.close()


@pytest.mark.parametrize("what", ["cut", "stall", "write", "read_only_allow_delete"])
def test_elasticsearch_away_or_blocked_waits_in_kafka(
    make_platform: MakePlatform,
    elasticsearch_server: ElasticsearchServer,
    proxies: ExitStack,
    what: str,
) -> None:
    server = proxies.enter_context(Proxy(elasticsearch_server.port))
    platform = make_platform(
        "elasticsearch",
        GROUNDSWELL_HISTORY_URL=f"http://127.0.0.1:{server.port}",
        GROUNDSWELL_HISTORY_TIMEOUT_MS="3000",
    )
    start = flow(platform)
    if what in {"cut", "stall"}:
        getattr(server, what)()
        wait_for_more(platform)
        server.mend()
    else:
        with Elasticsearch(elasticsearch_server.url) as client:
            block(client, what, is_blocked=True)
            wait_for_more(platform)
            block(client, what, is_blocked=False)
    history = open_history(platform.settings)
    assert_complete(platform, history, start)
    history.close()


def block(client: Elasticsearch, name: str, *, is_blocked: bool) -> None:
    """``read_only_allow_delete`` is what a full disk sets."""
    setting = {f"index.blocks.{name}": is_blocked or None}
    client.indices.put_settings(index="sentiment-*", settings=setting)


def test_a_message_that_elasticsearch_refuses_is_dead_lettered_and_the_rest_stored(
    make_platform: MakePlatform, elasticsearch_url: str
) -> None:
    search: Search = "elasticsearch"
    with Elasticsearch(elasticsearch_url) as client:
        template = {"mappings": {"properties": {"city": {"type": "long"}}}}
        client.indices.put_index_template(
            name="by-hand", index_patterns=["sentiment-messages-*"], template=template, priority=9
        )
        try:
            platform = make_platform(search)
            start = mark(platform.settings.kafka)
            source = platform.connector("synthetic", "--count", "500", "--seed", "5")
            source.start()
            source.wait_until_ended(WAIT_S)
            assert wait_until_analyzed(platform.settings.kafka, WAIT_S)
            sent = account_since(platform.settings.kafka, start).processed
            elsewhere = sum(message.city is None for message in sent)
            history = open_history(platform.settings)
            wait_for(lambda: stored(history) == elsewhere)
            history.close()
            refused = account_since(platform.settings.kafka, start).invalid
            assert refused == {InvalidReason.STORING_REFUSED: len(sent) - elsewhere}
            assert 0 < elsewhere < len(sent)
        finally:
            client.indices.delete_index_template(name="by-hand")
