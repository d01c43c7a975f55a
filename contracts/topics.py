"""The topics and the settings they are created with."""

from dataclasses import dataclass

from contracts.settings import Kafka

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
RAW_DAYS = 7
PROCESSED_DAYS = 30
INVALID_DAYS = 7


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
    within 24 hours.
    """

    def topic(name: str, days: int) -> Topic:
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
            },
        )

    return [
        topic(kafka.raw, RAW_DAYS),
        topic(kafka.processed, PROCESSED_DAYS),
        topic(kafka.invalid, INVALID_DAYS),
    ]
