"""Transactions on a real broker: results and offsets together, aborts, and refused records."""

from random import randbytes

import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined] # exported, as its documents say
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from contracts.errors import ServerError
from contracts.settings import Kafka
from dataflows.steps.commit import Commit
from stores.kafka import (
    producer_config,
    require_broker,
)
from stores.kafka.group import ConsumerGroup
from stores.kafka.membership import join
from stores.kafka.publisher import Published
from stores.kafka.scan import records_since
from stores.kafka.transactions import TransactionalPublisher
from tests.support.kafka import commit_all, publication, publish, read_all, send, values
from tests.support.waiting import wait_for


def test_results_and_offsets_are_committed_together(kafka: Kafka) -> None:
    send(kafka, 10)
    group = ConsumerGroup(kafka, "a")
    publisher = TransactionalPublisher(kafka, f"{kafka.group}-a")
    for batch in read_all(group, 10):
        assert group.owned(batch) == {0}
        assert publish(publisher, kafka, batch) is Published.COMMITTED
    group.close()
    assert len(values(kafka, kafka.processed)) == 10
    send(kafka, 1)
    second = ConsumerGroup(kafka, "a")
    (batch,) = read_all(second, 1)
    assert [record.offset for record in batch.records] == [10]
    second.close()


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
        publish(publisher, kafka, batch)
    group.close()
    second = ConsumerGroup(kafka, "a")
    (again,) = read_all(second, 3)
    assert [record.offset for record in again.records] == [0, 1, 2]
    assert publish(successor, kafka, again) is Published.COMMITTED
    second.close()
    assert values(kafka, kafka.processed) == [b"0", b"1", b"2"]


def limit(kafka: Kafka, topic: str, size: int) -> None:
    admin = require_broker(kafka)
    small = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[small])
    admin.incremental_alter_configs([resource])[resource].result(10)


def test_a_record_that_the_broker_refuses_is_dead_lettered_and_no_other(kafka: Kafka) -> None:
    limit(kafka, kafka.processed, 3000)
    producer = Producer(producer_config(kafka))
    sent = [randbytes(5000 if number in {3, 4} else 20) for number in range(11)]
    for value in sent:
        producer.produce(kafka.raw, key=b"k", value=value, partition=0)
    assert producer.flush(30) == 0
    membership = join(kafka, f"{kafka.group}-a")
    commit = Commit(kafka, membership)
    commit_all(kafka, commit, read_all(membership.group, 11))
    membership.group.close()

    assert values(kafka, kafka.processed) == sent[:3] + sent[5:]
    letters = list(records_since(kafka, kafka.invalid, {}))
    assert [letter.value for letter in letters] == sent[3:5]
    assert [dict(letter.headers)["reason"] for letter in letters] == [b"publishing_refused"] * 2
    assert [dict(letter.headers)["source_offset"] for letter in letters] == [b"3", b"4"]


def test_a_dead_letter_that_the_broker_refuses_too_ends_the_process(kafka: Kafka) -> None:
    for topic in (kafka.processed, kafka.invalid):
        limit(kafka, topic, 1000)
    producer = Producer(producer_config(kafka))
    producer.produce(kafka.raw, key=b"k", value=randbytes(2000), partition=0)
    assert producer.flush(30) == 0
    membership = join(kafka, f"{kafka.group}-a")
    commit = Commit(kafka, membership)
    (batch,) = read_all(membership.group, 1)

    with pytest.raises(ServerError, match=r"offset 0 is refused too"):
        commit(publication(kafka, batch))
    membership.group.close()


def test_after_an_abort_a_new_producer_goes_on_and_the_old_one_is_fenced(kafka: Kafka) -> None:
    send(kafka, 2)
    group = ConsumerGroup(kafka, "a")
    publisher = TransactionalPublisher(kafka, f"{kafka.group}-a")
    (of_a_generation_before,) = read_all(group, 2)
    another = ConsumerGroup(kafka, "b")
    batch = wait_for(lambda: next(filter(None, [group.poll(), another.poll()]), None))
    before = publisher._producer

    assert publish(publisher, kafka, of_a_generation_before) is Published.ABORTED
    assert publish(publisher, kafka, batch) is Published.COMMITTED
    before.begin_transaction()
    before.produce(kafka.processed, value=b"astray", partition=0)
    with pytest.raises(KafkaException):
        before.commit_transaction(10)
    group.close()
    another.close()
    assert values(kafka, kafka.processed) == [b"0", b"1"]
