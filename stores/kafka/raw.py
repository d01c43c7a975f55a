"""What is written to the raw topic: messages, and deletions as tombstones."""

import msgspec

from contracts.messages import Deletion
from stores.kafka.batch import BY_KEY, Outgoing
from stores.kafka.provenance import to_headers


def raw_message(topic: str, key: str, payload: bytes) -> Outgoing:
    """A message, or what claims to be one, as a record."""
    return Outgoing(topic, BY_KEY, key.encode(), payload, [])


def raw_deletion(topic: str, deletion: Deletion) -> Outgoing:
    """A deletion as a tombstone; its fields are headers."""
    fields = msgspec.to_builtins(deletion)
    key = fields.pop("message_id").encode()
    said = {name: value for name, value in fields.items() if value is not None}
    return Outgoing(topic, BY_KEY, key, None, to_headers(**said))
