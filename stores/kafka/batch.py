"""What one poll brought."""

from dataclasses import dataclass, field
from typing import Any

from contracts.completeness import Lost

BY_KEY = -1
"""The partition that a record's key is hashed to."""

Headers = list[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record; ``timestamp_ms`` is when the broker appended it."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one poll, and what their transaction needs.

    ``next_offsets`` says per partition where reading goes on; ``epochs`` under which assignment of
    the partition its records were read; ``group_metadata`` is the group's generation at that time,
    ``waiting`` how many records of these partitions were known to wait behind them; ``lost`` what
    retention took of these partitions before it was read, and nobody has been told of yet.
    """

    records: list[Record]
    next_offsets: dict[int, int]
    epochs: dict[int, int]
    group_metadata: Any
    waiting: int = 0
    lost: list[Lost] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to be written.

    :param partition: that of the raw record it came from; of a raw record, :data:`BY_KEY`.
    """

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers


def to_record(message: Any) -> Record:
    """A client library's message as a record."""
    return Record(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        timestamp_ms=message.timestamp()[1],
        key=message.key(),
        value=message.value(),
        headers=_headers(message),
    )


def _headers(message: Any) -> Headers:
    """The record's headers; none where a header's name is not UTF-8 (the client refuses those)."""
    try:
        return message.headers() or []
    except (SystemError, UnicodeDecodeError):
        return []


def next_offsets(records: list[Record]) -> dict[int, int]:
    """Per partition, the offset after its last record."""
    return {record.partition: record.offset + 1 for record in records}
