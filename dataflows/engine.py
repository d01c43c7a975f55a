"""Sources and sinks for the engine: thin adapters, their logic is in ``stores``."""

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
from dataflows.steps.commit import Commit
from dataflows.steps.publish import Publication
from dataflows.steps.show import Announcement, Show
from dataflows.steps.store import Stored
from stores.kafka.batch import Batch, Record
from stores.kafka.group import ConsumerGroup
from stores.kafka.growth import TopicWatch
from stores.kafka.membership import Membership, join
from stores.kafka.reader import PartitionReader, partitions_of
from stores.kafka.watchdog import ending_on_errors

IDLE = timedelta(milliseconds=5)

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
        return _RawPartition(self._memberships.join(worker_index).group, linger)


class _RawPartition(StatelessSourcePartition[Batch]):
    def __init__(self, group: ConsumerGroup, linger: timedelta) -> None:
        self._group = group
        self._linger = linger
        self._awake = datetime.now(UTC)

    def next_batch(self) -> list[Batch]:
        with ending_on_errors():
            batch = self._group.poll()
        self._awake = datetime.now(UTC) + (self._linger if batch else IDLE)
        return [batch] if batch else []

    def next_awake(self) -> datetime:
        return self._awake

    def close(self) -> None:
        self._group.close()


class PublishSink(DynamicSink[Publication]):
    """One transaction a batch."""

    def __init__(self, memberships: Memberships) -> None:
        self._memberships = memberships

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_PublishPartition":
        """The worker's transactions."""
        membership = self._memberships.join(worker_index)
        return _PublishPartition(Commit(self._memberships.kafka, membership))


class _PublishPartition(StatelessSinkPartition[Publication]):
    def __init__(self, commit: Commit) -> None:
        self._commit = commit

    def write_batch(self, items: list[Publication]) -> None:
        with ending_on_errors():
            for publication in items:
                self._commit(publication)


class StoredSource(FixedPartitionedSource[Stored, int | None]):
    """Batches of ``sentiment.processed`` that are stored; the engine keeps each partition's offset.

    Partitions are listed once: should there be more later, the process ends; a restart has them.

    Storing happens in a thread, one batch a partition at a time: while the history is away no batch
    comes, nothing piles up here, and the other half of a flow goes on.
    """

    def __init__(self, kafka: Kafka, store: Store) -> None:
        self._kafka = kafka
        self._store = store
        self._partitions = 0

    def list_parts(self) -> list[str]:
        """The topic's partitions."""
        partitions = partitions_of(self._kafka, self._kafka.processed)
        self._partitions = len(partitions)
        return [str(partition) for partition in partitions]

    def build_part(
        self, step_id: str, for_part: str, resume_state: int | None
    ) -> "_StoredPartition":
        """Read on from the snapshot, or from the oldest record where there is none."""
        with ending_on_errors():
            reader = PartitionReader(
                self._kafka, self._kafka.processed, int(for_part), offset=resume_state
            )
        # A cluster ends as one: whoever reads the first partition looks for all.
        watch = None
        if for_part == "0":
            watch = TopicWatch(self._kafka, self._kafka.processed, self._partitions)
        return _StoredPartition(reader, self._store, watch)


class _StoredPartition(StatefulSourcePartition[Stored, int | None]):
    def __init__(self, reader: PartitionReader, store: Store, watch: TopicWatch | None) -> None:
        self._reader = reader
        self._store = store
        self._watch = watch
        self._storing: Future[Stored] | None = None
        self._next_offset = reader.next_offset
        self._awake = datetime.now(UTC)

    def next_batch(self) -> list[Stored]:
        if self._storing is None:
            with ending_on_errors():
                if self._watch:
                    self._watch.check()
                records = self._reader.poll()
            if records:
                self._storing = self._store(records)
        self._awake = datetime.now(UTC) + IDLE
        if self._storing is None or not self._storing.done():
            return []
        stored = self._storing.result()
        self._storing = None
        self._next_offset = self._reader.next_offset
        self._awake = datetime.now(UTC)
        return [stored]

    def next_awake(self) -> datetime:
        return self._awake

    def snapshot(self) -> int:
        return self._next_offset

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
