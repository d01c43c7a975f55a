"""Partitions are added while the topics are read: said, taken up by a restart, nothing lost."""

import json

import pytest

from contracts.errors import ServerError
from contracts.settings import Kafka
from dataflows.steps.commit import Commit
from local.account import account_since, mark, wait_until_analyzed, wait_until_stored
from stores.kafka.group import ConsumerGroup
from stores.kafka.growth import TopicWatch
from stores.kafka.membership import Membership, join
from stores.kafka.transactions import TransactionalPublisher
from stores.open import open_history
from tests.conftest import MakePlatform
from tests.support.kafka import add_partitions, commit_all, read_all, send, values
from tests.support.waiting import wait_for

SOON = {"topic.metadata.refresh.interval.ms": "500"}
WAIT_S = 120


@pytest.fixture
def quick(kafka: Kafka) -> Kafka:
    """Clients that soon hear of new partitions."""
    return kafka.model_copy(update={"client": SOON})


def grow(kafka: Kafka, *topics: str) -> None:
    for topic in topics:
        add_partitions(kafka, topic, 5)


def test_what_the_topics_of_outcomes_lack_waits_and_the_log_names_the_command(
    quick: Kafka, caplog: pytest.LogCaptureFixture
) -> None:
    publisher = TransactionalPublisher(quick, f"{quick.group}-a")
    group = ConsumerGroup(quick, "a", look_s=0.1)
    commit = Commit(quick, Membership(publisher, group))
    send(quick, 2, partition=0)
    commit_all(quick, commit, read_all(group, 2))
    grow(quick, quick.raw)
    send(quick, 3, partition=4)

    def is_said() -> bool:
        send(quick, 1, partition=0)
        commit_all(quick, commit, filter(None, [group.poll()]))
        return "none of their messages is lost" in caplog.text

    wait_for(is_said)
    (said,) = [record.message for record in caplog.records if "is lost" in record.message]
    assert "[3, 4] wait" in said
    for topic in (quick.processed, quick.invalid):
        assert f"--alter --topic {topic} --partitions 5" in said
    before = len(values(quick, quick.processed))
    send(quick, 2, partition=0)
    commit_all(quick, commit, read_all(group, 2))
    assert len(values(quick, quick.processed)) >= before + 2
    group.close()


def test_what_waited_is_read_from_its_start_once_the_topics_of_outcomes_have_grown(
    quick: Kafka,
) -> None:
    group = ConsumerGroup(quick, "a", look_s=0.1)
    send(quick, 1, partition=0)
    read_all(group, 1)
    grow(quick, quick.raw)
    send(quick, 3, partition=4)
    grow(quick, quick.processed, quick.invalid)

    def reads_for_ever() -> bool:
        group.poll()
        return False

    with pytest.raises(ServerError, match=r"has grown by partition 3, 4; .* started again"):
        wait_for(reads_for_ever)
    group.close()
    successor = join(quick, f"{quick.group}-a")
    commit_all(quick, Commit(quick, successor), read_all(successor.group, 4))
    successor.group.close()
    assert sorted(map(str, values(quick, quick.processed))) == sorted(
        map(str, [b"0", b"0", b"1", b"2"])
    )


@pytest.mark.parametrize("members", [1, 2])
def test_partitions_added_while_replicas_start_again_are_read(kafka: Kafka, members: int) -> None:
    names = [f"{number}" for number in range(members)]

    def start() -> list[ConsumerGroup]:
        return [ConsumerGroup(kafka, name, look_s=0.5) for name in names]

    def seen(groups: list[ConsumerGroup], partitions: set[int]) -> bool:
        for partition in partitions:
            send(kafka, 1, partition)
        batches = [batch for group in groups if (batch := group.poll())]
        found.update(partition for batch in batches for partition in batch.epochs)
        return found >= partitions

    found: set[int] = set()
    before = start()
    wait_for(lambda: seen(before, {0, 1, 2}))
    for group in before:
        group.close()
    grow(kafka, kafka.processed, kafka.invalid, kafka.raw)
    after = start()
    wait_for(lambda: seen(after, {0, 1, 2, 3, 4}), 30)
    for group in after:
        group.close()


def test_a_reader_of_all_partitions_ends_when_there_are_more(kafka: Kafka) -> None:
    watch = TopicWatch(kafka, kafka.processed, 3, look_s=0.05)
    wait_for(watch._looks.news)
    watch.check()
    grow(kafka, kafka.processed)

    with pytest.raises(ServerError, match=r"has grown by partition 3, 4; .* started again"):
        wait_for(watch.check)


def test_partitions_added_under_a_running_pipeline_lose_no_message(
    make_platform: MakePlatform,
) -> None:
    platform = make_platform(GROUNDSWELL_KAFKA_CLIENT=json.dumps(SOON))
    kafka = platform.settings.kafka
    start = mark(kafka)
    platform.connector("synthetic", "--count", "0", "--rate", "200", "--seed", "5").start()
    grow(kafka, kafka.processed, kafka.invalid)
    assert platform.pipeline is not None
    log = platform.pipeline.process.log
    grown = "has grown by partition 3, 4"
    wait_for(lambda: grown in log.read_text(encoding="utf-8"), WAIT_S)
    grow(kafka, kafka.raw)

    def is_read() -> bool:
        found = mark(kafka)
        return all(found.processed.get(partition, 0) > 0 for partition in range(5))

    wait_for(is_read, WAIT_S)
    for connector in platform.connectors:
        connector.stop()
    assert wait_until_analyzed(kafka, WAIT_S)
    account = account_since(kafka, start)
    assert account.is_complete
    ids = [message.message_id for message in account.processed]
    assert len(ids) == len(set(ids))
    history = open_history(platform.settings)
    try:
        assert wait_until_stored(history, account, platform.settings, WAIT_S)
    finally:
        history.close()
