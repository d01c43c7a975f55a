"""Consumer group, transactions, committed readers and topics on a real broker."""

import time
from collections.abc import Iterable
from random import randbytes
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # exported, as its documents say
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from contracts.errors import ServerError
from contracts.settings import Kafka, load
from dataflows.steps.commit import Commit
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
from stores.kafka.group import LOST_MESSAGES, ConsumerGroup
from stores.kafka.membership import Membership, join
from stores.kafka.publisher import Published
from stores.kafka.reader import PartitionReader
from stores.kafka.transactions import TransactionalPublisher
from tests.support.waiting import wait_for


@pytest.fixture
def kafka(kafka_server: KafkaServer, topics_environment: dict[str, str]) -> Kafka:
    environment = {
        "GROUNDSWELL_KAFKA_BOOTSTRAP": kafka_server.bootstrap,
        # A transaction that takes longer kills its process, which is pytest here.
        "GROUNDSWELL_KAFKA_TRANSACTION_TIMEOUT_MS": "300000",
        **topics_environment,
    }
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


def publish(publisher: TransactionalPublisher, kafka: Kafka, batch: Batch) -> Published:
    return publisher.publish(outgoing(kafka, batch), batch.next_offsets, batch.group_metadata)


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
        assert publish(publisher, kafka, batch) is Published.COMMITTED
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
        publish(publisher, kafka, batch)
    group.close()
    second = ConsumerGroup(kafka, "a")
    (again,) = read_all(second, 3)
    assert [record.offset for record in again.records] == [0, 1, 2]
    assert publish(successor, kafka, again) is Published.COMMITTED
    second.close()
    assert values(kafka, kafka.processed) == [b"0", b"1", b"2"]


def publication(kafka: Kafka, batch: Batch) -> Publication:
    return Publication(batch, outgoing(kafka, batch))


def commit_all(kafka: Kafka, commit: Commit, batches: Iterable[Batch]) -> None:
    for batch in batches:
        commit(publication(kafka, batch))


def test_a_revoked_partition_is_dropped_and_read_by_its_new_owner(kafka: Kafka) -> None:
    for partition in range(3):
        send(kafka, 5, partition)
    members = {"a": ConsumerGroup(kafka, "a")}
    in_flight = read_all(members["a"], 15)
    assert set().union(*(members["a"].owned(batch) for batch in in_flight)) == {0, 1, 2}
    members["b"] = ConsumerGroup(kafka, "b")
    commits = {
        name: Commit(
            kafka, Membership(TransactionalPublisher(kafka, f"{kafka.group}-{name}"), group)
        )
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
    for name, commit in commits.items():
        commit_all(kafka, commit, batches[name])

    def all_are_published() -> bool:
        for name, group in members.items():
            commit_all(kafka, commits[name], filter(None, [group.poll()]))
        return len(values(kafka, kafka.processed)) >= 15

    wait_for(all_are_published)
    for group in members.values():
        group.close()
    published = [(r.partition, r.value) for r in records_since(kafka, kafka.processed, {})]
    assert len(published) == len(set(published)) == 15


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


def commit(kafka: Kafka, offset: int) -> None:
    consumer = Consumer({**consumer_config(kafka), "group.id": kafka.group})
    consumer.commit(offsets=[TopicPartition(kafka.raw, 0, offset)], asynchronous=False)
    consumer.close()


def delete_records(kafka: Kafka, before: int) -> None:
    place = TopicPartition(kafka.raw, 0, before)
    admin = require_broker(kafka)
    admin.delete_records([place])[place].result(30)


def lost() -> float:
    return float(LOST_MESSAGES._value.get())


def test_a_group_that_is_new_starts_at_the_first_record_that_is_left(kafka: Kafka) -> None:
    send(kafka, 6)
    delete_records(kafka, 4)
    before = lost()
    group = ConsumerGroup(kafka, "a")
    (batch,) = read_all(group, 2)
    group.close()

    assert [record.offset for record in batch.records] == [4, 5]
    assert lost() == before


def test_what_retention_took_from_the_group_is_counted_as_lost(kafka: Kafka) -> None:
    send(kafka, 6)
    commit(kafka, 1)
    delete_records(kafka, 4)
    before = lost()
    group = ConsumerGroup(kafka, "a")
    (batch,) = read_all(group, 2)
    group.close()

    assert [record.offset for record in batch.records] == [4, 5]
    assert lost() == before + 3


def test_a_log_that_ends_before_the_group_is_an_error_and_not_read_from_elsewhere(
    kafka: Kafka,
) -> None:
    send(kafka, 3)
    commit(kafka, 9)
    group = ConsumerGroup(kafka, "a")

    with pytest.raises(ServerError, match=r"is at offset 9 of .*\[0\], which ends at 3"):
        wait_for(group.poll)
    group.close()


def test_a_record_that_comes_again_under_the_same_assignment_ends_the_process(
    kafka: Kafka,
) -> None:
    send(kafka, 3)
    group = ConsumerGroup(kafka, "a")
    read_all(group, 3)
    group._consumer.seek(TopicPartition(kafka.raw, 0, 1))

    with pytest.raises(ServerError, match=r"went back from offset 3 to 1"):
        wait_for(group.poll)
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


def test_a_replica_that_ends_while_it_gives_up_partitions_leaves_none_without_an_owner(
    kafka: Kafka,
) -> None:
    for partition in range(3):
        send(kafka, 1, partition)
    ended = ConsumerGroup(kafka, "a")
    read_all(ended, 3)
    members = [ConsumerGroup(kafka, "b")]
    time.sleep(kafka.session_timeout_ms / 1000)  # "a" hears of the rebalance, but polls no more

    def reads_all() -> bool:
        batches = [batch for member in members if (batch := member.poll())]
        seen.update(partition for batch in batches for partition in batch.epochs)
        return seen == {0, 1, 2}

    seen: set[int] = set()
    members.append(ConsumerGroup(kafka, "a"))
    wait_for(reads_all)
    for member in members:
        member.close()


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
    assert reader.position is not None
    assert reader.position.offset == 6
    second = PartitionReader(kafka, kafka.raw, 0, 4)
    later = wait_for(second.poll)
    assert [record.offset for record in later] == [4, 5]
    second.close()
