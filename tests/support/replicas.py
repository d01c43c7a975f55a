"""Replicas of the analyze half under load, and whether each message came out once."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from confluent_kafka import KafkaException

from chaos.load import Load
from chaos.progress import committed, open_transactions, wait
from chaos.replica import replica
from chaos.verifier import verify
from contracts.settings import Kafka
from local.account import wait_until_analyzed
from local.services import Supervisor
from stores.kafka.admin import assigned_members
from stores.kafka.scan import records_since
from tests.support.waiting import wait_for

RATE = 300
WAIT_S = 60


class Replicas:
    """Started by name, each under a supervisor of its own."""

    def __init__(self, folder: Path, kafka: Kafka, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._group = kafka.group
        self._environment = dict(environment)
        self._running: list[Supervisor] = []

    def start(self, name: str, **further: str) -> Supervisor:
        environment = self._environment | further
        started = replica(self.folder / name, f"{self._group}-{name}", environment)
        self._running.append(started)
        started.start()
        return started

    def stop(self) -> None:
        for each in self._running:
            each.stop()


def load_on(kafka: Kafka) -> Load:
    return Load(kafka, lambda number: (str(number).encode(), b"x" * 100), RATE)


def offsets(kafka: Kafka) -> dict[int, int]:
    """Where the group is, as soon as the broker says so."""
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
