"""Have posts erased: a deletion goes the way that the post went, to every place that keeps it.

A post is named by its id or by its author. An author's posts are those in the history, those that
are on their way there, and those that became dead letters; what comes later is not among them.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from contracts import wire
from contracts.errors import InputError, WireError
from contracts.messages import MESSAGE_ID_MAX_CHARS, Deletion, DeletionReason
from contracts.settings import Kafka
from stores.history import History
from stores.kafka.batch import Record
from stores.kafka.dead_letters import is_letter
from stores.kafka.deletions import write_deletions
from stores.kafka.provenance import read_headers
from stores.kafka.reader import partitions_of
from stores.kafka.scan import (
    Offsets,
    committed_offsets,
    end_offsets,
    reading_topics,
    records_since,
    stored_offsets,
)

AGAIN_S = 0.2


@dataclass
class Wanted:
    """Posts that are to be erased.

    :ivar message_ids: each once, in the order in which they were asked for.
    :ivar found: those of them that something is kept of.
    :ivar out_of_reach: records with a post of the author under a key that names another post: no
        deletion of it reaches them.
    """

    message_ids: list[str] = field(default_factory=list)
    found: set[str] = field(default_factory=set)
    out_of_reach: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Forgotten:
    """Of which posts nothing is stored any more, in s since their deletions were asked for."""

    erased: set[str]
    seconds: float


def read_ids(path: Path) -> list[str]:
    """The ids in a file, one a line. :raises InputError: the file cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read ({error})", "name a text file with one message id a line"
        ) from None
    return [line.strip() for line in lines if line.strip()]


def require_ids(message_ids: Iterable[str], author_ids: Iterable[str]) -> None:
    """Check what was asked for. :raises InputError: one is not an id."""
    for kind, ids in (("message", message_ids), ("author", author_ids)):
        for each in ids:
            is_text = each == each.encode(errors="replace").decode()
            if not (is_text and 1 <= len(each) <= MESSAGE_ID_MAX_CHARS):
                raise InputError(
                    f"{each!a:.60} is no {kind} id",
                    f"one has 1 to {MESSAGE_ID_MAX_CHARS} characters",
                )


def find(
    kafka: Kafka, history: History, message_ids: Iterable[str], author_ids: Iterable[str]
) -> Wanted:
    """What is kept of these messages, and of all messages of these authors.

    :raises ServerError: a server is away.
    """
    wanted = Wanted()
    asked = dict.fromkeys(message_ids)
    if authors := {author_id: wire.encode(author_id) for author_id in author_ids}:
        with reading_topics():
            wanted.found = _unstored(kafka, authors, wanted.out_of_reach)
    for author_id in authors:
        wanted.found.update(m.message_id for m in history.messages_of_author(author_id))
    wanted.message_ids = list(asked | dict.fromkeys(sorted(wanted.found)))
    wanted.found |= history.stored(asked)
    return wanted


def forget(kafka: Kafka, history: History, wanted: Wanted, patience_s: float) -> Forgotten:
    """Ask for the deletions, and wait until they have reached the history and the dead letters.

    :param patience_s: longest wait.
    :raises ServerError: a server is away; asking again is safe.
    """
    begun = time.monotonic()
    with reading_topics():
        ends = end_offsets(kafka, kafka.invalid)
    stamp = _ask(kafka, wanted.message_ids)
    passed: set[str] = set()
    while True:
        with reading_topics():
            passed.update(_passed(kafka, ends, stamp))
        erased = passed - history.stored(passed)
        seconds = time.monotonic() - begun
        if erased.issuperset(wanted.message_ids) or seconds > patience_s:
            return Forgotten(erased, seconds)
        time.sleep(AGAIN_S)


def ask(kafka: Kafka, wanted: Wanted) -> None:
    """Ask for the deletions alone. :raises ServerError: not all are written."""
    _ask(kafka, wanted.message_ids)


def _ask(kafka: Kafka, message_ids: list[str]) -> str:
    """Write a deletion for each message; what all of them say as ``deleted_at``."""
    now = datetime.now(UTC)
    reason = DeletionReason.PRIVACY_REQUEST
    write_deletions(
        kafka, [Deletion(message_id=i, reason=reason, deleted_at=now) for i in message_ids]
    )
    return str(msgspec.to_builtins(now))


def _passed(kafka: Kafka, since: Offsets, stamp: str) -> Iterator[str]:
    """The ids of our deletions that have come to the invalid topic, which is their last station.

    :param since: where to read from; moves on.
    """
    for record in records_since(kafka, kafka.invalid, since):
        since[record.partition] = record.offset + 1
        if not is_letter(record) and read_headers(record).get("deleted_at") == stamp:
            yield _key(record)


def _unstored(kafka: Kafka, authors: dict[str, bytes], out_of_reach: list[str]) -> set[str]:
    """The keys of authors' posts that lie in the topics and not, or not yet, in the history.

    :param authors: id -> the id as JSON.
    """
    places: set[tuple[str, int, str]] = set()
    for record in _records_unstored(kafka):
        key = _key(record)
        if record.value is None:
            places.discard((record.topic, record.partition, key))
        elif any(json in record.value for json in authors.values()):
            fields = _fields(record.value)
            if fields and fields.get("author_id") not in [*authors]:
                continue
            if (fields.get("message_id") or key) == key:
                places.add((record.topic, record.partition, key))
            else:
                out_of_reach.append(f"{record.topic}[{record.partition}] offset {record.offset}")
    return {key for _, _, key in places}


def _records_unstored(kafka: Kafka) -> Iterator[Record]:
    """In the order in which messages travel, so that none slips by meanwhile."""
    committed = committed_offsets(kafka, partitions_of(kafka, kafka.raw))
    yield from records_since(kafka, kafka.raw, committed)
    stored = stored_offsets(kafka, partitions_of(kafka, kafka.processed))
    yield from records_since(kafka, kafka.processed, stored)
    yield from records_since(kafka, kafka.invalid, {})


def _fields(value: bytes) -> dict[str, Any]:
    """What a record's JSON says; nothing where it cannot be read."""
    try:
        return wire.decode_object(value)
    except WireError:
        return {}


def _key(record: Record) -> str:
    return (record.key or b"").decode(errors="replace")
