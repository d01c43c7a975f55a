"""The engine's sources, asked to end: what was read is settled first, and nothing more is read."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta

import pytest
from bytewax.inputs import StatefulSourcePartition
from confluent_kafka import Producer

from chaos.progress import committed
from contracts.settings import Kafka, Settings, load
from dataflows import engine, stop
from dataflows.engine import KeptSource, Memberships, PublishSink, RawSource
from dataflows.steps.publish import Publish
from dataflows.steps.store import Stored
from dataflows.steps.validate import Validate
from local.servers.kafka import KafkaServer
from stores.kafka import ensure_topics, producer_config
from stores.kafka.batch import Record
from tests.support.waiting import wait_for

RECORDS = 30


@pytest.fixture
def kafka(kafka_server: KafkaServer, topics_environment: dict[str, str]) -> Kafka:
    """Topics of one partition; records wait in raw and processed."""
    kafka = load(
        {
            "GROUNDSWELL_KAFKA_BOOTSTRAP": kafka_server.bootstrap,
            "GROUNDSWELL_KAFKA_PARTITIONS": "1",
            **topics_environment,
        }
    ).kafka
    ensure_topics(kafka)
    producer = Producer(producer_config(kafka))
    for topic in (kafka.raw, kafka.processed):
        for number in range(RECORDS):
            producer.produce(topic, key=b"%d" % number, value=b"{")
    producer.flush(10)
    return kafka


@pytest.fixture
def ask_to_end(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(stop, "_asked_at", [time.monotonic()])


def test_a_worker_leaves_the_group_only_after_its_batches_are_settled(
    kafka: Kafka, ask_to_end: Callable[[], None]
) -> None:
    memberships = Memberships(kafka)
    source = RawSource(memberships).build("raw", 0, 1)
    sink = PublishSink(memberships).build("commit", 0, 1)
    (batch,) = wait_for(source.next_batch)
    ask_to_end()
    assert source.next_batch() == []
    settings = Settings(kafka=kafka)
    work = Validate(settings.validation)(batch)
    sink.write_batch([Publish(settings)(work)])
    with pytest.raises(StopIteration):
        source.next_batch()
    source.close()
    assert committed(kafka) == batch.next_offsets


class SlowStore:
    """A store whose answers come when they are given."""

    def __init__(self) -> None:
        self.asked: list[list[Record]] = []
        self.answer: Future[Stored] = Future()

    def __call__(self, records: list[Record], since: int) -> Future[Stored]:
        assert since == 0
        self.asked.append(records)
        return self.answer


def processed(kafka: Kafka, store: SlowStore) -> StatefulSourcePartition[Stored, int | None]:
    source = KeptSource(kafka, kafka.processed, store, timedelta(0))
    (part,) = source.list_parts()
    return source.build_part("processed", part, None)


def test_what_is_read_again_for_the_books_is_told_from_what_is_new(kafka: Kafka) -> None:
    asked: list[tuple[int, int]] = []

    def keep(records: list[Record], since: int) -> Future[None]:
        asked.append((records[0].offset, since))
        return Future()

    source = KeptSource(kafka, kafka.processed, keep, timedelta(0))
    source.list_parts()
    part = source.build_part("processed", "0", RECORDS - 5)
    wait_for(lambda: part.next_batch() or asked)
    part.close()
    assert asked == [(0, RECORDS - 5)]


def test_what_is_being_stored_is_waited_for_and_counts_as_read(
    kafka: Kafka, ask_to_end: Callable[[], None]
) -> None:
    store = SlowStore()
    source = processed(kafka, store)
    assert wait_for(lambda: source.next_batch() or store.asked)
    ask_to_end()
    assert source.next_batch() == []
    store.answer.set_result(Stored(0))
    assert source.next_batch() == [Stored(0)]
    with pytest.raises(StopIteration):
        source.next_batch()
    (records,) = store.asked
    assert source.snapshot() == records[-1].offset + 1
    source.close()


def test_a_store_that_is_away_is_not_waited_for_for_ever_and_nothing_counts_as_read(
    kafka: Kafka, ask_to_end: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SlowStore()
    source = processed(kafka, store)
    assert wait_for(lambda: source.next_batch() or store.asked)
    ask_to_end()
    assert source.next_batch() == []
    monkeypatch.setattr(engine, "KEEPING_S", 0.0)
    with pytest.raises(StopIteration):
        source.next_batch()
    assert source.snapshot() is None
    source.close()
