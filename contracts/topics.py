"""The topics and the settings they are created with."""

from dataclasses import dataclass

from contracts.settings import Kafka

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
RAW_DAYS = 7
PROCESSED_DAYS = 30
INVALID_DAYS = 7
RAW_MAX_BYTES = 1024 * 1024
RECORD_MAX_BYTES = 2 * 1024 * 1024
MESSAGE_MAX_BYTES = RECORD_MAX_BYTES - 256 * 1024
"""Of a message's JSON; leaves room for the analysis and the headers."""


@dataclass(frozen=True)
class Topic:
    """A topic: its name, partitions, replicas and broker-side configuration."""

    name: str
    partitions: int
    replication: int
    config: dict[str, str]


def topics(kafka: Kafka) -> list[Topic]:
    """All topics of the platform.

    Retention counts from arrival (``LogAppendTime``), so that a replayed old export does not
    vanish. Compaction lag and segment age are short enough that a tombstone erases the text
    within 24 hours. What follows from the largest raw record still fits the other topics.
    Of where a connector goes on only the newest is of use: that topic is compacted, and small.
    """

    def topic(name: str, days: int, max_bytes: int = RECORD_MAX_BYTES) -> Topic:
        return Topic(
            name=name,
            partitions=kafka.partitions,
            replication=kafka.replication,
            config={
                "cleanup.policy": "compact,delete",
                "retention.ms": str(days * DAY_MS),
                "message.timestamp.type": "LogAppendTime",
                "segment.ms": str(6 * HOUR_MS),
                "max.compaction.lag.ms": str(12 * HOUR_MS),
                "max.message.bytes": str(max_bytes),
            },
        )

    return [
        topic(kafka.raw, RAW_DAYS, RAW_MAX_BYTES),
        topic(kafka.processed, PROCESSED_DAYS),
        topic(kafka.invalid, INVALID_DAYS),
        Topic(
            name=kafka.connectors,
            partitions=1,
            replication=kafka.replication,
            config={
                "cleanup.policy": "compact",
                "message.timestamp.type": "LogAppendTime",
                "segment.ms": str(6 * HOUR_MS),
                "max.message.bytes": str(RECORD_MAX_BYTES),
            },
        ),
    ]
