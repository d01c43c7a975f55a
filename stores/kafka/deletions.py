"""Deletions as they travel: tombstones of the raw topic, what they say in their headers."""

from collections.abc import Sequence

import msgspec
from confluent_kafka import KafkaException, Producer

from contracts.errors import ServerError
from contracts.messages import Deletion
from contracts.settings import Kafka
from stores.kafka.batch import BY_KEY, Outgoing
from stores.kafka.clients import producer_config
from stores.kafka.deliveries import Deliveries
from stores.kafka.provenance import to_headers


def tombstone(topic: str, deletion: Deletion) -> Outgoing:
    """The record that is a deletion."""
    said = msgspec.to_builtins(deletion)
    message_id = said.pop("message_id")
    return Outgoing(
        topic=topic,
        partition=BY_KEY,
        key=message_id.encode(),
        value=None,
        headers=to_headers(**{name: value for name, value in said.items() if value is not None}),
    )


def write_deletions(kafka: Kafka, deletions: Sequence[Deletion]) -> None:
    """Write deletions to the raw topic, and wait for the broker.

    :raises ServerError: not all are written; those that are may be written again.
    """
    deliveries = Deliveries(Producer(producer_config(kafka)), kafka.request_timeout_ms / 1000)
    try:
        deliveries.send([tombstone(kafka.raw, deletion) for deletion in deletions])
        deliveries.flush()
    except KafkaException as error:
        raise ServerError(
            f"deletions cannot be written to {kafka.raw} ({error.args[0].str()})",
            "check the broker, the topic and its permissions, and ask again",
        ) from None
