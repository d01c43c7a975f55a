"""The consumer group on a real broker: members, rebalances, offsets and what retention takes."""

import time

import pytest
from confluent_kafka import TopicPartition

from contracts.errors import ServerError
from contracts.settings import Kafka
from dataflows.steps.commit import Commit
from stores.kafka.batch import Batch
from stores.kafka.group import ConsumerGroup
from stores.kafka.membership import Membership
from stores.kafka.publisher import Published
from stores.kafka.scan import records_since
from stores.kafka.transactions import TransactionalPublisher
from tests.support.kafka import (
    commit_all,
    commit_offset,
    delete_records,
    lost,
    overtake,
    publish,
    read_all,
    send,
    values,
)
from tests.support.waiting import wait_for


def test_a_batch_says_how_many_records_wait_behind_it(kafka: Kafka) -> None:
    send(kafka, 60)
    group = ConsumerGroup(kafka.model_copy(update={"batch": 10}), "a")
    waiting = [batch.waiting for batch in read_all(group, 60)]
    group.close()
    assert waiting == sorted(waiting, reverse=True)
    assert (max(waiting), waiting[-1]) == (50, 0)


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


def test_a_group_that_is_new_starts_at_the_first_record_that_is_left(kafka: Kafka) -> None:
    send(kafka, 6)
    delete_records(kafka, 4)
    before = lost(kafka)
    group = ConsumerGroup(kafka, "a")
    (batch,) = read_all(group, 2)
    group.close()

    assert [record.offset for record in batch.records] == [4, 5]
    assert lost(kafka) == before


def test_what_retention_took_from_the_group_is_counted_as_lost(kafka: Kafka) -> None:
    send(kafka, 6)
    commit_offset(kafka, 1)
    delete_records(kafka, 4)
    before = lost(kafka)
    group = ConsumerGroup(kafka, "a")
    (batch,) = read_all(group, 2)
    group.close()

    assert [record.offset for record in batch.records] == [4, 5]
    assert lost(kafka) == before + 3


def test_what_is_lost_is_counted_once_however_often_partitions_are_assigned(kafka: Kafka) -> None:
    send(kafka, 6)
    commit_offset(kafka, 1)
    delete_records(kafka, 4)
    before = lost(kafka)
    group = ConsumerGroup(kafka, "a")
    read_all(group, 2)
    group.rewind()
    read_all(group, 2)
    group.close()

    assert lost(kafka) == before + 3


def test_retention_that_overtakes_the_group_ends_the_process_and_the_next_counts(
    kafka: Kafka,
) -> None:
    send(kafka, 3)
    group = ConsumerGroup(kafka, "a")
    publisher = TransactionalPublisher(kafka, f"{kafka.group}-a")
    for batch in read_all(group, 3):
        assert publish(publisher, kafka, batch) is Published.COMMITTED
    overtake(kafka, group._consumer, before=5)
    with pytest.raises(ServerError, match="started again it counts what is lost"):
        wait_for(group.poll)
    group.close()
    before = lost(kafka)
    successor = ConsumerGroup(kafka, "a")
    (batch,) = read_all(successor, 1)
    successor.close()

    assert [record.offset for record in batch.records] == [5]
    assert lost(kafka) == before + 2


def test_a_log_that_ends_before_the_group_is_an_error_and_not_read_from_elsewhere(
    kafka: Kafka,
) -> None:
    send(kafka, 3)
    commit_offset(kafka, 9)
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
