"""How far a raw partition was read, as the topics that outcomes go to show it.

Every raw record has one outcome, and the same transaction moves the group. So the newest outcome
says what the group's committed offset says, and goes on saying it where a broker forgets: one that
starts again while partitions find their leaders may serve a group from offsets of minutes ago (the
end of an earlier load of the group's log is taken for that of the present one).
"""

import time
from collections.abc import Iterable
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from contracts.settings import Kafka
from stores.kafka.batch import Record, to_record
from stores.kafka.clients import consumer_config
from stores.kafka.provenance import lost_of, read_headers, source_of

TAIL = 64
"""So many offsets are read first; eight times as many whenever there is no outcome in them."""
SETTLE_S = 2.0
FETCH_WAIT_MS = 10
POLL_S = 0.01

Place = tuple[str, int]
"""A topic and its partition."""


class Shown(NamedTuple):
    """The raw offset after the newest outcome; 0 where there is none.

    ``is_settled``: no transaction is open there that may yet show more.
    """

    offset: int
    is_settled: bool


class Outcomes:
    """Reads the ends of the processed and the invalid topic."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._timeout_s = kafka.request_timeout_ms / 1000

    def newest(self, partitions: Iterable[int]) -> dict[int, Shown]:
        """What is shown of raw partitions; waits a little for open transactions.

        :raises KafkaException: a broker does not answer in time.
        """
        topics = self._kafka.processed, self._kafka.invalid
        places = [(topic, partition) for topic in topics for partition in partitions]
        settled, written = self._consumer("read_committed"), self._consumer("read_uncommitted")
        try:
            opened = self._open(settled, written, places)
            found = self._found(settled, places)
        finally:
            settled.close()
            written.close()
        return {
            partition: Shown(
                max(found.get((topic, partition), 0) for topic in topics),
                not any((topic, partition) in opened for topic in topics),
            )
            for partition in partitions
        }

    def _consumer(self, isolation: str) -> Consumer:
        return Consumer(
            {
                **consumer_config(self._kafka),
                "group.id": f"{self._kafka.group}-outcomes",
                "isolation.level": isolation,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": FETCH_WAIT_MS,
            }
        )

    def _open(self, settled: Consumer, written: Consumer, places: list[Place]) -> set[Place]:
        """Where a transaction is still open after a while."""
        deadline = time.monotonic() + SETTLE_S
        opened = set(places)
        while True:
            opened = {p for p in opened if self._end(settled, p) != self._end(written, p)}
            if not opened or time.monotonic() > deadline:
                return opened
            time.sleep(POLL_S)

    def _end(self, consumer: Consumer, place: Place) -> int:
        return int(self._bounds(consumer, place)[1])

    def _bounds(self, consumer: Consumer, place: Place) -> tuple[int, int]:
        low, high = consumer.get_watermark_offsets(TopicPartition(*place), timeout=self._timeout_s)
        return int(low), int(high)

    def _found(self, consumer: Consumer, places: list[Place]) -> dict[Place, int]:
        """The raw offset after the newest outcome of each place that has one."""
        bounds = {place: self._bounds(consumer, place) for place in places}
        found: dict[Place, int] = {}
        size = TAIL
        while wanted := {p: b for p, b in bounds.items() if p not in found and b[0] < b[1]}:
            starts = {place: max(low, high - size) for place, (low, high) in wanted.items()}
            for record in self._records(consumer, starts):
                if after := self._after(record):
                    place = record.topic, record.partition
                    found[place] = max(after, found.get(place, 0))
            bounds = {place: (low, starts[place]) for place, (low, _) in wanted.items()}
            size *= 8
        return found

    def _records(self, consumer: Consumer, starts: dict[Place, int]) -> list[Record]:
        """The committed records from there on."""
        consumer.assign([TopicPartition(*place, start) for place, start in starts.items()])
        deadline = time.monotonic() + self._timeout_s
        records = []
        left = set(starts)
        while left and time.monotonic() < deadline:
            for message in consumer.consume(1000, timeout=POLL_S):
                error = message.error()
                if error is None:
                    records.append(to_record(message))
                elif error.name() == "_PARTITION_EOF":
                    left.discard((message.topic(), message.partition()))
        if left:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"reading {sorted(left)}"))  # noqa: SLF001 librdkafka's name
        return records

    def _after(self, record: Record) -> int | None:
        """The raw offset after that of an outcome; null for what is none."""
        headers = read_headers(record)
        if headers.get("source_topic") != self._kafka.raw:
            return None
        if lost := lost_of(headers):
            return lost.next_offset
        source = source_of(headers)
        return source[1] + 1 if source else None
