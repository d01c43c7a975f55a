"""Sources and sinks for the engine: thin adapters, their logic is in ``stores``.

Once this process is asked to end, sources read nothing more, and end when what was read is settled.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

from bytewax.inputs import (
    DynamicSource,
    FixedPartitionedSource,
    StatefulSourcePartition,
    StatelessSourcePartition,
)
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from contracts.settings import Kafka
from dataflows import stop
from dataflows.steps.commit import Commit
from dataflows.steps.publish import Publication
from dataflows.steps.show import Announcement, Show
from dataflows.steps.store import Stored
from stores.kafka.batch import Batch, Record
from stores.kafka.membership import Membership, join
from stores.kafka.reader import PartitionReader, Position, partitions_of
from stores.kafka.watchdog import ending_on_errors

IDLE = timedelta(milliseconds=5)
STORING_S = 5.0
TELL_S = 1.0

Store = Callable[[list[Record]], Future[Stored]]
"""Stores a partition's records elsewhere, after those before."""


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
        return _RawPartition(self._memberships.join(worker_index), linger)


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


class StoredSource(FixedPartitionedSource[Stored, int | None]):
    """Batches of ``sentiment.processed`` that are stored; the engine keeps each partition's offset.

    A consumer group is told the offsets too. Without a snapshot, reading begins at the records that
    are older than the group's position by ``reread``: what they touched is counted again.

    Storing happens in a thread, one batch a partition at a time: while the history is away no batch
    comes, nothing piles up here, and the other half of a flow goes on.
    """

    def __init__(self, kafka: Kafka, store: Store, reread: timedelta) -> None:
        self._kafka = kafka
        self._store = store
        self._reread = reread

    def list_parts(self) -> list[str]:
        """The topic's partitions."""
        return [str(partition) for partition in partitions_of(self._kafka, self._kafka.processed)]

    def build_part(
        self, step_id: str, for_part: str, resume_state: int | None
    ) -> "_StoredPartition":
        """Read on from the snapshot, or as the group says where there is none."""
        reader = PartitionReader(
            self._kafka, self._kafka.processed, int(for_part), resume_state, self._reread
        )
        return _StoredPartition(reader, self._store, resume_state)


class _StoredPartition(StatefulSourcePartition[Stored, int | None]):
    def __init__(self, reader: PartitionReader, store: Store, resumed_at: int | None) -> None:
        self._reader = reader
        self._store = store
        self._storing: Future[Stored] | None = None
        self._resumed_at = resumed_at
        self._stored: Position | None = None
        self._told_s = 0.0
        self._awake = datetime.now(UTC)

    def next_batch(self) -> list[Stored]:
        # What is still being stored when the time is over is read and stored again.
        if stop.is_wanted() and (self._storing is None or stop.waited_s() > STORING_S):
            raise StopIteration
        if self._storing is None and (records := self._reader.poll()):
            self._storing = self._store(records)
        self._awake = datetime.now(UTC) + IDLE
        if self._storing is None or not self._storing.done():
            return []
        stored = self._storing.result()
        self._storing = None
        self._stored = self._reader.position
        self._awake = datetime.now(UTC)
        return [stored]

    def next_awake(self) -> datetime:
        return self._awake

    def snapshot(self) -> int | None:
        if self._stored is None:
            return self._resumed_at
        now = time.monotonic()
        if now - self._told_s >= TELL_S or stop.is_wanted():
            self._told_s = now
            self._reader.tell(self._stored)
        return self._stored.offset

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
