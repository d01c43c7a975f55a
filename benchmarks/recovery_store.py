"""Whether the engine's recovery store grows, and what opening it costs.

``python -m benchmarks.recovery_store`` runs ever more epochs of the windows' step, and after each
run starts once more with nothing to read. Prints the store's size and how long that start took.
"""

import tempfile
import time
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.recovery import RecoveryConfig
from bytewax.testing import TestingSink, run_main

from contracts.settings import Windows, load
from dataflows.recovery import made_for, prepare
from dataflows.steps.clock import MessageClock
from dataflows.steps.fold import SHARDS, WindowPart
from dataflows.steps.revise import Due, Revised, Written
from dataflows.steps.windows import WindowStep

EPOCHS = (100, 1000, 10_000)
LENGTH = timedelta(minutes=1)
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
WINDOWS = Windows(length_seconds=60, lateness_seconds=60, live_ms=100, recompute_ms=50)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        recovery = Path(folder)
        prepare(recovery, made_for("aggregate", load()))
        for epochs in EPOCHS:
            run_until(epochs, recovery)
            begun = time.monotonic()
            run_until(epochs, recovery)
            opened_s = time.monotonic() - begun
            size = sum(file.stat().st_size for file in recovery.glob("part-*"))
            print(f"{epochs:6} epochs   {size / 1000:6.1f} kB   opened in {opened_s:.3f} s")


def run_until(epoch: int, recovery: Path) -> None:
    """A window a minute, a minute an epoch."""
    clock = MessageClock(WINDOWS.idle_seconds)
    flow = Dataflow("aggregate")
    parts = op.input("processed", flow, Parts(epoch))
    windows = op.stateful_batch("windows", parts, WindowStep(WINDOWS, clock, written))
    op.output("nothing", windows, TestingSink([]))
    run_main(
        flow,
        epoch_interval=timedelta(0),
        recovery_config=RecoveryConfig(recovery, timedelta(0)),
    )


def written(dues: list[Due]) -> "Future[Written]":
    """A history that answers at once."""
    answer: Future[Written] = Future()
    answer.set_result({due.start: Revised(due.revision + 1, recounted=False) for due in dues})
    return answer


class Parts(FixedPartitionedSource[tuple[str, WindowPart], int]):
    """One part an epoch, from where it was to an end."""

    def __init__(self, end: int) -> None:
        self.end = end

    def list_parts(self) -> list[str]:
        """One."""
        return ["0"]

    def build_part(self, _step: str, _part: str, resume_state: int | None) -> "_Parts":
        """From where it was."""
        return _Parts(resume_state or 0, self.end)


class _Parts(StatefulSourcePartition[tuple[str, WindowPart], int]):
    def __init__(self, epoch: int, end: int) -> None:
        self.epoch = epoch
        self.end = end

    def next_batch(self) -> list[tuple[str, WindowPart]]:
        if self.epoch == self.end:
            raise StopIteration
        self.epoch += 1
        start = BEGIN + self.epoch * LENGTH
        return [(str(self.epoch % SHARDS), WindowPart(start, 0, {"test": start}))]

    def snapshot(self) -> int:
        return self.epoch


if __name__ == "__main__":
    main()
