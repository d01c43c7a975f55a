"""How far the consumer group has come, asked of the broker; and waiting for it."""

import time
from collections.abc import Callable

from confluent_kafka import KafkaException

from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka.scan import committed_offsets, end_offsets

PATIENCE_S = 60.0
POLL_S = 0.05
ANSWER_S = 2.0


def wait(is_true: Callable[[], bool], otherwise: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until something is true. :raises ServerError: it is not in time."""
    deadline = time.monotonic() + patience_s
    while not is_true():
        if time.monotonic() > deadline:
            raise ServerError(f"{otherwise} within {patience_s:.0f} s", "read the processes' logs")
        time.sleep(POLL_S)


def committed(kafka: Kafka) -> dict[int, int]:
    """The group's next offset in each raw partition; 0 where it has none."""
    return committed_offsets(kafka, range(kafka.partitions), ANSWER_S)


def progress(kafka: Kafka) -> int:
    """The sum of the group's offsets; 0 while nobody can say."""
    try:
        return sum(committed(kafka).values())
    except KafkaException:
        return 0


def open_transactions(kafka: Kafka) -> int:
    """Partitions of the processed topic whose end a transaction that is still open holds back."""
    settled = end_offsets(kafka, kafka.processed)
    written = end_offsets(kafka, kafka.processed, {"isolation.level": "read_uncommitted"})
    return sum(settled[partition] != end for partition, end in written.items())
