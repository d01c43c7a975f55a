"""Records, batches and offsets on a real broker, in a few words."""

from collections.abc import Iterable

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # exported, as its documents say
    NewPartitions,
)

from contracts.settings import Kafka
from dataflows.steps.commit import Commit
from dataflows.steps.publish import Publication
from stores.kafka import (
    consumer_config,
    producer_config,
    require_broker,
)
from stores.kafka.batch import Batch, Outgoing
from stores.kafka.group import ConsumerGroup
from stores.kafka.log import LOST_MESSAGES
from stores.kafka.provenance import provenance
from stores.kafka.publisher import Published
from stores.kafka.scan import records_since
from stores.kafka.transactions import TransactionalPublisher
from tests.support.waiting import wait_for


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
    return [
        Outgoing(kafka.processed, r.partition, r.key, r.value, provenance(r)) for r in batch.records
    ]


def publication(kafka: Kafka, batch: Batch) -> Publication:
    return Publication(batch, outgoing(kafka, batch))


def publish(publisher: TransactionalPublisher, kafka: Kafka, batch: Batch) -> Published:
    return publisher.publish(outgoing(kafka, batch), batch.next_offsets, batch.group_metadata)


def commit_all(kafka: Kafka, commit: Commit, batches: Iterable[Batch]) -> None:
    for batch in batches:
        commit(publication(kafka, batch))


def values(kafka: Kafka, topic: str) -> list[bytes | None]:
    return [record.value for record in records_since(kafka, topic, {})]


def commit_offset(kafka: Kafka, offset: int, metadata: str = "") -> None:
    consumer = Consumer({**consumer_config(kafka), "group.id": kafka.group})
    consumer.commit(offsets=[TopicPartition(kafka.raw, 0, offset, metadata)], asynchronous=False)
    consumer.close()


def delete_records(kafka: Kafka, before: int) -> None:
    place = TopicPartition(kafka.raw, 0, before)
    admin = require_broker(kafka)
    admin.delete_records([place])[place].result(30)


def lost(kafka: Kafka) -> float:
    groups = (kafka.group, kafka.aggregate_group)
    return float(sum(LOST_MESSAGES.labels(kafka.raw, each)._value.get() for each in groups))


def overtake(kafka: Kafka, consumer: Consumer, before: int) -> None:
    """Retention takes what comes next, while its reader gets nothing."""
    places = [TopicPartition(kafka.raw, 0)]
    consumer.pause(places)
    send(kafka, 3)
    delete_records(kafka, before)
    consumer.resume(places)


def add_partitions(kafka: Kafka, topic: str, total: int) -> None:
    admin = require_broker(kafka)
    admin.create_partitions([NewPartitions(topic, total)])[topic].result(30)
