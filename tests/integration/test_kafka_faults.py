"""Leaders and coordinators go, brokers restart, topics vanish: no message does, or it is said.

Three brokers, three replicas of everything, at least two in sync.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import ElectionType, TopicPartition

from contracts.errors import ServerError
from contracts.settings import Kafka, load
from local.servers.kafka import KafkaCluster, KafkaServer, kafka_cluster
from stores.kafka import ensure_topics, require_broker
from stores.kafka.group import ConsumerGroup
from stores.kafka.growth import TopicWatch
from tests.support.kafka import read_all, send
from tests.support.replicas import (
    Replicas,
    assert_once_and_in_order,
    load_on,
    wait_for_members,
    wait_until_all_move,
)
from tests.support.waiting import wait_for

TRANSACTIONS = "__transaction_state"
BROKER_SETTINGS = {"transaction.abort.timed.out.transaction.cleanup.interval.ms": "500"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with kafka_cluster(folder, 3, settings=BROKER_SETTINGS) as cluster:
        yield cluster


@pytest.fixture
def environment(cluster: KafkaCluster, topics_environment: dict[str, str]) -> dict[str, str]:
    cluster.start()
    return {
        "GROUNDSWELL_KAFKA_BOOTSTRAP": cluster.bootstrap,
        "GROUNDSWELL_KAFKA_REPLICATION": "3",
        **topics_environment,
    }


@pytest.fixture
def replicated(environment: dict[str, str]) -> Kafka:
    kafka = load(environment).kafka
    assert ensure_topics(kafka) == []
    return kafka


@pytest.fixture
def replicas(tmp_path: Path, replicated: Kafka, environment: dict[str, str]) -> Iterator[Replicas]:
    replicas = Replicas(tmp_path, replicated, environment)
    yield replicas
    replicas.stop()


def leader_of_raw(kafka: Kafka) -> int:
    found = require_broker(kafka).list_topics(kafka.raw, timeout=10)
    return int(found.topics[kafka.raw].partitions[0].leader)


def group_coordinator(kafka: Kafka) -> int:
    admin = require_broker(kafka)
    described = admin.describe_consumer_groups([kafka.group])[kafka.group].result(30)
    return int(described.coordinator.id)


def transaction_coordinator(kafka: Kafka) -> int:
    """The leader of the partition that holds the transactions of replica ``a``."""
    partitions = require_broker(kafka).list_topics(TRANSACTIONS, timeout=10).topics[TRANSACTIONS]
    place = java_hash(f"{kafka.group}-a") % len(partitions.partitions)
    return int(partitions.partitions[place].leader)


def java_hash(text: str) -> int:
    """As Kafka chooses a coordinator: Java's hash of a string, without its sign bit."""
    number = 0
    for letter in text:
        number = (31 * number + ord(letter)) & 0xFFFFFFFF
    return number & 0x7FFFFFFF


@pytest.mark.parametrize("end", [KafkaServer.kill, KafkaServer.stop])
@pytest.mark.parametrize("find", [leader_of_raw, group_coordinator, transaction_coordinator])
def test_a_broker_goes_and_comes_back_and_each_message_comes_out_once(
    cluster: KafkaCluster,
    replicated: Kafka,
    replicas: Replicas,
    find: Callable[[Kafka], int],
    end: Callable[[KafkaServer], None],
) -> None:
    for name in "ab":
        replicas.start(name)
    with load_on(replicated) as sending:
        wait_for_members(replicated, 2)
        wait_until_all_move(replicated)
        number = find(replicated)
        (broker,) = (server for server in cluster.servers if server.node_id == number)
        end(broker)
        wait_until_all_move(replicated)
        assert find(replicated) != number
        broker.start()
        wait_until_all_move(replicated)
    assert_once_and_in_order(replicated, sending)


def test_leaders_that_are_elected_anew_under_load_lose_no_message(
    cluster: KafkaCluster, replicated: Kafka, replicas: Replicas
) -> None:
    (broker,) = (s for s in cluster.servers if s.node_id == leader_of_raw(replicated))
    broker.stop()
    broker.start()
    wait_for(lambda: leader_of_raw(replicated) != broker.node_id)
    admin = require_broker(replicated)
    topics = (replicated.raw, replicated.processed, replicated.invalid)
    places = [TopicPartition(topic, number) for topic in topics for number in range(3)]
    for name in "ab":
        replicas.start(name)
    with load_on(replicated) as sending:
        wait_for_members(replicated, 2)
        wait_until_all_move(replicated)

        def is_back() -> bool:
            admin.elect_leaders(ElectionType.PREFERRED, places).result(30)
            return leader_of_raw(replicated) == broker.node_id

        wait_for(is_back)
        wait_until_all_move(replicated)
    assert_once_and_in_order(replicated, sending)


def test_a_topic_that_is_deleted_under_the_group_ends_the_process(kafka: Kafka) -> None:
    soon = kafka.model_copy(update={"client": {"topic.metadata.refresh.interval.ms": "500"}})
    send(soon, 3)
    group = ConsumerGroup(soon, "a")
    read_all(group, 3)
    delete(soon, soon.raw)

    def reads_for_ever() -> bool:
        group.poll()
        return False

    with pytest.raises(ServerError, match=rf"reading {soon.raw} failed .*python -m dataflows"):
        wait_for(reads_for_ever)
    group.close()


def test_a_topic_that_is_deleted_under_the_aggregate_half_ends_the_process(kafka: Kafka) -> None:
    watch = TopicWatch(kafka, kafka.processed, 3, look_s=0.1)
    wait_for(watch._looks.news)
    delete(kafka, kafka.processed)

    with pytest.raises(ServerError, match=r"is gone; python -m dataflows topics creates it"):
        wait_for(watch.check)


def delete(kafka: Kafka, topic: str) -> None:
    admin = require_broker(kafka)
    admin.delete_topics([topic])[topic].result(30)
