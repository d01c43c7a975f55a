"""Dead letters: refused bytes, with why and where they came from in the headers.

A deletion reaches them too: a tombstone of the same key in the same partition, which is no letter
itself, has compaction erase the bytes.
"""

from collections.abc import Sequence

from confluent_kafka import KafkaException, Producer

from contracts.completeness import Lost
from contracts.errors import ServerError
from contracts.messages import Deletion, Invalid, InvalidReason
from contracts.settings import Kafka
from stores.kafka.batch import Outgoing, Record
from stores.kafka.clients import producer_config
from stores.kafka.deliveries import Deliveries
from stores.kafka.provenance import provenance, read_headers, to_headers

REASONS = frozenset(InvalidReason)
OF_DELETION = frozenset(Deletion.__struct_fields__) - {"message_id"}

Told = tuple[Record, Invalid | None]
"""A record, and why it is refused; null for a deletion that is to reach its dead letters."""


def dead_letter(topic: str, record: Record, invalid: Invalid) -> Outgoing:
    """The record's bytes, with the reason and where it came from in the headers."""
    return Outgoing(
        topic=topic,
        partition=record.partition,
        key=record.key,
        value=record.value,
        headers=[
            *record.headers,
            *to_headers(reason=invalid.reason, detail=invalid.detail[:1000]),
            *provenance(record),
        ],
    )


def lost_letter(topic: str, raw_topic: str, lost: Lost) -> Outgoing:
    """Says which raw offsets nobody will ever read; there are no bytes of them."""
    said = {
        "reason": InvalidReason.LOST_TO_RETENTION,
        "detail": f"retention took offsets {lost.first_offset} to {lost.next_offset - 1}",
        "source_topic": raw_topic,
        "source_partition": lost.partition,
        "source_offset": lost.first_offset,
        "source_next_offset": lost.next_offset,
    }
    return Outgoing(
        topic=topic,
        partition=lost.partition,
        key=f"lost:{lost.partition}:{lost.first_offset}".encode(),
        value=b"",
        headers=to_headers(**said),
    )


def erasure(topic: str, deletion: Record) -> Outgoing:
    """What erases the dead letters of a message, once ``deletion`` came out of the processed topic.

    Its letters are all before it: they were visible in the invalid topic when the deletion was.
    """
    said = [header for header in deletion.headers if header[0] in OF_DELETION]
    return Outgoing(
        topic=topic,
        partition=deletion.partition,
        key=deletion.key,
        value=None,
        headers=[*said, *provenance(deletion)],
    )


def is_letter(record: Record) -> bool:
    """Whether a record of the invalid topic is a dead letter; else it erases some.

    Bytes do not tell: the letter of a deletion that was refused has none.
    """
    return read_headers(record).get("reason") in REASONS


class DeadLetters:
    """Writes dead letters, and what erases them, outside a transaction; waits for the broker.

    One that is written again after a crash is there twice, from the same topic, partition and
    offset.
    """

    def __init__(self, kafka: Kafka) -> None:
        """Connects on first use."""
        self._kafka = kafka
        self._producer: Producer | None = None

    def put(self, told: Sequence[Told]) -> None:
        """Write for each what it asks for, in order. :raises ServerError: not all are written."""
        topic = self._kafka.invalid
        letters = [
            dead_letter(topic, record, why) if why else erasure(topic, record)
            for record, why in told
        ]
        if not letters:
            return
        self._producer = self._producer or Producer(producer_config(self._kafka))
        deliveries = Deliveries(self._producer, self._kafka.request_timeout_ms / 1000)
        try:
            deliveries.send(letters)
            deliveries.flush()
        except KafkaException as error:
            raise ServerError(
                f"{len(letters)} dead letters cannot be written to {self._kafka.invalid}"
                f" ({error.args[0].str()})",
                "check the broker, the topic and its permissions",
            ) from None
