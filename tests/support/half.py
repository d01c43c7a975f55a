"""The aggregate half's steps in a row on a real SQLite history, without the engine."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from contracts import wire
from contracts.aggregates import Aggregate, total_by_key
from contracts.messages import ProcessedMessage
from contracts.settings import Windows
from dataflows.steps.clock import MessageClock
from dataflows.steps.fold import FoldWindows, WindowPart
from dataflows.steps.revise import ReviseWindows
from dataflows.steps.store import StoreMessages
from dataflows.steps.windows import State, WindowStep
from stores.kafka.batch import Record
from stores.kafka.dead_letters import Told
from stores.sqlite import SqliteHistory

T = TypeVar("T")

SETTINGS = Windows()
LENGTH = timedelta(seconds=SETTINGS.length_seconds)
LATENESS = timedelta(seconds=SETTINGS.lateness_seconds)


class Thread:
    """Does jobs at once, or holds them until it is told."""

    def __init__(self) -> None:
        self.is_held = False
        self.held: list[Callable[[], None]] = []

    def submit(self, job: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()

        def do() -> None:
            future.set_result(job())

        if self.is_held:
            self.held.append(do)
        else:
            do()
        return future

    def do_all(self) -> None:
        for do in self.held:
            do()
        self.held.clear()


class Half:
    """The half's steps in a row, with a clock that is set by hand."""

    def __init__(self, path: Path) -> None:
        self.history = SqliteHistory(path)
        self.shown: list[Aggregate] = []
        self.told: list[Told] = []
        self.thread = Thread()
        self.seconds = 1000.0
        self.offset = 0
        self.snapshots: dict[str, State] = {}
        self.start()

    def start(self) -> None:
        """Start, or start again from the last snapshots."""
        clock = MessageClock(60, lambda: self.seconds)
        self.store = StoreMessages(self.history, self.told.extend)
        self.fold = FoldWindows(
            length=LENGTH, lateness=LATENESS, high_churn_threshold=0.5, clock=clock
        )
        revise = ReviseWindows(self.history, self.shown.extend, LENGTH, 0.5)
        self.step = WindowStep(
            SETTINGS,
            clock,
            lambda dues: self.thread.submit(lambda: revise(dues)),
            lambda: self.seconds,
        )
        self.shards = {shard: self.step(state) for shard, state in self.snapshots.items()}

    def record(self, message: ProcessedMessage | None, key: str, partition: int = 0) -> Record:
        self.offset += 1
        value = None if message is None else wire.encode(message)
        return Record("processed", partition, self.offset, 0, key.encode(), value, [])

    def bring(self, *messages: ProcessedMessage, partition: int = 0) -> None:
        records = [self.record(message, message.message_id, partition) for message in messages]
        self.bring_records(records)

    def bring_records(self, records: list[Record]) -> None:
        parts: dict[str, list[WindowPart]] = {}
        for shard, part in self.fold(self.store(records)):
            parts.setdefault(shard, []).append(part)
        for shard, values in parts.items():
            logic = self.shards.setdefault(shard, self.step(None))
            logic.on_batch(values)

    def pass_time(self, seconds: float = 10) -> None:
        self.seconds += seconds
        for shard, logic in list(self.shards.items()):
            _, is_done = logic.on_notify()
            if is_done:
                del self.shards[shard]

    def snapshot(self) -> None:
        self.snapshots = {shard: logic.snapshot() for shard, logic in self.shards.items()}

    def overall(self) -> dict[datetime, Aggregate]:
        found = self.history.search_aggregates("overall", None, None, None, 1000)
        return {aggregate.window_start: aggregate for aggregate in found}

    def assert_exact(self) -> None:
        """Every stored window is what a recount of the stored messages gives."""
        for aggregate in self.history.aggregates_of(self.overall()):
            start = aggregate.window_start
            messages = list(self.history.messages_between(start, start + LENGTH))
            totals = total_by_key(messages, 0.5).get((aggregate.dimension, aggregate.key))
            if totals is None:
                assert aggregate.message_count == 0
            else:
                recount = totals.aggregate(
                    dimension=aggregate.dimension,
                    key=aggregate.key,
                    window_start=start,
                    window_end=start + LENGTH,
                    revision=aggregate.revision,
                    final=aggregate.final,
                    updated_at=aggregate.updated_at,
                )
                assert aggregate == recount
