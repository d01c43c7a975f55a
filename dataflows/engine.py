"""Sources and sinks for the engine: thin adapters, their logic is in ``stores``.

Once this process is asked to end, sources read nothing more, and end when what was read is settled.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from bytewax.inputs import (
    DynamicSource,
    FixedPartitionedSource,
    StatefulSourcePartition,
    StatelessSourcePartition,
)
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from contracts.completeness import TALLY_OFFSETS
from contracts.settings import Kafka
from dataflows import stop
from dataflows.steps.commit import Commit
from dataflows.steps.publish import Publication
from dataflows.steps.show import Announcement, Show
from stores.kafka.batch import Batch, Record
from stores.kafka.growth import TopicWatch
from stores.kafka.membership import Membership, join
from stores.kafka.reader import PartitionReader, Position, partitions_of
from stores.kafka.watchdog import ending_on_errors, exiting_on_errors

IDLE = timedelta(milliseconds=5)
KEEPING_S = 5.0
TELL_S = 1.0

T = TypeVar("T")
Keep = Callable[[list[Record], int], Future[T]]
"""Keeps a partition's records elsewhere, after those before; all from an offset on are new."""


class Memberships:
    """The consumer group's members in this process, one a worker: its source and sink share it."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka = kafka
        self._members: dict[int, Membership] = {}

    def join(self, worker: int) -> Membership:
        """The worker's membership."""
        if worker not in self._members:
            self._members[worker] = join(self.kafka, f"{self.kafka.instance}-{worker}")
        return self._members[worker]


class RawSource(DynamicSource[Batch]):
    """One batch a poll; where it goes on is the consumer group's business, not the engine's."""

    def __init__(self, memberships: Memberships) -> None:
        self._memberships = memberships

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_RawPartition":
        """The worker's share of the group."""
        linger = timedelta(milliseconds=self._memberships.kafka.linger_ms)
        with exiting_on_errors():
            membership = self._memberships.join(worker_index)
        return _RawPartition(membership, linger)


class _RawPartition(StatelessSourcePartition[Batch]):
    def __init__(self, membership: Membership, linger: timedelta) -> None:
        self._membership = membership
        self._linger = linger
        self._awake = datetime.now(UTC)

    def next_batch(self) -> list[Batch]:
        if stop.is_wanted():
            return self._end()
        with ending_on_errors():
            batch = self._membership.group.poll()
        self._membership.unsettled += bool(batch)
        self._awake = datetime.now(UTC) + (self._linger if batch else IDLE)
        return [batch] if batch else []

    def _end(self) -> list[Batch]:
        """Once all batches are settled: the group is left then, and must not be before."""
        if not self._membership.unsettled:
            raise StopIteration
        self._awake = datetime.now(UTC) + IDLE
        return []

    def next_awake(self) -> datetime:
        return self._awake

    def close(self) -> None:
        self._membership.group.close()


class PublishSink(DynamicSink[Publication]):
    """One transaction a batch."""

    def __init__(self, memberships: Memberships) -> None:
        self._memberships = memberships

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_PublishPartition":
        """The worker's transactions."""
        with exiting_on_errors():
            membership = self._memberships.join(worker_index)
        return _PublishPartition(Commit(self._memberships.kafka, membership), membership)


class _PublishPartition(StatelessSinkPartition[Publication]):
    def __init__(self, commit: Commit, membership: Membership) -> None:
        self._commit = commit
        self._membership = membership

    def write_batch(self, items: list[Publication]) -> None:
        with ending_on_errors():
            for publication in items:
                self._commit(publication)
                self._membership.unsettled -= 1


class KeptSource(FixedPartitionedSource[T, int | None]):
    """What keeping each batch of a topic brought; the engine keeps each partition's offset.

    Keeping happens in a thread, one batch a partition at a time: while the history is away no batch
    comes, what piles up is bounded, and the other half of a flow goes on. Reading begins at the
    start of a tally, so that the books count it whole.

    A consumer group is told the offsets too. Without a snapshot, reading begins at the records that
    are older than the group's position by ``reread``: what they touched is counted again.

    Partitions are listed once: should there be more later, the process ends; a restart has them.
    """

    def __init__(self, kafka: Kafka, topic: str, keep: Keep[T], reread: timedelta) -> None:
        self._kafka = kafka
        self._topic = topic
        self._keep = keep
        self._reread = reread
        self._partitions = 0

    def list_parts(self) -> list[str]:
        """The topic's partitions."""
        partitions = partitions_of(self._kafka, self._topic)
        self._partitions = len(partitions)
        return [str(partition) for partition in partitions]

    def build_part(
        self, step_id: str, for_part: str, resume_state: int | None
    ) -> "_KeptPartition[T]":
        """Read on from the snapshot, or as the group says where there is none."""
        with exiting_on_errors():
            reader = PartitionReader(
                self._kafka,
                self._topic,
                int(for_part),
                resume_state,
                reread=self._reread,
                stride=TALLY_OFFSETS,
            )
        # A cluster ends as one: whoever reads the first partition looks for all.
        watch = None
        if for_part == "0":
            watch = TopicWatch(self._kafka, self._topic, self._partitions)
        return _KeptPartition(reader, self._keep, watch, resume_state)


class _KeptPartition(StatefulSourcePartition[T, int | None]):
    def __init__(
        self,
        reader: PartitionReader,
        keep: Keep[T],
        watch: TopicWatch | None,
        resumed_at: int | None,
    ) -> None:
        self._reader = reader
        self._keep = keep
        self._watch = watch
        self._resumed_at = resumed_at
        self._keeping: Future[T] | None = None
        self._kept: Position | None = None
        self._told_s = 0.0
        self._awake = datetime.now(UTC)

    def next_batch(self) -> list[T]:
        # What is still being kept when the time is over is read and kept again.
        if stop.is_wanted() and (self._keeping is None or stop.waited_s() > KEEPING_S):
            raise StopIteration
        if self._keeping is None:
            with ending_on_errors():
                if self._watch:
                    self._watch.check()
                records = self._reader.poll()
            if records:
                self._keeping = self._keep(records, self._reader.since)
        self._awake = datetime.now(UTC) + IDLE
        if self._keeping is None or not self._keeping.done():
            return []
        kept = self._keeping.result()
        self._keeping = None
        self._kept = self._reader.position
        self._awake = datetime.now(UTC)
        return [kept]

    def next_awake(self) -> datetime:
        return self._awake

    def snapshot(self) -> int | None:
        if self._kept is None:
            return self._resumed_at
        now = time.monotonic()
        if now - self._told_s >= TELL_S or stop.is_wanted():
            self._told_s = now
            self._reader.tell(self._kept)
        return self._kept.offset

    def close(self) -> None:
        self._reader.close()


class ShowSink(DynamicSink[Announcement]):
    """Tells the live store's listeners."""

    def __init__(self, show: Show) -> None:
        self._show = show

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_ShowPartition":
        """The same for every worker."""
        return _ShowPartition(self._show)


class _ShowPartition(StatelessSinkPartition[Announcement]):
    def __init__(self, show: Show) -> None:
        self._show = show

    def write_batch(self, items: list[Announcement]) -> None:
        self._show.announcements(items)
