"""A reader of one partition tells a group how far it is, and goes on there without a position."""

from datetime import timedelta

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from contracts.settings import Kafka, load
from local.servers.kafka import KafkaServer
from stores.kafka import consumer_config, ensure_topics, producer_config
from stores.kafka.batch import Record
from stores.kafka.reader import PartitionReader
from tests.support.waiting import wait_for

RECORDS = 8
NOTHING = timedelta(0)


@pytest.fixture
def kafka(kafka_server: KafkaServer, topics_environment: dict[str, str]) -> Kafka:
    """Topics of one partition; records of several moments are in the processed one."""
    one = {"GROUNDSWELL_KAFKA_PARTITIONS": "1"}
    bootstrap = {"GROUNDSWELL_KAFKA_BOOTSTRAP": kafka_server.bootstrap}
    kafka = load({**topics_environment, **one, **bootstrap}).kafka
    ensure_topics(kafka)
    producer = Producer({**producer_config(kafka), "linger.ms": 0})
    for number in range(RECORDS):
        producer.produce(kafka.processed, key=b"%d" % number)
        producer.flush(10)
    return kafka


def read(reader: PartitionReader, upto: int) -> list[Record]:
    records: list[Record] = []
    while not records or records[-1].offset + 1 < upto:
        records += wait_for(reader.poll)
    return records


def read_and_tell(kafka: Kafka) -> list[Record]:
    reader = PartitionReader(kafka, kafka.processed, 0, None)
    records = read(reader, RECORDS)
    assert reader.position is not None
    reader.tell(reader.position)
    reader.close()
    return records


def first_without_a_position(kafka: Kafka, reread: timedelta) -> int:
    reader = PartitionReader(kafka, kafka.processed, 0, None, reread=reread)
    records = read(reader, RECORDS)
    reader.close()
    return records[0].offset


def group(kafka: Kafka) -> Consumer:
    return Consumer({**consumer_config(kafka), "group.id": kafka.aggregate_group})


def test_the_group_shows_no_lag_once_it_was_told(kafka: Kafka) -> None:
    records = read_and_tell(kafka)
    consumer = group(kafka)
    (place,) = consumer.committed([TopicPartition(kafka.processed, 0)], timeout=10)
    assert place.offset == RECORDS
    assert place.metadata == str(records[-1].timestamp_ms)
    consumer.close()


def test_a_group_that_was_never_told_begins_at_the_oldest_record(kafka: Kafka) -> None:
    assert first_without_a_position(kafka, NOTHING) == 0


@pytest.mark.parametrize("oldest", [0, 3, RECORDS - 1])
def test_it_begins_at_the_first_record_that_is_older_by_what_is_to_be_reread(
    kafka: Kafka, oldest: int
) -> None:
    times = [record.timestamp_ms for record in read_and_tell(kafka)]
    reread = timedelta(milliseconds=times[-1] - times[oldest])
    assert first_without_a_position(kafka, reread) == times.index(times[oldest])


def test_more_than_there_is_begins_at_the_oldest_record(kafka: Kafka) -> None:
    read_and_tell(kafka)
    assert first_without_a_position(kafka, timedelta(days=40_000)) == 0


def test_an_offset_that_somebody_else_set_is_taken_as_it_is(kafka: Kafka) -> None:
    consumer = group(kafka)
    consumer.commit(offsets=[TopicPartition(kafka.processed, 0, 5)], asynchronous=False)
    consumer.close()
    assert first_without_a_position(kafka, timedelta(days=1)) == 5
