"""Hands records to a producer, and knows which of them the broker did not take."""

import time
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Producer

from contracts.errors import ServerError
from stores.kafka.batch import Outgoing

POLL_S = 0.05


class Deliveries:
    """What one producer was given.

    :ivar refused: why records were not delivered; those that nobody has heard of yet are missing.
    """

    def __init__(self, producer: Producer, timeout_s: float) -> None:
        """:param timeout_s: longest wait for room in the producer's queue."""
        self.refused: list[KafkaError] = []
        self._producer = producer
        self._timeout_s = timeout_s

    def send(self, outgoing: Sequence[Outgoing]) -> None:
        """Hand records over.

        :raises KafkaException: the producer does not take one, which is then in ``refused`` too.
        :raises ServerError: its queue stays full.
        """
        for record in outgoing:
            self._send(record)

    def flush(self) -> None:
        """Wait until all are delivered.

        :raises KafkaException: the broker refused one.
        :raises ServerError: it does not answer in time.
        """
        waiting = self._producer.flush(self._timeout_s)
        if self.refused:
            raise KafkaException(self.refused[0])
        if waiting:
            raise ServerError(
                f"{waiting} records were not acknowledged in time", "check that the brokers answer"
            )

    def _send(self, record: Outgoing) -> None:
        deadline = time.monotonic() + self._timeout_s
        while True:
            try:
                self._producer.produce(
                    record.topic,
                    key=record.key,
                    value=record.value,
                    partition=record.partition,
                    headers=[*record.headers],
                    on_delivery=self._on_delivery,
                )
            except BufferError:
                if time.monotonic() > deadline:
                    raise ServerError(
                        "the producer's queue stayed full past the request timeout",
                        "check that the brokers answer",
                    ) from None
                self._producer.poll(POLL_S)
            except KafkaException as error:
                self.refused.append(error.args[0])
                raise
            else:
                return

    def _on_delivery(self, error: KafkaError | None, _record: object) -> None:
        if error is not None:
            self.refused.append(error)
