"""Sources and sinks for the engine: thin adapters, their logic is in ``stores``."""

from datetime import UTC, datetime, timedelta

from bytewax.inputs import (
    DynamicSource,
    FixedPartitionedSource,
    StatefulSourcePartition,
    StatelessSourcePartition,
)
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from contracts.alerts import ChurnAlert
from contracts.errors import ServerError
from contracts.settings import Kafka
from dataflows.metrics import ABORTED_TRANSACTIONS, PUBLISHED_MESSAGES, REVOKED_MESSAGES
from dataflows.steps.announce import Announcement
from dataflows.steps.publish import Publication
from stores.kafka.batch import Batch, Record
from stores.kafka.group import ConsumerGroup
from stores.kafka.reader import PartitionReader, partitions_of
from stores.kafka.transactions import TransactionalPublisher
from stores.redis import LiveStore

IDLE = timedelta(milliseconds=5)
ABORTS_MAX = 10


class Memberships:
    """The consumer group's members in this process, one a worker.

    A worker's source and sink share its membership: the sink asks it which partitions of a batch
    are still its own, and sends it back to the committed offsets after an aborted transaction.
    """

    def __init__(self, kafka: Kafka) -> None:
        self.kafka = kafka
        self._groups: dict[int, ConsumerGroup] = {}

    def name(self, worker: int) -> str:
        """The worker's stable name: group instance and transactional id."""
        return f"{self.kafka.instance}-{worker}"

    def join(self, worker: int) -> ConsumerGroup:
        """The worker's membership."""
        if worker not in self._groups:
            self._groups[worker] = ConsumerGroup(self.kafka, self.name(worker))
        return self._groups[worker]


class RawSource(DynamicSource[Batch]):
    """One batch a poll; where it goes on is the consumer group's business, not the engine's."""

    def __init__(self, memberships: Memberships) -> None:
        self._memberships = memberships

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_RawPartition":
        """The worker's share of the group."""
        linger = timedelta(milliseconds=self._memberships.kafka.linger_ms)
        return _RawPartition(self._memberships.join(worker_index), linger)


class _RawPartition(StatelessSourcePartition[Batch]):
    def __init__(self, group: ConsumerGroup, linger: timedelta) -> None:
        self._group = group
        self._linger = linger
        self._awake = datetime.now(UTC)

    def next_batch(self) -> list[Batch]:
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

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "PublishPartition":
        """The worker's producer; fences a predecessor of the same name."""
        name = self._memberships.name(worker_index)
        publisher = TransactionalPublisher(self._memberships.kafka, name)
        return PublishPartition(self._memberships.join(worker_index), publisher)


class PublishPartition(StatelessSinkPartition[Publication]):
    """A worker's transactions.

    Drops what was revoked since its batch was read; after an abort reading goes back.
    """

    def __init__(self, group: ConsumerGroup, publisher: TransactionalPublisher) -> None:
        self._group = group
        self._publisher = publisher
        self._aborts_in_a_row = 0

    def write_batch(self, items: list[Publication]) -> None:
        for publication in items:
            self._write(publication)

    def _write(self, publication: Publication) -> None:
        batch = publication.batch
        owned = self._group.owned(batch)
        outgoing = [record for record in publication.outgoing if record.partition in owned]
        REVOKED_MESSAGES.inc(len(publication.outgoing) - len(outgoing))
        if not outgoing:
            return
        offsets = {partition: batch.next_offsets[partition] for partition in owned}
        if self._publisher.publish(outgoing, offsets, batch.group_metadata):
            self._aborts_in_a_row = 0
            for record in outgoing:
                PUBLISHED_MESSAGES.labels(record.topic).inc()
            return
        ABORTED_TRANSACTIONS.inc()
        self._aborts_in_a_row += 1
        if self._aborts_in_a_row >= ABORTS_MAX:
            raise ServerError(
                f"{ABORTS_MAX} transactions in a row were aborted",
                "compare the topics' settings with the contracts: python -m dataflows topics",
            )
        self._group.rewind()


class ProcessedSource(FixedPartitionedSource[list[Record], int | None]):
    """Committed records of ``sentiment.processed``; the engine keeps each partition's offset."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    def list_parts(self) -> list[str]:
        """The topic's partitions."""
        return [str(partition) for partition in partitions_of(self._kafka, self._kafka.processed)]

    def build_part(
        self, step_id: str, for_part: str, resume_state: int | None
    ) -> "_ProcessedPartition":
        """Read on from the snapshot, or from the oldest record where there is none."""
        reader = PartitionReader(
            self._kafka, self._kafka.processed, int(for_part), offset=resume_state
        )
        return _ProcessedPartition(reader)


class _ProcessedPartition(StatefulSourcePartition[list[Record], int | None]):
    def __init__(self, reader: PartitionReader) -> None:
        self._reader = reader
        self._awake = datetime.now(UTC)

    def next_batch(self) -> list[list[Record]]:
        records = self._reader.poll()
        self._awake = datetime.now(UTC) + (timedelta() if records else IDLE)
        return [records] if records else []

    def next_awake(self) -> datetime:
        return self._awake

    def snapshot(self) -> int | None:
        return self._reader.next_offset

    def close(self) -> None:
        self._reader.close()


class AnnounceSink(DynamicSink[Announcement]):
    """Tells the live store's listeners."""

    def __init__(self, live: LiveStore) -> None:
        self._live = live

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_AnnouncePartition":
        """The same store for every worker."""
        return _AnnouncePartition(self._live)


class _AnnouncePartition(StatelessSinkPartition[Announcement]):
    def __init__(self, live: LiveStore) -> None:
        self._live = live

    def write_batch(self, items: list[Announcement]) -> None:
        for announcement in items:
            if isinstance(announcement, ChurnAlert):
                self._live.announce_alert(announcement)
            else:
                self._live.announce_message(announcement)
