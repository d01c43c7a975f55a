"""One worker's membership in the analyze half's consumer group.

Kafka is the truth: reading starts at the group's committed offsets, on every assignment and after
every aborted transaction, and only a transaction moves them (KIP-447). Callbacks of a rebalance
run inside :meth:`ConsumerGroup.poll`, so never between a transaction's begin and commit.
"""

import logging
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from prometheus_client import Counter

from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka.batch import Batch, next_offsets, to_record
from stores.kafka.clients import consumer_config

logger = logging.getLogger(__name__)

LOST_MESSAGES = Counter(
    "sentiment_consume_lost_messages", "Raw offsets that retention took before they were read"
)


class ConsumerGroup:
    """A subscribed consumer that knows which of the records it read are still its own."""

    def __init__(self, kafka: Kafka, member: str) -> None:
        """Join the group as the static member ``member`` (its ``group.instance.id``)."""
        self._topic = kafka.raw
        self._batch_size = kafka.batch
        self._timeout_s = kafka.request_timeout_ms / 1000
        self._epoch = 0
        self._epochs: dict[int, int] = {}
        self._consumer = Consumer(
            {
                **consumer_config(kafka),
                "group.id": kafka.group,
                "group.instance.id": member,
                "partition.assignment.strategy": "cooperative-sticky",
                "session.timeout.ms": kafka.session_timeout_ms,
                "heartbeat.interval.ms": kafka.session_timeout_ms // 3,
            }
        )
        self._consumer.subscribe(
            [kafka.raw],
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )

    def poll(self) -> Batch | None:
        """The records that have arrived, at most the configured batch; null where there are none.

        :raises ServerError: the client cannot go on (fenced, topic gone, fatal).
        """
        records = []
        for message in self._consumer.consume(self._batch_size, timeout=0):
            if error := message.error():
                self._check(error)
            elif message.partition() in self._epochs:
                records.append(to_record(message))
        if not records:
            return None
        offsets = next_offsets(records)
        return Batch(
            records=records,
            next_offsets=offsets,
            epochs={partition: self._epochs[partition] for partition in offsets},
            group_metadata=self._consumer.consumer_group_metadata(),
            waiting=sum(self._waiting(partition, offset) for partition, offset in offsets.items()),
        )

    def owned(self, batch: Batch) -> set[int]:
        """The batch's partitions that were neither revoked nor rewound since it was read."""
        return {p for p, epoch in batch.epochs.items() if self._epochs.get(p) == epoch}

    def rewind(self) -> None:
        """Go back to the committed offsets, after an aborted transaction."""
        self._epoch += 1
        for partition in self._committed(self._consumer.assignment()):
            self._epochs[partition.partition] = self._epoch
            self._consumer.seek(partition)

    def close(self) -> None:
        """Stop reading; a static member keeps its partitions until the session times out."""
        self._consumer.close()

    def _waiting(self, partition: int, offset: int) -> int:
        """Records from ``offset`` on, as far as the last fetch told."""
        place = TopicPartition(self._topic, partition)
        _, high = self._consumer.get_watermark_offsets(place, cached=True)
        return max(0, high - offset)

    def _on_assign(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        self._epoch += 1
        starts = self._committed(partitions)
        for start in starts:
            self._epochs[start.partition] = self._epoch
        consumer.incremental_assign(starts)
        logger.info("assigned %s", {start.partition: start.offset for start in starts})

    def _on_revoke(self, _consumer: Any, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            self._epochs.pop(partition.partition, None)
        logger.info("revoked %s", [partition.partition for partition in partitions])

    def _committed(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        """Where the group goes on, per partition; what retention took before is counted as lost."""
        if not partitions:
            return []
        try:
            committed = self._consumer.committed(partitions, timeout=self._timeout_s)
            for partition in committed:
                _require_known(partition)
                low, _ = self._consumer.get_watermark_offsets(partition, timeout=self._timeout_s)
                if partition.offset < 0:
                    partition.offset = OFFSET_BEGINNING
                elif partition.offset < low:
                    LOST_MESSAGES.inc(low - partition.offset)
                    logger.error(
                        "lost to retention: %s[%d] offsets %d to %d",
                        partition.topic,
                        partition.partition,
                        partition.offset,
                        low - 1,
                    )
                    partition.offset = low
        except KafkaException as error:
            raise ServerError(
                f"the committed offsets of {self._topic} cannot be read ({error.args[0].str()})",
                "the process ends and is started again by its supervisor",
            ) from None
        return list(committed)

    def _check(self, error: KafkaError) -> None:
        if error.fatal() or error.code() in (
            KafkaError.UNKNOWN_TOPIC_OR_PART,
            KafkaError.FENCED_INSTANCE_ID,
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            KafkaError.GROUP_AUTHORIZATION_FAILED,
        ):
            raise ServerError(
                f"reading {self._topic} failed ({error.str()})",
                "check the topic, its permissions and that no other replica has this name",
            )
        logger.warning("reading %s: %s", self._topic, error.str())


def _require_known(partition: TopicPartition) -> None:
    if partition.error is not None:
        raise KafkaException(partition.error)
