"""Where a reader goes on in a partition's log, what retention took before, and what ends reading.

A topic that is compacted as well has gaps: only what lies below the log's start was taken.
"""

import logging

from confluent_kafka import Consumer, KafkaError, TopicPartition
from prometheus_client import Counter

from contracts.errors import ServerError

RESTARTS = "the process ends and is started again by its supervisor"
ENDING = {
    "_AUTO_OFFSET_RESET": "the process ends; started again it counts what is lost and goes on",
    "FENCED_INSTANCE_ID": "no two replicas may have one GROUNDSWELL_KAFKA_INSTANCE",
    "GROUP_AUTHORIZATION_FAILED": "check the permissions of the group",
    "TOPIC_AUTHORIZATION_FAILED": "check the permissions of the topic",
    "UNKNOWN_TOPIC_OR_PART": "check the topics: python -m dataflows topics",
    "_FATAL": RESTARTS,
}
"""What the client reports once and does not recover from, and the remedy."""

LOST_MESSAGES = Counter(
    "sentiment_consume_lost_messages",
    "Offsets that retention took before they were read",
    ["topic", "group"],
)

logger = logging.getLogger(__name__)


class Log:
    """The log of a topic's partitions as one reader finds it.

    :param reader: who reads, for errors.
    :param group: what its losses are counted under.
    :param remedy: what to do where the log ends before the reader's place.
    """

    def __init__(
        self, consumer: Consumer, reader: str, group: str, remedy: str, timeout_s: float
    ) -> None:
        self._consumer = consumer
        self._reader = reader
        self._group = group
        self._remedy = remedy
        self._timeout_s = timeout_s
        self._counted: dict[int, int] = {}

    def start(self, wanted: TopicPartition, stride: int = 1) -> int:
        """The offset wanted, or the log's first where that lies behind it or none is wanted (< 0).

        What retention took in between is counted as lost, once a process.

        :param stride: the offset is moved back to a multiple of it, as far as the log goes.

        :raises ServerError: the log ends before the offset wanted.
        :raises KafkaException: the broker does not say where the log begins and ends.
        """
        low, high = self._consumer.get_watermark_offsets(wanted, timeout=self._timeout_s)
        if wanted.offset < 0:
            return int(low)
        if wanted.offset > high:
            raise ServerError(
                f"{self._reader} is at offset {wanted.offset} of"
                f" {wanted.topic}[{wanted.partition}], which ends at {high}",
                self._remedy,
            )
        self._count_lost(wanted, low)
        return max(int(low), wanted.offset - wanted.offset % stride)

    def _count_lost(self, wanted: TopicPartition, low: int) -> None:
        first = max(wanted.offset, self._counted.get(wanted.partition, 0))
        if first >= low:
            return
        self._counted[wanted.partition] = low
        LOST_MESSAGES.labels(wanted.topic, self._group).inc(low - first)
        logger.error(
            "lost to retention: %s[%d] offsets %d to %d",
            wanted.topic,
            wanted.partition,
            first,
            low - 1,
        )


def check(topic: str, error: KafkaError) -> None:
    """Log what may pass by itself. :raises ServerError: the client cannot go on."""
    remedy = ENDING.get(error.name(), RESTARTS if error.fatal() else None)
    if remedy is not None:
        raise ServerError(f"reading {topic} failed ({error.str()})", remedy)
    logger.warning("reading %s: %s", topic, error.str())
