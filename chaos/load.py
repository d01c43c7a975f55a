"""Load on the raw topic: records with stamps, at a steady rate, each acknowledged once."""

import threading
import time
from collections.abc import Callable
from typing import Self

from confluent_kafka import KafkaError, Producer

from chaos.verifier import STAMP
from contracts.settings import Kafka
from stores.kafka import producer_config

TURN_S = 0.02
DELIVERY_MS = 600_000
FLUSH_S = 120


class Load:
    """``with load:`` sends from a thread of its own, until it is left or has sent its most.

    :param record: makes key and value of the record of a number.
    :param rate: records a second.
    """

    def __init__(
        self,
        kafka: Kafka,
        record: Callable[[int], tuple[bytes, bytes]],
        rate: int,
        most: int = 10_000_000,
    ) -> None:
        self.sent = 0
        self.failed: list[str] = []
        self._kafka = kafka
        self._record = record
        self._rate = rate
        self._most = most
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def __enter__(self) -> Self:
        """Sending."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """All that was sent is acknowledged, or is in ``failed``."""
        self._stopping.set()
        self._thread.join()

    def _send(self) -> None:
        config = {**producer_config(self._kafka), "delivery.timeout.ms": DELIVERY_MS}
        producer = Producer(config)
        begun = time.monotonic()
        while not self._stopping.is_set() and self.sent < self._most:
            due = min(int((time.monotonic() - begun) * self._rate), self._most)
            while self.sent < due:
                self._produce(producer)
            producer.poll(0)
            self._stopping.wait(TURN_S)
        left = producer.flush(FLUSH_S)
        self.failed += ["not acknowledged"] * left

    def _produce(self, producer: Producer) -> None:
        key, value = self._record(self.sent)
        try:
            producer.produce(
                self._kafka.raw,
                key=key,
                value=value,
                headers=[(STAMP, str(self.sent).encode())],
                on_delivery=self._on_delivery,
            )
        except BufferError:
            producer.poll(TURN_S)
        else:
            self.sent += 1

    def _on_delivery(self, error: KafkaError | None, _message: object) -> None:
        if error is not None:
            self.failed.append(error.str())
