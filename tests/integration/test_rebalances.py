"""Replicas come, go, freeze and are slow under load: each message comes out once and in order."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.replica import HALTED, halt
from contracts.errors import USER_ERROR
from contracts.settings import Kafka, load
from local.process import Process
from local.servers.kafka import KafkaServer
from local.services import Supervisor
from stores.kafka import ensure_topics
from tests.support.replicas import (
    WAIT_S,
    Replicas,
    assert_once_and_in_order,
    load_on,
    wait_for_members,
    wait_until_all_move,
)
from tests.support.waiting import wait_for

POLL_INTERVAL_S = 7


@pytest.fixture
def environment(kafka_server: KafkaServer, topics_environment: dict[str, str]) -> dict[str, str]:
    return {"GROUNDSWELL_KAFKA_BOOTSTRAP": kafka_server.bootstrap, **topics_environment}


@pytest.fixture
def kafka(environment: dict[str, str]) -> Kafka:
    kafka = load(environment).kafka
    assert ensure_topics(kafka) == []
    return kafka


@pytest.fixture
def replicas(tmp_path: Path, kafka: Kafka, environment: dict[str, str]) -> Iterator[Replicas]:
    replicas = Replicas(tmp_path, kafka, environment)
    yield replicas
    replicas.stop()


def send_signal(supervisor: Supervisor, number: signal.Signals) -> None:
    assert supervisor.process.pid is not None
    os.kill(supervisor.process.pid, number)


def log(supervisor: Supervisor) -> str:
    return supervisor.process.log.read_text(encoding="utf-8")


def test_replicas_join_and_leave_under_load(kafka: Kafka, replicas: Replicas) -> None:
    replicas.start("a")
    with load_on(kafka) as sending:
        wait_until_all_move(kafka)
        others = [replicas.start("b"), replicas.start("c")]
        wait_for_members(kafka, 3)
        wait_until_all_move(kafka)
        for other in others:
            other.stop()
        wait_for_members(kafka, 1)
        wait_until_all_move(kafka)
    assert_once_and_in_order(kafka, sending)


def test_a_killed_replica_is_back_and_a_frozen_one_loses_its_partitions_for_a_while(
    kafka: Kafka, replicas: Replicas
) -> None:
    killed, frozen = replicas.start("a"), replicas.start("b")
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
    kafka: Kafka, replicas: Replicas, tmp_path: Path, environment: dict[str, str]
) -> None:
    name = {"GROUNDSWELL_KAFKA_INSTANCE": f"{kafka.group}-a"}
    command = [sys.executable, "-m", "chaos.replica", str(tmp_path)]
    first = Process("first", command, tmp_path, environment=environment | name)
    with load_on(kafka) as sending:
        first.start()
        try:
            wait_until_all_move(kafka)
            second = replicas.start("a")
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
    kafka: Kafka, replicas: Replicas, tmp_path: Path, others: int
) -> None:
    client = {"max.poll.interval.ms": str(1000 * POLL_INTERVAL_S)}
    slow = replicas.start("slow", GROUNDSWELL_KAFKA_CLIENT=json.dumps(client))
    for number in range(others):
        replicas.start(f"other-{number}")
    with load_on(kafka) as sending:
        wait_for_members(kafka, 1 + others)
        wait_until_all_move(kafka)
        halt(tmp_path / "slow", "begin")
        halted = tmp_path / "slow" / HALTED
        wait_for(halted.exists)
        wait_for_members(kafka, others)
        halted.unlink()
        wait_for_members(kafka, 1 + others)
        wait_until_all_move(kafka)
    assert_once_and_in_order(kafka, sending)
    assert "At most 1000 messages make a batch from now on" in log(slow)
    assert "GROUNDSWELL_KAFKA_BATCH" in log(slow)
    assert slow.restarts == 0
