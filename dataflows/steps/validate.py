"""Turn a batch's raw records into messages, deletions, or refusals with a reason; never raises."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from contracts import wire
from contracts.errors import WireError
from contracts.messages import (
    SCHEMA_VERSION,
    TEXT_MAX_CHARS,
    Deletion,
    DeletionReason,
    Invalid,
    InvalidReason,
    Message,
    Utc,
)
from contracts.settings import Validation
from contracts.topics import MESSAGE_MAX_BYTES
from dataflows.metrics import INVALID_MESSAGES
from dataflows.steps.clean import CONTROL, clean_text
from dataflows.steps.work import Outcome, Work
from stores.kafka.batch import Batch, Record

REQUIRED = ("message_id", "source", "platform", "text", "created_at")
NESTING_MAX = 100


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Validate:
    """Batch -> Work."""

    def __init__(self, settings: Validation, now: Callable[[], datetime] = utc_now) -> None:
        """:param now: the clock that "in the future" is judged by."""
        self._settings = settings
        self._now = now

    def __call__(self, batch: Batch) -> Work:
        """The outcome of each record."""
        latest = self._now() + timedelta(seconds=self._settings.future_seconds)
        outcomes = [self._outcome(record, latest) for record in batch.records]
        reasons = Counter(o.reason for o in outcomes if isinstance(o, Invalid))
        for reason, count in reasons.items():
            INVALID_MESSAGES.labels(reason).inc(count)
        return Work(batch, outcomes)

    def _outcome(self, record: Record, latest: datetime) -> Outcome:
        try:
            if record.value is None:
                return _deletion(record)
            return self._message(record, record.value, latest)
        except Refused as refusal:
            return refusal.invalid

    def _message(self, record: Record, value: bytes, latest: datetime) -> Outcome:
        if len(value) > self._settings.max_bytes:
            raise Refused(InvalidReason.TOO_LARGE, f"{len(value)} bytes")
        fields = _decode(value)
        _require(fields)
        fields["text"] = _text(fields["text"])
        fields["created_at"] = self._created_at(fields["created_at"], latest)
        given = fields.get("ingested_at")
        arrived_at = _appended_at(record)
        fields["ingested_at"] = arrived_at if given is None else _time("ingested_at", given)
        message = _convert({name: _name(name, value) for name, value in fields.items()})
        if record.key is not None and record.key != message.message_id.encode():
            raise Refused(InvalidReason.KEY_MISMATCH, f"the record's key is {record.key!r:.140}")
        return message

    def _created_at(self, given: object, latest: datetime) -> datetime:
        created_at = _time("created_at", given)
        if created_at < self._settings.oldest:
            raise Refused(InvalidReason.CREATED_AT_TOO_OLD, created_at.isoformat())
        if created_at > latest:
            raise Refused(InvalidReason.CREATED_AT_IN_FUTURE, created_at.isoformat())
        return created_at


class Refused(Exception):  # noqa: N818 -- control flow within this module, not an error
    """Carries the refusal out of the checks."""

    def __init__(self, reason: InvalidReason, detail: str) -> None:
        super().__init__(reason)
        self.invalid = Invalid(reason=reason, detail=detail)


def _decode(value: bytes) -> dict[str, Any]:
    try:
        value.decode()
    except UnicodeDecodeError as error:
        raise Refused(InvalidReason.NOT_UTF8, f"byte {error.start}") from None
    try:
        return wire.decode_object(value)
    except WireError as error:
        whole = value.lstrip()[:1]
        is_other_json = whole in (b"[", b'"') and "got" in error.what
        reason = InvalidReason.NOT_AN_OBJECT if is_other_json else InvalidReason.NOT_JSON
        raise Refused(reason, error.what) from None


def _require(fields: dict[str, Any]) -> None:
    version = fields.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise Refused(
            InvalidReason.SCHEMA_VERSION_UNKNOWN,
            f"{version!r:.40}, this version reads {SCHEMA_VERSION}",
        )
    for name in REQUIRED:
        if fields.get(name) is None:
            raise Refused(InvalidReason.FIELD_MISSING, name)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Refused(InvalidReason.FIELD_WRONG_TYPE, f"text is {type(value).__name__}, not str")
    text = clean_text(value)
    if not text:
        raise Refused(InvalidReason.TEXT_EMPTY, f"{len(value)} characters, none of them to read")
    if len(text) > TEXT_MAX_CHARS:
        raise Refused(InvalidReason.TEXT_TOO_LONG, f"{len(text)} characters")
    return text


def _time(name: str, value: object) -> datetime:
    try:
        return msgspec.convert(value, Utc).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise Refused(
            InvalidReason.CREATED_AT_UNREADABLE,
            f"{name} is {value!r:.60}, not RFC 3339 with an offset",
        ) from None


def _name(field: str, value: object) -> object:
    """Ids and names carry no control characters; a blank one counts as not given."""
    if field == "text" or field not in Message.__struct_fields__:
        if _depth(value) > NESTING_MAX:
            raise Refused(InvalidReason.NESTED_TOO_DEEP, f"{field}: over {NESTING_MAX} levels")
        return value
    if not isinstance(value, str):
        return value
    if CONTROL.search(value):
        raise Refused(InvalidReason.CONTROL_CHARACTER, f"{field} is {value!r:.140}")
    return value.strip() or None


def _depth(value: object) -> int:
    """Levels of lists and objects, counted no further than matters."""
    level, depth = [value], 0
    while depth <= NESTING_MAX:
        inner = [each for each in level if isinstance(each, list | dict)]
        if not inner:
            break
        depth += 1
        level = [
            element
            for each in inner
            for element in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _convert(fields: dict[str, Any]) -> Message:
    try:
        message = wire.to_message(fields)
        size = len(wire.encode(message))
    except WireError as error:
        long = "length <=" in error.what
        reason = InvalidReason.FIELD_TOO_LONG if long else InvalidReason.FIELD_WRONG_TYPE
        raise Refused(reason, error.what) from None
    except (msgspec.MsgspecError, OverflowError, RecursionError, ValueError) as error:
        raise Refused(InvalidReason.FIELD_WRONG_TYPE, f"cannot be written back: {error}") from None
    if size > MESSAGE_MAX_BYTES:
        raise Refused(InvalidReason.TOO_LARGE, f"{size} bytes when written back")
    return message


def _appended_at(record: Record) -> datetime:
    """When the broker took the record."""
    return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)


def _deletion(record: Record) -> Deletion:
    if not record.key:
        raise Refused(InvalidReason.TOMBSTONE_WITHOUT_KEY, "a deletion names no message")
    headers = {
        name: value.decode(errors="replace") for name, value in record.headers if value is not None
    }
    fields: dict[str, Any] = {
        "message_id": record.key.decode(errors="replace"),
        "reason": headers.get("reason", DeletionReason.DELETED_AT_SOURCE),
        "deleted_at": headers.get("deleted_at", _appended_at(record)),
        "created_at": headers.get("created_at"),
        "platform": headers.get("platform"),
    }
    try:
        return msgspec.convert(fields, Deletion)
    except msgspec.ValidationError as error:
        raise Refused(InvalidReason.FIELD_WRONG_TYPE, f"deletion header: {error}") from None
