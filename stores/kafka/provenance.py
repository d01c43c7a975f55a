"""Where a record came from: headers that processed messages and dead letters carry."""

from contracts.completeness import Lost
from stores.kafka.batch import Headers, Outgoing, Record

LATE = "late"
REPOST_OF = "repost_of"
DIGITS_MAX = 15


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


def entered_ms(record: Record, letters: int = 0) -> int:
    """When the raw record that this one came from was appended, in ms since 1970.

    :param letters: how many dead letters were made since of what came of it.
    """
    stamps = [value or b"" for name, value in record.headers if name == "source_timestamp"]
    stamp = stamps[-1 - letters] if len(stamps) > letters else b""
    return int(stamp) if _is_number(stamp) else record.timestamp_ms


def source_of(headers: dict[str, str]) -> tuple[int, int] | None:
    """Partition and offset of the record that one came from; null where it does not say."""
    partition, offset = (headers.get(f"source_{name}", "") for name in ("partition", "offset"))
    known = _is_number(partition.encode()) and _is_number(offset.encode())
    return (int(partition), int(offset)) if known else None


def lost_of(headers: dict[str, str]) -> Lost | None:
    """The offsets that a letter of what retention took speaks of; null where it names none."""
    place, end = source_of(headers), headers.get("source_next_offset", "")
    if place is None or not _is_number(end.encode()):
        return None
    return Lost(partition=place[0], first_offset=place[1], next_offset=int(end))


def _is_number(text: bytes) -> bool:
    return text.isdigit() and len(text) <= DIGITS_MAX
