"""Topics and committed readers on a real broker."""

from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka import (
    consumer_config,
    ensure_topics,
    producer_config,
    require_broker,
    require_topics,
)
from stores.kafka.batch import Record, to_record
from stores.kafka.reader import PartitionReader
from tests.support.kafka import delete_records, lost, overtake, send
from tests.support.waiting import wait_for


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


def test_a_reader_goes_on_at_the_offset_it_is_given(kafka: Kafka) -> None:
    send(kafka, 6)
    reader = PartitionReader(kafka, kafka.raw, 0, None)
    records: list[Record] = []
    while len(records) < 6:
        records += wait_for(reader.poll)
    reader.close()
    assert reader.position is not None
    assert reader.position.offset == 6
    second = PartitionReader(kafka, kafka.raw, 0, 4)
    later = wait_for(second.poll)
    assert [record.offset for record in later] == [4, 5]
    second.close()


def test_what_retention_took_from_a_reader_is_counted_as_lost(kafka: Kafka) -> None:
    send(kafka, 6)
    delete_records(kafka, 4)
    before = lost(kafka)
    reader = PartitionReader(kafka, kafka.raw, 0, 1)
    records = wait_for(reader.poll)
    reader.close()

    assert [record.offset for record in records] == [4, 5]
    assert lost(kafka) == before + 3


def test_a_reader_without_a_position_starts_at_the_first_record_that_is_left(kafka: Kafka) -> None:
    send(kafka, 6)
    delete_records(kafka, 4)
    before = lost(kafka)
    reader = PartitionReader(kafka, kafka.raw, 0, None)
    records = wait_for(reader.poll)
    reader.close()
    assert [record.offset for record in records] == [4, 5]
    assert lost(kafka) == before


def test_retention_that_overtakes_a_reader_ends_the_process_and_the_next_counts(
    kafka: Kafka,
) -> None:
    send(kafka, 3)
    reader = PartitionReader(kafka, kafka.raw, 0, None)
    records: list[Record] = []
    while len(records) < 3:
        records += wait_for(reader.poll)
    overtake(kafka, reader._consumer, before=5)
    with pytest.raises(ServerError, match="started again it counts what is lost"):
        wait_for(reader.poll)
    reader.close()
    before = lost(kafka)
    successor = PartitionReader(kafka, kafka.raw, 0, 3)
    records = wait_for(successor.poll)
    successor.close()

    assert [record.offset for record in records] == [5]
    assert lost(kafka) == before + 2


def test_a_reader_begins_at_a_multiple_of_its_stride_and_counts_nothing_lost_for_that(
    kafka: Kafka,
) -> None:
    send(kafka, 8)
    delete_records(kafka, 5)
    before = lost(kafka)
    for wanted, stride, first in ((7, 3, 6), (7, 5, 5), (5, 3, 5), (6, 1, 6)):
        reader = PartitionReader(kafka, kafka.raw, 0, wanted, stride=stride)
        assert wait_for(reader.poll)[0].offset == first
        reader.close()
    assert lost(kafka) == before


def test_offsets_inside_the_log_that_hold_nothing_committed_are_not_lost(kafka: Kafka) -> None:
    send(kafka, 1)
    aborted = Producer({**producer_config(kafka), "transactional.id": f"{kafka.group}-gap"})
    aborted.init_transactions(30)
    aborted.begin_transaction()
    aborted.produce(kafka.raw, key=b"k", value=b"v", partition=0)
    aborted.flush(30)
    aborted.abort_transaction(30)
    send(kafka, 1)
    before = lost(kafka)
    reader = PartitionReader(kafka, kafka.raw, 0, 1)
    records = wait_for(reader.poll)
    reader.close()

    assert [record.offset for record in records] == [3]
    assert lost(kafka) == before


def test_a_reader_beyond_the_end_of_the_log_is_an_error_that_names_the_way_out(
    kafka: Kafka,
) -> None:
    send(kafka, 3)

    with pytest.raises(ServerError, match=r"at offset 9 of .*\[0\], which ends at 3; .*recovery"):
        PartitionReader(kafka, kafka.raw, 0, 9)
