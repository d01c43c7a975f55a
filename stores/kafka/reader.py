"""Reads one partition's committed records from a position that the caller keeps."""

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka.admin import require_broker
from stores.kafka.batch import Record, to_record
from stores.kafka.clients import consumer_config
from stores.kafka.log import RESTARTS, Log, check

ANEW = (
    "the topic was made anew or lost messages; when that is known and accepted, start with an empty"
    " recovery folder: what is stored stays, and the topic is read from its beginning"
)


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
    """A consumer assigned to one partition; commits nothing.

    ``next_offset`` is where reading goes on.
    """

    def __init__(
        self, kafka: Kafka, topic: str, partition: int, offset: int | None, stride: int = 1
    ) -> None:
        """Start at ``offset``, or at the oldest record where it is null.

        What retention took from ``offset`` on is counted as lost.

        :param stride: the start is moved back to a multiple of it, as far as the log goes.

        :raises ServerError: the log ends before ``offset``, or the broker does not say where.
        """
        self._topic = topic
        self._batch_size = kafka.batch
        self._consumer = Consumer(
            {
                **consumer_config(kafka),
                "group.id": f"{kafka.group}-readers",
                # Where the log does not have what comes next, something is lost: not unsaid.
                "auto.offset.reset": "error",
            }
        )
        log = Log(self._consumer, "the snapshot", ANEW, kafka.request_timeout_ms / 1000)
        start = TopicPartition(topic, partition, OFFSET_BEGINNING if offset is None else offset)
        try:
            start.offset = self.next_offset = log.start(start, stride)
            self._consumer.assign([start])
        except KafkaException as error:
            raise ServerError(
                f"where {topic}[{partition}] begins and ends is not known ({error.args[0].str()})",
                RESTARTS,
            ) from None

    def poll(self) -> list[Record]:
        """The records that have arrived, at most the configured batch.

        :raises ServerError: the client cannot go on.
        """
        records = []
        for message in self._consumer.consume(self._batch_size, timeout=0):
            if error := message.error():
                check(self._topic, error)
            else:
                records.append(to_record(message))
        if records:
            self.next_offset = records[-1].offset + 1
        return records

    def close(self) -> None:
        """Stop reading."""
        self._consumer.close()
