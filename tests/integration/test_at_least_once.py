"""Publishing without transactions, and brokers that have none for us."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined] # exported, as its documents say
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from chaos.progress import committed
from chaos.verifier import STAMP, verify
from contracts.errors import USER_ERROR, ServerError
from contracts.settings import Kafka, load
from dataflows.steps.commit import Commit
from dataflows.steps.publish import Publication
from local import services
from local.account import wait_until_analyzed
from local.ports import free_port
from local.servers.kafka import KafkaServer
from stores.kafka import ensure_topics, producer_config, require_broker
from stores.kafka.at_least_once import AtLeastOncePublisher
from stores.kafka.batch import Batch, Outgoing
from stores.kafka.group import ConsumerGroup
from stores.kafka.membership import Membership, join
from stores.kafka.scan import records_since
from tests.support.waiting import wait_for

COUNT = 6


@pytest.fixture
def kafka(kafka_server: KafkaServer, topics_environment: dict[str, str]) -> Kafka:
    bootstrap = {"GROUNDSWELL_KAFKA_BOOTSTRAP": kafka_server.bootstrap}
    delivery = {"GROUNDSWELL_KAFKA_DELIVERY": "at_least_once"}
    settings = load(bootstrap | delivery | topics_environment).kafka
    ensure_topics(settings)
    send(settings)
    return settings


def send(kafka: Kafka) -> None:
    producer = Producer(producer_config(kafka))
    for number in range(COUNT):
        stamp = str(number).encode()
        producer.produce(kafka.raw, key=stamp, value=stamp, headers=[(STAMP, stamp)], partition=0)
    assert producer.flush(30) == 0


def publication(kafka: Kafka, batch: Batch) -> Publication:
    records = batch.records
    return Publication(
        batch, [Outgoing(kafka.processed, r.partition, r.key, r.value, r.headers) for r in records]
    )


def published(kafka: Kafka) -> tuple[int, int]:
    """How many messages were lost, and how many came twice."""
    outcomes = list(records_since(kafka, kafka.processed, {}))
    verdict = verify(records_since(kafka, kafka.raw, {}), outcomes, committed(kafka))
    return len(verdict.lost), len(verdict.duplicated)


def test_a_batch_is_written_and_then_its_offsets(kafka: Kafka) -> None:
    membership = join(kafka, "a")
    Commit(kafka, membership)(publication(kafka, wait_for(membership.group.poll)))
    assert published(kafka) == (0, 0)
    assert committed(kafka)[0] == COUNT
    membership.group.close()


def test_what_is_written_and_not_committed_is_written_again(kafka: Kafka) -> None:
    group = ConsumerGroup(kafka, "a")
    failures = [KafkaException(KafkaError(KafkaError.ILLEGAL_GENERATION))]

    def commit(offsets: dict[int, int]) -> None:
        if failures:
            raise failures.pop()
        group.commit(offsets)

    step = Commit(kafka, Membership(AtLeastOncePublisher(kafka, commit), group))
    for _ in range(2):
        step(publication(kafka, wait_for(group.poll)))
    assert published(kafka) == (0, COUNT)
    assert committed(kafka)[0] == COUNT
    group.close()


def test_a_replica_whose_name_another_has_taken_ends(kafka: Kafka) -> None:
    first = join(kafka, "a")
    batch = wait_for(first.group.poll)
    second = join(kafka, "a")
    wait_for(second.group.poll)
    with pytest.raises(ServerError, match="fenced"):
        Commit(kafka, first)(publication(kafka, batch))
    second.group.close()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A broker that lets nobody begin a transaction; the settings that name it."""
    authorizer = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    settings = {"authorizer.class.name": authorizer, "allow.everyone.if.no.acl.found": "true"}
    with KafkaServer(tmp_path / "guarded", free_port(), settings=settings) as server:
        environment = {"GROUNDSWELL_KAFKA_BOOTSTRAP": server.bootstrap}
        kafka = load(environment).kafka
        ensure_topics(kafka)
        denied = AclBinding(
            ResourceType.TRANSACTIONAL_ID,
            "*",
            ResourcePatternType.LITERAL,
            "User:ANONYMOUS",
            "*",
            AclOperation.ALL,
            AclPermissionType.DENY,
        )
        admin = require_broker(kafka)
        for result in admin.create_acls([denied]).values():
            result.result(10)
        yield environment


def test_brokers_without_transactions_for_us_are_told_at_once_and_can_be_used(
    guarded: dict[str, str], tmp_path: Path
) -> None:
    analyze = services.analyze(tmp_path / "analyze", guarded)
    analyze.start()
    code = analyze.wait_until_ended(60)
    analyze.stop()
    assert code == USER_ERROR
    (line,) = analyze.log_tail(1).splitlines()
    assert line.startswith("error: the brokers have no transactions")
    assert "GROUNDSWELL_KAFKA_DELIVERY=at_least_once" in line

    delivery = {"GROUNDSWELL_KAFKA_DELIVERY": "at_least_once"}
    kafka = load(guarded).kafka
    send(kafka)
    analyze = services.analyze(tmp_path / "analyze", guarded | delivery)
    analyze.start()
    try:
        assert wait_until_analyzed(kafka, 60)
    finally:
        analyze.stop()
    assert len(list(records_since(kafka, kafka.invalid, {}))) == COUNT
