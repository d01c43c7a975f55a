"""Dead letters: refused bytes, with why and where they came from in the headers."""

from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Producer

from contracts.errors import ServerError
from contracts.messages import Invalid
from contracts.settings import Kafka
from stores.kafka.batch import Headers, Outgoing, Record
from stores.kafka.clients import producer_config


def dead_letter(topic: str, record: Record, invalid: Invalid) -> Outgoing:
    """The record's bytes, with the reason and where it came from in the headers."""
    return Outgoing(
        topic=topic,
        partition=record.partition,
        key=record.key,
        value=record.value,
        headers=_why(record, invalid),
    )


def _why(record: Record, invalid: Invalid) -> Headers:
    said = {
        "reason": invalid.reason,
        "detail": invalid.detail[:1000],
        "source_topic": record.topic,
        "source_partition": str(record.partition),
        "source_offset": str(record.offset),
    }
    return [
        *record.headers,
        *((name, value.encode(errors="backslashreplace")) for name, value in said.items()),
    ]


class DeadLetters:
    """Writes dead letters outside a transaction, and waits for the broker.

    One that is written again after a crash is there twice, from the same topic, partition and
    offset.
    """

    def __init__(self, kafka: Kafka) -> None:
        """Connects on first use."""
        self._kafka = kafka
        self._producer: Producer | None = None
        self._refused: list[KafkaError] = []

    def put(self, refused: Sequence[tuple[Record, Invalid]]) -> None:
        """Write a letter for each. :raises ServerError: not all are written."""
        letters = [dead_letter(self._kafka.invalid, record, why) for record, why in refused]
        if not letters:
            return
        self._producer = self._producer or Producer(producer_config(self._kafka))
        self._refused.clear()
        try:
            for letter in letters:
                self._producer.produce(
                    letter.topic,
                    key=letter.key,
                    value=letter.value,
                    partition=letter.partition,
                    headers=[*letter.headers],
                    on_delivery=self._on_delivery,
                )
            waiting = self._producer.flush(self._kafka.request_timeout_ms / 1000)
        except (BufferError, KafkaException) as error:
            raise _not_written(letters, str(error)) from None
        if waiting or self._refused:
            why = self._refused[0].str() if self._refused else "the broker does not answer"
            raise _not_written(letters, why)

    def _on_delivery(self, error: KafkaError | None, _record: object) -> None:
        if error is not None:
            self._refused.append(error)


def _not_written(letters: Sequence[Outgoing], why: str) -> ServerError:
    return ServerError(
        f"{len(letters)} dead letters cannot be written to {letters[0].topic} ({why})",
        "check the broker, the topic and its permissions",
    )
