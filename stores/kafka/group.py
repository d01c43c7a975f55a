"""One worker's membership in the analyze half's consumer group.

Kafka is the truth: reading starts at the group's committed offsets, on every assignment and after
every aborted transaction, and only a transaction moves them (KIP-447). Callbacks of a rebalance
run inside :meth:`ConsumerGroup.poll`, so never between a transaction's begin and commit.
"""

import logging
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from contracts.completeness import Lost
from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka.batch import Batch, Record, next_offsets, to_record
from stores.kafka.clients import consumer_config
from stores.kafka.committed import CommittedOffsets
from stores.kafka.growth import LOOK_S, Outputs, Unread
from stores.kafka.log import Log, check

RESET = (
    "the topic was made anew or lost messages; when that is known and accepted, set the group's"
    " offsets with kafka-consumer-groups --reset-offsets"
)

logger = logging.getLogger(__name__)


class ConsumerGroup:
    """A subscribed consumer that knows which of the records it read are still its own."""

    def __init__(self, kafka: Kafka, member: str, look_s: float = LOOK_S) -> None:
        """Join the group as the static member ``member`` (its ``group.instance.id``).

        :param look_s: seconds between looks at whether topics have grown.
        """
        self._topic = kafka.raw
        self._batch_size = kafka.batch
        self._timeout_s = kafka.request_timeout_ms / 1000
        self._epoch = 0
        self._epochs: dict[int, int] = {}
        self._expected: dict[int, int] = {}
        self._lost: dict[int, Lost] = {}
        self._outputs = Outputs(kafka, look_s)
        self._unread = Unread(kafka, look_s)
        self._consumer = Consumer(
            {
                **consumer_config(kafka),
                "group.id": kafka.group,
                "group.instance.id": member,
                # Whole assignments: where they come in two steps (cooperative), a static member
                # that ends between them and is back in time leaves partitions without an owner.
                "partition.assignment.strategy": "range",
                "heartbeat.interval.ms": kafka.session_timeout_ms // 3,
                # Where the log begins or ends elsewhere than the group thinks is not for the
                # client to settle: reading from anywhere else would repeat or skip messages.
                "auto.offset.reset": "error",
            }
        )
        self._committed = CommittedOffsets(kafka, self._consumer)
        self._log = Log(
            self._consumer, f"the group {kafka.group}", kafka.group, RESET, self._timeout_s
        )
        self._subscribe()

    def poll(self) -> Batch | None:
        """The records that have arrived, at most the configured batch; null where there are none.

        :raises ServerError: the client cannot go on (fenced, topic gone, fatal), or a restart has
            more to read.
        """
        self._outputs.check()
        self._join_for_unread()
        records = []
        for message in self._consumer.consume(self._batch_size, timeout=0):
            if error := message.error():
                self._check(error)
            elif message.partition() in self._epochs:
                records.append(self._in_order(to_record(message)))
        if not records:
            return None
        offsets = next_offsets(records)
        return Batch(
            records=records,
            next_offsets=offsets,
            epochs={partition: self._epochs[partition] for partition in offsets},
            group_metadata=self._consumer.consumer_group_metadata(),
            waiting=sum(self._waiting(partition, offset) for partition, offset in offsets.items()),
            lost=[self._lost.pop(partition) for partition in offsets if partition in self._lost],
        )

    def owned(self, batch: Batch) -> set[int]:
        """The batch's partitions that were neither revoked nor rewound since it was read."""
        return {p for p, epoch in batch.epochs.items() if self._epochs.get(p) == epoch}

    def rewind(self) -> None:
        """Go back to the committed offsets, after an aborted transaction."""
        self._epoch += 1
        for start in self._starts(self._consumer.assignment()):
            self._consumer.seek(start)

    def commit(self, offsets: dict[int, int]) -> None:
        """Commit next offsets outside a transaction. :raises KafkaException: it was not done."""
        places = [TopicPartition(self._topic, p, offset) for p, offset in offsets.items()]
        for place in self._consumer.commit(offsets=places, asynchronous=False):
            _require_known(place)

    def close(self) -> None:
        """Stop reading; a static member keeps its partitions until the session times out."""
        self._consumer.close()

    def _subscribe(self) -> None:
        self._consumer.subscribe(
            [self._topic],
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )

    def _join_for_unread(self) -> None:
        """Join again where partitions were given to nobody."""
        if self._epoch and (unread := self._unread.partitions()):
            logger.warning("nobody reads %s%s: joining the group again", self._topic, unread)
            self._subscribe()

    def _in_order(self, record: Record) -> Record:
        """Never an offset again that was read under the same assignment."""
        if record.offset < self._expected[record.partition]:
            raise ServerError(
                f"{record.topic}[{record.partition}] went back from offset"
                f" {self._expected[record.partition]} to {record.offset}",
                "the process ends and goes on at the committed offset",
            )
        self._expected[record.partition] = record.offset + 1
        return record

    def _check(self, error: KafkaError) -> None:
        """:raises ServerError: the client cannot go on."""
        if error.name() != "_MAX_POLL_EXCEEDED":
            check(self._topic, error)
            return
        self._batch_size = max(1, self._batch_size // 2)
        logger.error(
            "a batch took longer than a member of the group may be silent: others have its"
            " partitions and it is read again (%s). At most %d messages make a batch from now on;"
            " lower GROUNDSWELL_KAFKA_BATCH, or raise max.poll.interval.ms in"
            " GROUNDSWELL_KAFKA_CLIENT",
            error.str(),
            self._batch_size,
        )

    def _waiting(self, partition: int, offset: int) -> int:
        """Records from ``offset`` on, as far as the last fetch told."""
        place = TopicPartition(self._topic, partition)
        _, high = self._consumer.get_watermark_offsets(place, cached=True)
        return max(0, high - offset)

    def _on_assign(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        self._epoch += 1
        starts = self._starts(self._outputs.only_with(partitions))
        consumer.assign(starts)
        logger.info("assigned %s", {start.partition: start.offset for start in starts})

    def _on_revoke(self, _consumer: Any, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            self._epochs.pop(partition.partition, None)
        logger.info("revoked %s", [partition.partition for partition in partitions])

    def _starts(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        """Where the group goes on, per partition, under a new epoch."""
        if not partitions:
            return []
        try:
            starts = self._committed.read(partitions)
            for start in starts:
                self._begin(start)
        except KafkaException as error:
            raise ServerError(
                f"the committed offsets of {self._topic} cannot be read ({error.args[0].str()})",
                "the process ends and is started again; should this go on, a transaction hangs and"
                " docs/delivery.md says why and what mends it",
            ) from None
        return starts

    def _begin(self, start: TopicPartition) -> None:
        """Begin at a committed offset, or behind what retention took, and note that."""
        committed, start.offset = start.offset, self._log.start(start)
        self._lost.pop(start.partition, None)
        if 0 <= committed < start.offset:
            self._lost[start.partition] = Lost(
                partition=start.partition, first_offset=committed, next_offset=start.offset
            )
        self._expected[start.partition] = start.offset
        self._epochs[start.partition] = self._epoch


def _require_known(partition: TopicPartition) -> None:
    if partition.error is not None:
        raise KafkaException(partition.error)
