"""Consumer group, transactions, committed readers and topics on a real broker."""

from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # exported, as its documents say
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from contracts.errors import ServerError
from contracts.settings import Kafka, load
from dataflows.engine import PublishPartition
from dataflows.steps.publish import Publication
from local.account import records_since
from local.servers.kafka import KafkaServer
from stores.kafka import (
    consumer_config,
    ensure_topics,
    producer_config,
    require_broker,
    require_topics,
)
from stores.kafka.batch import Batch, Outgoing, Record, to_record
from stores.kafka.group import ConsumerGroup
from stores.kafka.reader import PartitionReader
from stores.kafka.transactions import TransactionalPublisher
from tests.support.waiting import wait_for


@pytest.fixture
def kafka(kafka_server: KafkaServer, topics_environment: dict[str, str]) -> Kafka:
    environment = {"GROUNDSWELL_KAFKA_BOOTSTRAP": kafka_server.bootstrap, **topics_environment}
    settings = load(environment).kafka
    assert ensure_topics(settings) == []
    return settings


def send(kafka: Kafka, count: int, partition: int = 0) -> None:
    producer = Producer(producer_config(kafka))
    for number in range(count):
        producer.produce(kafka.raw, key=f"{number}", value=f"{number}", partition=partition)
    assert producer.flush(30) == 0


def read_all(group: ConsumerGroup, count: int) -> list[Batch]:
    batches: list[Batch] = []

    def poll() -> bool:
        if batch := group.poll():
            batches.append(batch)
        return sum(len(batch.records) for batch in batches) >= count

    wait_for(poll)
    return batches


def outgoing(kafka: Kafka, batch: Batch) -> list[Outgoing]:
    return [Outgoing(kafka.processed, r.partition, r.key, r.value, []) for r in batch.records]


def values(kafka: Kafka, topic: str) -> list[bytes | None]:
    return [record.value for record in records_since(kafka, topic, {})]


def test_topics_are_created_once_and_differences_are_reported(kafka: Kafka) -> None:
    require_topics(kafka)
    assert ensure_topics(kafka) == []
    (difference, *others) = ensure_topics(kafka.model_copy(update={"partitions": 5}))
    assert "partitions=3, the contracts say 5" in difference
    assert len(others) == 2


def test_a_missing_topic_names_the_command_that_creates_it(kafka: Kafka) -> None:
    with pytest.raises(ServerError, match="python -m dataflows topics"):
        require_topics(kafka.model_copy(update={"raw": "nowhere"}))


def test_a_broker_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(ServerError, match=r"127\.0\.0\.1:1.*GROUNDSWELL_KAFKA_BOOTSTRAP"):
        require_broker(Kafka(bootstrap="127.0.0.1:1"), timeout_s=0.5)


def test_results_and_offsets_are_committed_together(kafka: Kafka) -> None:
    send(kafka, 10)
    group = ConsumerGroup(kafka, "a")
    publisher = TransactionalPublisher(kafka, f"{kafka.group}-a")
    for batch in read_all(group, 10):
        assert group.owned(batch) == {0}
        assert publisher.publish(outgoing(kafka, batch), batch.next_offsets, batch.group_metadata)
    group.close()
    assert len(values(kafka, kafka.processed)) == 10
    send(kafka, 1)
    second = ConsumerGroup(kafka, "a")
    (batch,) = read_all(second, 1)
    assert [record.offset for record in batch.records] == [10]
    second.close()


def test_a_batch_says_how_many_records_wait_behind_it(kafka: Kafka) -> None:
    send(kafka, 60)
    group = ConsumerGroup(kafka.model_copy(update={"batch": 10}), "a")
    waiting = [batch.waiting for batch in read_all(group, 60)]
    group.close()
    assert waiting == sorted(waiting, reverse=True)
    assert (max(waiting), waiting[-1]) == (50, 0)


def test_what_is_not_committed_is_read_again_and_never_seen(kafka: Kafka) -> None:
    send(kafka, 3)
    group = ConsumerGroup(kafka, "a")
    publisher = TransactionalPublisher(kafka, f"{kafka.group}-a")
    (batch,) = read_all(group, 3)
    producer = publisher._producer
    producer.begin_transaction()
    producer.produce(kafka.processed, value=b"left open", key=b"k", partition=0)
    producer.flush(10)
    successor = TransactionalPublisher(kafka, f"{kafka.group}-a")
    with pytest.raises(ServerError):
        publisher.publish(outgoing(kafka, batch), batch.next_offsets, batch.group_metadata)
    group.close()
    second = ConsumerGroup(kafka, "a")
    (again,) = read_all(second, 3)
    assert [record.offset for record in again.records] == [0, 1, 2]
    assert successor.publish(outgoing(kafka, again), again.next_offsets, again.group_metadata)
    second.close()
    assert values(kafka, kafka.processed) == [b"0", b"1", b"2"]


def publication(kafka: Kafka, batch: Batch) -> Publication:
    return Publication(batch, outgoing(kafka, batch))


def test_a_revoked_partition_is_dropped_and_read_by_its_new_owner(kafka: Kafka) -> None:
    for partition in range(3):
        send(kafka, 5, partition)
    members = {"a": ConsumerGroup(kafka, "a")}
    in_flight = read_all(members["a"], 15)
    assert set().union(*(members["a"].owned(batch) for batch in in_flight)) == {0, 1, 2}
    members["b"] = ConsumerGroup(kafka, "b")
    sinks = {
        name: PublishPartition(group, TransactionalPublisher(kafka, f"{kafka.group}-{name}"))
        for name, group in members.items()
    }
    batches: dict[str, list[Batch]] = {"a": in_flight, "b": []}

    def rebalanced() -> bool:
        for name, group in members.items():
            if batch := group.poll():
                batches[name].append(batch)
        owned = set().union(*(members["a"].owned(batch) for batch in in_flight))
        return owned != {0, 1, 2} and bool(batches["b"])

    wait_for(rebalanced)
    for name, sink in sinks.items():
        sink.write_batch([publication(kafka, batch) for batch in batches[name]])

    def all_are_published() -> bool:
        for name, group in members.items():
            if batch := group.poll():
                sinks[name].write_batch([publication(kafka, batch)])
        return len(values(kafka, kafka.processed)) >= 15

    wait_for(all_are_published)
    for group in members.values():
        group.close()
    published = [(r.partition, r.value) for r in records_since(kafka, kafka.processed, {})]
    assert len(published) == len(set(published)) == 15


def test_a_record_that_the_broker_always_refuses_ends_the_process(kafka: Kafka) -> None:
    send(kafka, 1)
    group = ConsumerGroup(kafka, "a")
    sink = PublishPartition(group, TransactionalPublisher(kafka, f"{kafka.group}-a"))
    admin = require_broker(kafka)
    small = ConfigEntry("max.message.bytes", "10", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, kafka.processed, incremental_configs=[small])
    admin.incremental_alter_configs([resource])[resource].result(10)

    def ended() -> bool:
        if batch := group.poll():
            sink.write_batch([publication(kafka, batch)])
        return False

    with pytest.raises(ServerError):
        wait_for(ended)
    group.close()


def test_a_header_whose_name_is_not_utf8_does_not_stop_the_reader(kafka: Kafka) -> None:
    producer = Producer(producer_config(kafka))
    producer.produce(kafka.raw, key=b"k", value=b"v", partition=0, headers=[("bad", b"x")])
    assert producer.flush(30) == 0

    class Refusing:
        """A message whose headers the client cannot decode, as it says for such names."""

        def __getattr__(self, name: str) -> Any:
            return getattr(message, name)

        def headers(self) -> list[tuple[str, bytes]]:
            raise SystemError("returned a result with an exception set")

    consumer = Consumer({**consumer_config(kafka), "group.id": "headers"})
    consumer.assign([TopicPartition(kafka.raw, 0, 0)])
    message = wait_for(lambda: consumer.poll(0.1))
    consumer.close()
    assert to_record(Refusing()).headers == []
    assert to_record(message).headers == [("bad", b"x")]


def test_after_a_rewind_reading_goes_on_at_the_committed_offset(kafka: Kafka) -> None:
    send(kafka, 4)
    group = ConsumerGroup(kafka, "a")
    (batch,) = read_all(group, 4)
    group.rewind()
    assert group.owned(batch) == set()
    (again,) = read_all(group, 4)
    assert [record.offset for record in again.records] == [0, 1, 2, 3]
    assert group.owned(again) == {0}
    group.close()


def test_a_reader_goes_on_at_the_offset_it_is_given(kafka: Kafka) -> None:
    send(kafka, 6)
    reader = PartitionReader(kafka, kafka.raw, 0, None)
    records: list[Record] = []
    while len(records) < 6:
        records += wait_for(reader.poll)
    reader.close()
    assert reader.next_offset == 6
    second = PartitionReader(kafka, kafka.raw, 0, 4)
    later = wait_for(second.poll)
    assert [record.offset for record in later] == [4, 5]
    second.close()
