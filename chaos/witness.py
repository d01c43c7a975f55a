"""A reader of committed records, while everything breaks: what it has seen must stay."""

import threading
from collections.abc import Iterable
from typing import Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from chaos.verifier import stamp_of
from contracts.settings import Kafka
from stores.kafka import consumer_config
from stores.kafka.batch import Record, to_record

READ_A_TIME = 1000
WAIT_S = 0.2

Seen = tuple[str, int, int, str]


class Witness:
    """``with Witness(kafka) as witness:`` reads both topics of outcomes meanwhile."""

    def __init__(self, kafka: Kafka) -> None:
        self._seen: set[Seen] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, args=[kafka], daemon=True)

    def saw(self, records: Iterable[Record]) -> None:
        """Note what was read."""
        self._seen.update(map(_seen, records))

    def vanished(self, outcomes: Iterable[Record]) -> set[Seen]:
        """What was seen, as (topic, partition, offset, stamp), and is not among the outcomes."""
        return self._seen - set(map(_seen, outcomes))

    def __len__(self) -> int:
        """How many records it has seen."""
        return len(self._seen)

    def __enter__(self) -> Self:
        """Reading."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """No longer."""
        self._stopping.set()
        self._thread.join()

    def _read(self, kafka: Kafka) -> None:
        consumer = Consumer({**consumer_config(kafka), "group.id": "groundswell-witness"})
        consumer.assign(
            [
                TopicPartition(topic, partition, OFFSET_BEGINNING)
                for topic in (kafka.processed, kafka.invalid)
                for partition in range(kafka.partitions)
            ]
        )
        while not self._stopping.is_set():
            try:
                messages = consumer.consume(READ_A_TIME, timeout=WAIT_S)
            except KafkaException:
                continue
            self.saw(to_record(message) for message in messages if not message.error())
        consumer.close()


def _seen(record: Record) -> Seen:
    return record.topic, record.partition, record.offset, stamp_of(record)
