"""Where a record came from: headers that processed messages and dead letters carry."""

from contracts.completeness import Lost
from stores.kafka.batch import Headers, Outgoing, Record

LATE = "late"
REPOST_OF = "repost_of"


def provenance(record: Record) -> Headers:
    """Headers that name a record, and when the broker appended it, in ms since 1970."""
    return to_headers(
        source_topic=record.topic,
        source_partition=record.partition,
        source_offset=record.offset,
        source_timestamp=record.timestamp_ms,
    )


def to_headers(**values: object) -> Headers:
    """Headers as text."""
    return [(name, str(value).encode(errors="backslashreplace")) for name, value in values.items()]


def read_headers(record: Record | Outgoing) -> dict[str, str]:
    """Headers as text; of several with one name the last, which is ours."""
    return {name: (value or b"").decode(errors="replace") for name, value in record.headers}


def entered_ms(record: Record, headers: dict[str, str]) -> int:
    """When the raw record that this one came from was appended, in ms since 1970."""
    stamp = headers.get("source_timestamp", "")
    return int(stamp) if stamp.isdecimal() else record.timestamp_ms


def lost_of(headers: dict[str, str]) -> Lost:
    """The offsets that a letter of what retention took speaks of."""
    return Lost(
        partition=int(headers["source_partition"]),
        first_offset=int(headers["source_offset"]),
        next_offset=int(headers["source_next_offset"]),
    )
