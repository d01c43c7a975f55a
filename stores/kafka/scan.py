"""Read what a topic holds now, from given offsets to its present end."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka.batch import Record, to_record
from stores.kafka.clients import consumer_config
from stores.kafka.reader import partitions_of

Offsets = dict[int, int]
"""Partition -> offset."""

TIMEOUT_S = 10
READ_A_TIME = 5000
READ_WAIT_S = 0.05
LEADERLESS = {"NOT_LEADER_FOR_PARTITION", "LEADER_NOT_AVAILABLE"}


@contextmanager
def reading_topics() -> Iterator[None]:
    """Where the client raises, a :class:`ServerError`."""
    try:
        yield
    except KafkaException as error:
        raise ServerError(
            f"the topics cannot be read ({error.args[0].str()})", "check that the brokers answer"
        ) from None


def end_offsets(kafka: Kafka, topic: str, client: Mapping[str, str] | None = None) -> Offsets:
    """Per partition, the offset that its next committed record will be behind.

    :param client: properties of the consumer that asks.
    """
    consumer = _consumer(kafka, client)
    try:
        ends = {}
        for partition in partitions_of(kafka, topic):
            ends[partition] = _end(consumer, TopicPartition(topic, partition))
        return ends
    finally:
        consumer.close()


def _end(consumer: Consumer, place: TopicPartition) -> int:
    """A partition's end; waits while it has no leader."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            return int(consumer.get_watermark_offsets(place, timeout=TIMEOUT_S)[1])
        except KafkaException as error:
            if error.args[0].name() not in LEADERLESS or time.monotonic() > deadline:
                raise
        time.sleep(READ_WAIT_S)


def offsets_at(kafka: Kafka, topic: str, moment: datetime) -> Offsets:
    """Per partition, the first offset that was appended at a moment or later; else its end."""
    ends = end_offsets(kafka, topic)
    moment_ms = int(moment.timestamp() * 1000)
    consumer = _consumer(kafka)
    try:
        wanted = [TopicPartition(topic, partition, moment_ms) for partition in ends]
        found = consumer.offsets_for_times(wanted, timeout=TIMEOUT_S)
        return {p.partition: p.offset if p.offset >= 0 else ends[p.partition] for p in found}
    finally:
        consumer.close()


def committed_offsets(
    kafka: Kafka, partitions: Iterable[int], timeout_s: float = TIMEOUT_S
) -> Offsets:
    """The analyze group's next offset in raw partitions; 0 where it has none.

    What open transactions are about to commit does not count, and is not waited for: under load
    there is always one.

    :raises KafkaException: nobody says so in time.
    """
    return _told(kafka, kafka.group, kafka.raw, partitions, timeout_s)


def stored_offsets(kafka: Kafka, partitions: Iterable[int]) -> Offsets:
    """What the aggregate half has stored of processed partitions, up to; 0 where nobody says.

    :raises KafkaException: nobody answers in time.
    """
    return _told(kafka, kafka.aggregate_group, kafka.processed, partitions, TIMEOUT_S)


def _told(
    kafka: Kafka, group: str, topic: str, partitions: Iterable[int], timeout_s: float
) -> Offsets:
    config = {**consumer_config(kafka), "isolation.level": "read_uncommitted"}
    consumer = Consumer({**config, "group.id": group})
    try:
        wanted = [TopicPartition(topic, partition) for partition in partitions]
        places = consumer.committed(wanted, timeout=timeout_s)
        return {place.partition: max(place.offset, 0) for place in places}
    finally:
        consumer.close()


def records_since(kafka: Kafka, topic: str, start: Offsets) -> Iterator[Record]:
    """The committed records between ``start`` and the topic's present end, by partition.

    :raises ServerError: the broker does not answer.
    """
    ends = end_offsets(kafka, topic)
    consumer = _consumer(kafka)
    try:
        for partition, end in ends.items():
            first = start.get(partition, OFFSET_BEGINNING)
            if first >= end:
                continue
            consumer.assign([TopicPartition(topic, partition, first)])
            yield from _until_end(consumer, end)
    finally:
        consumer.close()


def _until_end(consumer: Consumer, end: int) -> Iterator[Record]:
    """What an assigned partition has before ``end``."""
    heard = time.monotonic()
    while time.monotonic() - heard < TIMEOUT_S:
        for message in consumer.consume(READ_A_TIME, timeout=READ_WAIT_S):
            if error := message.error():
                if error.name() == "_PARTITION_EOF":
                    return
                continue
            heard = time.monotonic()
            record = to_record(message)
            if record.offset < end:
                yield record
    raise ServerError("a topic cannot be read to its end", "check that the brokers answer")


def _consumer(kafka: Kafka, client: Mapping[str, str] | None = None) -> Consumer:
    config = {**consumer_config(kafka), **(client or {})}
    return Consumer({**config, "group.id": f"{kafka.group}-scans", "enable.partition.eof": True})
