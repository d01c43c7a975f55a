"""Real servers for all tests, started once a run, and a platform of its own for each test."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from redis import Redis

from contracts.settings import Kafka, load
from local.platform import Platform, Search, Wanted
from local.ports import free_port
from local.servers.elasticsearch import ElasticsearchServer
from local.servers.kafka import KafkaServer
from local.servers.valkey import ValkeyServer
from stores.kafka import ensure_topics
from stores.sqlite import SqliteHistory

SHARED_DATA = Path(__file__).parent.parent.parent / "shared" / "data"
EXAMPLES = Path(__file__).parent.parent / "examples" / "posts.csv"
collect_ignore = [] if SHARED_DATA.is_dir() else ["shared_data"]

numbers = count(1)


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    with KafkaServer(tmp_path_factory.mktemp("kafka"), free_port()) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with ValkeyServer(tmp_path_factory.mktemp("valkey"), free_port()) as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ElasticsearchServer]:
    with ElasticsearchServer(tmp_path_factory.mktemp("elasticsearch"), free_port()) as server:
        yield server


@pytest.fixture
def redis_url(valkey_server: ValkeyServer) -> str:
    """An empty database."""
    with Redis.from_url(valkey_server.url) as client:
        client.flushdb()
    return valkey_server.url


@pytest.fixture
def elasticsearch_url(elasticsearch_server: ElasticsearchServer) -> str:
    """An empty cluster."""
    with Elasticsearch(elasticsearch_server.url) as client:
        names = client.indices.get(index="sentiment-*", allow_no_indices=True)
        if names:
            client.indices.delete(index=list(names))
    return elasticsearch_server.url


@pytest.fixture
def topics_environment() -> dict[str, str]:
    """Topics and a group that no other test uses."""
    number = next(numbers)
    return {
        "GROUNDSWELL_KAFKA_RAW": f"raw-{number}",
        "GROUNDSWELL_KAFKA_PROCESSED": f"processed-{number}",
        "GROUNDSWELL_KAFKA_INVALID": f"invalid-{number}",
        "GROUNDSWELL_KAFKA_CONNECTORS": f"connectors-{number}",
        "GROUNDSWELL_KAFKA_GROUP": f"analyze-{number}",
        "GROUNDSWELL_KAFKA_AGGREGATE_GROUP": f"aggregate-{number}",
        "GROUNDSWELL_KAFKA_INSTANCE": f"analyze-{number}",
    }


@pytest.fixture
def kafka(kafka_server: KafkaServer, topics_environment: dict[str, str]) -> Kafka:
    """Settings whose topics are there, for clients in the test's own process."""
    environment = {
        "GROUNDSWELL_KAFKA_BOOTSTRAP": kafka_server.bootstrap,
        # A transaction that takes longer kills its process, which is pytest here.
        "GROUNDSWELL_KAFKA_TRANSACTION_TIMEOUT_MS": "300000",
        **topics_environment,
    }
    settings = load(environment).kafka
    assert ensure_topics(settings) == []
    return settings


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SqliteHistory]:
    """An empty history, in the test's own process."""
    history = SqliteHistory(tmp_path / "history.sqlite")
    yield history
    history.close()


MakePlatform = Callable[..., Platform]


@pytest.fixture
def make_platform(
    tmp_path: Path,
    kafka_server: KafkaServer,
    redis_url: str,
    topics_environment: dict[str, str],
    request: pytest.FixtureRequest,
) -> Iterator[MakePlatform]:
    """Starts a platform on the run's servers, with topics and stores of its own."""
    running: list[Platform] = []

    def make(search: Search = "sqlite", workers: int = 1, **environment: str) -> Platform:
        elasticsearch = None
        if search == "elasticsearch":
            elasticsearch = request.getfixturevalue("elasticsearch_url")
        wanted = Wanted(
            folder=tmp_path / "state",
            port=free_port(),
            search=search,
            kafka=kafka_server.bootstrap,
            redis=redis_url,
            elasticsearch=elasticsearch,
            workers=workers,
            environment=topics_environment | environment,
        )
        platform = Platform(wanted)
        running.append(platform)
        platform.start()
        return platform

    yield make
    for platform in running:
        platform.stop()
