"""Reads one partition's committed records from a position that the caller keeps."""

import logging

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka.admin import require_broker
from stores.kafka.batch import Record, to_record
from stores.kafka.clients import consumer_config

logger = logging.getLogger(__name__)


def partitions_of(kafka: Kafka, topic: str) -> list[int]:
    """The partition numbers of a topic. :raises ServerError: no broker, or no such topic."""
    found = require_broker(kafka).list_topics(topic, timeout=5).topics[topic]
    if found.error is not None:
        raise ServerError(
            f"Kafka at {kafka.bootstrap} has no topic {topic}",
            "python -m dataflows topics creates it",
        )
    return sorted(found.partitions)


class PartitionReader:
    """A consumer assigned to one partition; commits nothing."""

    def __init__(self, kafka: Kafka, topic: str, partition: int, offset: int | None) -> None:
        """Start at ``offset``, or at the oldest record where it is null."""
        self._topic = topic
        self._batch_size = kafka.batch
        self.next_offset = offset
        self._consumer = Consumer({**consumer_config(kafka), "group.id": f"{kafka.group}-readers"})
        start = OFFSET_BEGINNING if offset is None else offset
        self._consumer.assign([TopicPartition(topic, partition, start)])

    def poll(self) -> list[Record]:
        """The records that have arrived, at most the configured batch.

        :raises ServerError: the client cannot go on.
        """
        records = []
        for message in self._consumer.consume(self._batch_size, timeout=0):
            if error := message.error():
                self._check(error)
            else:
                records.append(to_record(message))
        if records:
            self.next_offset = records[-1].offset + 1
        return records

    def close(self) -> None:
        """Stop reading."""
        self._consumer.close()

    def _check(self, error: KafkaError) -> None:
        if error.fatal() or error.name() in {"_FATAL", "UNKNOWN_TOPIC_OR_PART"}:
            raise ServerError(
                f"reading {self._topic} failed ({error.str()})",
                "check the topic and its permissions",
            )
        logger.warning("reading %s: %s", self._topic, error.str())
