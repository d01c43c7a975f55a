"""The recovery store stays as small as what is open, however much went through."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.recovery import RecoveryConfig
from bytewax.testing import TestingSink, run_main

from contracts.settings import Windows, load
from dataflows.recovery import made_for, prepare
from dataflows.steps.clock import MessageClock
from dataflows.steps.fold import SHARDS, FoldWindows
from dataflows.steps.revise import Due, Revised, Written
from dataflows.steps.store import Stored
from dataflows.steps.windows import WindowStep
from tests.support.messages import NOON, analysis, processed

EPOCHS = 10_000
MESSAGES_AN_EPOCH = 100
SECONDS_AN_EPOCH = 6
EARLY = EPOCHS // 10
SAID = analysis()
WINDOWS = Windows(length_seconds=60, lateness_seconds=60, live_ms=100, recompute_ms=50)
TABLES = ("snaps", "commits", "exs", "fronts")


class Numbers(FixedPartitionedSource[Stored, int]):
    """One batch an epoch, from where it was: ids and cities that were never there before."""

    def __init__(self, end: int) -> None:
        self.end = end

    def list_parts(self) -> list[str]:
        return ["0"]

    def build_part(self, _step_id: str, _part: str, resume_state: int | None) -> "_Numbers":
        return _Numbers(resume_state or 0, self.end)


class _Numbers(StatefulSourcePartition[Stored, int]):
    def __init__(self, epoch: int, end: int) -> None:
        self.epoch = epoch
        self.end = end

    def next_batch(self) -> list[Stored]:
        if self.epoch == self.end:
            raise StopIteration
        self.epoch += 1
        created_at = NOON + timedelta(seconds=self.epoch * SECONDS_AN_EPOCH)
        first = self.epoch * MESSAGES_AN_EPOCH
        return [
            Stored(
                0,
                [
                    processed(f"test:{number}", created_at, SAID, city=f"city {self.epoch}")
                    for number in range(first, first + MESSAGES_AN_EPOCH)
                ],
            )
        ]

    def snapshot(self) -> int:
        return self.epoch


def written(dues: list[Due]) -> Future[Written]:
    """A history that answers at once."""
    answer: Future[Written] = Future()
    answer.set_result({due.start: Revised(due.revision + 1, recounted=False) for due in dues})
    return answer


def run_until(epoch: int, recovery: Path) -> None:
    """The steps of the aggregate half between its stores, from where they were."""
    clock = MessageClock(WINDOWS.idle_seconds)
    length, lateness = timedelta(seconds=60), timedelta(seconds=60)
    flow = Dataflow("aggregate")
    stored = op.input("processed", flow, Numbers(epoch))
    parts = op.flat_map("fold", stored, FoldWindows(length, lateness, 0.5, clock))
    windows = op.stateful_batch("windows", parts, WindowStep(WINDOWS, clock, written))
    op.output("nothing", windows, TestingSink([]))
    config = RecoveryConfig(recovery, timedelta(0))  # type: ignore[no-untyped-call]
    run_main(flow, epoch_interval=timedelta(0), recovery_config=config)  # type: ignore[no-untyped-call]


def rows(recovery: Path) -> dict[str, int]:
    with closing(sqlite3.connect(recovery / "part-0.sqlite3")) as database:
        return {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in TABLES
        }


def size(recovery: Path) -> int:
    return sum(file.stat().st_size for file in recovery.iterdir())


@pytest.fixture
def recovery() -> Iterator[Path]:
    """A store in memory where there is such a folder: 10,000 commits to a disk take minutes."""
    memory = Path("/dev/shm")  # noqa: S108 -- the folder inside it has a name of its own
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        prepare(Path(folder), made_for("aggregate", load({})))
        yield Path(folder)


def test_after_a_million_ids_and_ten_thousand_epochs_it_is_as_small_as_after_few(
    recovery: Path,
) -> None:
    run_until(EARLY, recovery)
    early, early_bytes = rows(recovery), size(recovery)
    run_until(EPOCHS, recovery)
    late, late_bytes = rows(recovery), size(recovery)

    assert 0 < late["snaps"] <= 2 * (1 + SHARDS)
    assert late["commits"] == early["commits"] == 1
    assert late["exs"] <= 2  # one an execution
    assert late["fronts"] <= 2
    assert late_bytes <= 1.5 * early_bytes
