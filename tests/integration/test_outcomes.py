"""A broker that forgets where the group is: outcomes say it, on a real broker."""

from contextlib import suppress

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from contracts.completeness import Lost
from contracts.messages import Invalid, InvalidReason
from contracts.settings import Kafka
from stores.kafka.batch import Batch
from stores.kafka.clients import consumer_config, producer_config
from stores.kafka.committed import OURS
from stores.kafka.dead_letters import dead_letter, lost_letter
from stores.kafka.group import ConsumerGroup
from stores.kafka.outcomes import Outcomes, Shown
from stores.kafka.publisher import Published
from stores.kafka.transactions import TransactionalPublisher
from tests.support.kafka import commit_offset, publish, read_all, send
from tests.support.waiting import wait_for


@pytest.fixture
def publisher(kafka: Kafka) -> TransactionalPublisher:
    return TransactionalPublisher(kafka, f"{kafka.group}-a")


def publish_all(kafka: Kafka, publisher: TransactionalPublisher, count: int) -> list[Batch]:
    group = ConsumerGroup(kafka, "a")
    batches = read_all(group, count)
    assert {publish(publisher, kafka, batch) for batch in batches} == {Published.COMMITTED}
    group.close()
    return batches


def set_offset(kafka: Kafka, offset: int, metadata: str = "") -> None:
    """Once the group's member is gone: a static one stays until its session is over."""

    def is_taken() -> bool:
        with suppress(KafkaException):
            commit_offset(kafka, offset, metadata)
            return True
        return False

    wait_for(is_taken)


def first_offset(kafka: Kafka) -> int:
    group = ConsumerGroup(kafka, "a")
    offset = read_all(group, 1)[0].records[0].offset
    group.close()
    return offset


def test_reading_goes_on_behind_the_outcomes_where_the_broker_has_forgotten(
    kafka: Kafka, publisher: TransactionalPublisher, caplog: pytest.LogCaptureFixture
) -> None:
    send(kafka, 20)
    publish_all(kafka, publisher, 20)
    set_offset(kafka, 5, OURS)
    send(kafka, 1)
    assert first_offset(kafka) == 20
    assert "offset 5" in caplog.text
    assert "up to 20" in caplog.text


def test_an_offset_that_somebody_sets_is_read_from(
    kafka: Kafka, publisher: TransactionalPublisher
) -> None:
    send(kafka, 20)
    publish_all(kafka, publisher, 20)
    set_offset(kafka, 5)
    assert first_offset(kafka) == 5


def test_a_transaction_that_shows_nowhere_holds_nobody_up(
    kafka: Kafka, publisher: TransactionalPublisher
) -> None:
    send(kafka, 20)
    publish_all(kafka, publisher, 20)
    stranger = Producer({**producer_config(kafka), "transactional.id": f"{kafka.group}-stranger"})
    stranger.init_transactions(10)
    stranger.begin_transaction()
    member = Consumer({**consumer_config(kafka), "group.id": kafka.group})
    place = TopicPartition(kafka.raw, 0, 3, OURS)
    stranger.send_offsets_to_transaction([place], member.consumer_group_metadata(), 10)
    member.close()
    send(kafka, 1)
    assert first_offset(kafka) == 20
    stranger.abort_transaction(10)


def test_the_newest_outcome_is_found_behind_whatever_was_aborted(
    kafka: Kafka, publisher: TransactionalPublisher
) -> None:
    send(kafka, 30)
    (record, *_) = [
        record for batch in publish_all(kafka, publisher, 30) for record in batch.records
    ]
    other = Producer({**producer_config(kafka), "transactional.id": f"{kafka.group}-other"})
    other.init_transactions(10)
    for _ in range(3):
        other.begin_transaction()
        for number in range(200):
            other.produce(kafka.processed, f"{number}", "key", 0)
        other.abort_transaction(10)
    outcomes = Outcomes(kafka)
    assert outcomes.newest([0, 1]) == {0: Shown(30, True), 1: Shown(0, True)}
    other.begin_transaction()
    other.produce(kafka.processed, "open", "key", 0)
    other.flush(10)
    assert outcomes.newest([0]) == {0: Shown(30, False)}
    other.abort_transaction(10)
    invalid = Invalid(reason=InvalidReason.NOT_JSON, detail="")
    lost = Lost(partition=0, first_offset=30, next_offset=44)
    letters = [
        dead_letter(kafka.invalid, record, invalid),
        lost_letter(kafka.invalid, kafka.raw, lost),
    ]
    for letter in letters:
        other.begin_transaction()
        other.produce(letter.topic, letter.value, letter.key, 0, headers=dict(letter.headers))
        other.commit_transaction(10)
    assert outcomes.newest([0]) == {0: Shown(44, True)}
