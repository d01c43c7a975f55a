"""Replicas come, go, freeze and are slow under load: each message comes out once and in order."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from confluent_kafka import KafkaException

from chaos.load import Load
from chaos.progress import committed, open_transactions, wait
from chaos.replica import HALTED, halt, replica
from chaos.verifier import verify
from contracts.errors import USER_ERROR
from contracts.settings import Kafka, load
from local.account import records_since, wait_until_analyzed
from local.process import Process
from local.servers.kafka import KafkaServer
from local.services import Supervisor
from stores.kafka import ensure_topics
from stores.kafka.admin import assigned_members
from tests.support.waiting import wait_for

RATE = 300
WAIT_S = 60
POLL_INTERVAL_S = 7
SESSION_S = 6

Start = Callable[..., Supervisor]


@pytest.fixture
def environment(kafka_server: KafkaServer, topics_environment: dict[str, str]) -> dict[str, str]:
    return {"GROUNDSWELL_KAFKA_BOOTSTRAP": kafka_server.bootstrap, **topics_environment}


@pytest.fixture
def kafka(environment: dict[str, str]) -> Kafka:
    kafka = load(environment).kafka
    assert ensure_topics(kafka) == []
    return kafka


@pytest.fixture
def start(tmp_path: Path, kafka: Kafka, environment: dict[str, str]) -> Iterator[Start]:
    """Starts a replica by its name."""
    running: list[Supervisor] = []

    def start(name: str, **further: str) -> Supervisor:
        started = replica(tmp_path / name, f"{kafka.group}-{name}", environment | further)
        running.append(started)
        started.start()
        return started

    yield start
    for each in running:
        each.stop()


def load_on(kafka: Kafka) -> Load:
    return Load(kafka, lambda number: (str(number).encode(), b"x" * 100), RATE)


def offsets(kafka: Kafka) -> dict[int, int]:
    found: list[dict[int, int]] = []

    def are_known() -> bool:
        with suppress(KafkaException):
            found.append(committed(kafka))
        return bool(found)

    wait_for(are_known, WAIT_S)
    return found[0]


def wait_until_all_move(kafka: Kafka) -> None:
    """Until the group has committed in every partition."""
    before = offsets(kafka)
    wait(
        lambda: all(offset > before[partition] for partition, offset in offsets(kafka).items()),
        "a partition is not read",
        WAIT_S,
    )


def wait_for_members(kafka: Kafka, count: int) -> None:
    wait(lambda: assigned_members(kafka) == count, f"not {count} replicas share", WAIT_S)


def send_signal(supervisor: Supervisor, number: signal.Signals) -> None:
    assert supervisor.process.pid is not None
    os.kill(supervisor.process.pid, number)


def log(supervisor: Supervisor) -> str:
    return supervisor.process.log.read_text(encoding="utf-8")


def assert_once_and_in_order(kafka: Kafka, sending: Load) -> None:
    assert sending.failed == []
    assert wait_until_analyzed(kafka, WAIT_S)
    # What a replica that is gone left open hides what comes after it, until the broker aborts it.
    wait(lambda: open_transactions(kafka) == 0, "a transaction stays open", WAIT_S)
    verdict = verify(
        records_since(kafka, kafka.raw, {}),
        records_since(kafka, kafka.processed, {}),
        committed(kafka),
    )
    assert verdict.is_clean, verdict.line()
    assert verdict.messages == sending.sent


def test_replicas_join_and_leave_under_load(kafka: Kafka, start: Start) -> None:
    start("a")
    with load_on(kafka) as sending:
        wait_until_all_move(kafka)
        others = [start("b"), start("c")]
        wait_for_members(kafka, 3)
        wait_until_all_move(kafka)
        for other in others:
            other.stop()
        wait_for_members(kafka, 1)
        wait_until_all_move(kafka)
    assert_once_and_in_order(kafka, sending)


def test_a_killed_replica_is_back_and_a_frozen_one_loses_its_partitions_for_a_while(
    kafka: Kafka, start: Start
) -> None:
    killed, frozen = start("a"), start("b")
    with load_on(kafka) as sending:
        wait_for_members(kafka, 2)
        wait_until_all_move(kafka)
        send_signal(killed, signal.SIGKILL)
        wait_until_all_move(kafka)
        send_signal(frozen, signal.SIGSTOP)
        wait_for_members(kafka, 1)
        wait_until_all_move(kafka)
        send_signal(frozen, signal.SIGCONT)
        wait_for_members(kafka, 2)
        wait_until_all_move(kafka)
    assert_once_and_in_order(kafka, sending)
    assert killed.restarts >= 1


def test_of_two_replicas_with_one_name_the_second_goes_on_and_the_first_ends(
    kafka: Kafka, start: Start, tmp_path: Path, environment: dict[str, str]
) -> None:
    name = {"GROUNDSWELL_KAFKA_INSTANCE": f"{kafka.group}-a"}
    command = [sys.executable, "-m", "chaos.replica", str(tmp_path)]
    first = Process("first", command, tmp_path, environment=environment | name)
    with load_on(kafka) as sending:
        first.start()
        try:
            wait_until_all_move(kafka)
            second = start("a")
            code = first.wait_until_ended(WAIT_S)
        finally:
            first.kill()
        wait_until_all_move(kafka)
    assert code not in {0, USER_ERROR}
    assert "fenced" in first.log.read_text(encoding="utf-8")
    assert_once_and_in_order(kafka, sending)
    assert second.restarts == 0


@pytest.mark.parametrize("others", [0, 1])
def test_a_batch_that_takes_too_long_is_read_again_and_comes_out_once(
    kafka: Kafka, start: Start, tmp_path: Path, others: int
) -> None:
    client = {"max.poll.interval.ms": str(1000 * POLL_INTERVAL_S)}
    slow = start("slow", GROUNDSWELL_KAFKA_CLIENT=json.dumps(client))
    for number in range(others):
        start(f"other-{number}")
    with load_on(kafka) as sending:
        wait_for_members(kafka, 1 + others)
        wait_until_all_move(kafka)
        halt(tmp_path / "slow", "begin")
        halted = tmp_path / "slow" / HALTED
        wait_for(halted.exists)
        time.sleep(POLL_INTERVAL_S)
        wait_for_members(kafka, others)
        halted.unlink()
        wait_for_members(kafka, 1 + others)
        wait_until_all_move(kafka)
    assert_once_and_in_order(kafka, sending)
    assert "At most 1000 messages make a batch from now on" in log(slow)
    assert "GROUNDSWELL_KAFKA_BATCH" in log(slow)
    assert slow.restarts == 0
