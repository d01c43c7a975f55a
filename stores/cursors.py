"""Cursors of message pages: where the last page ended, opaque to who passes them on."""

import base64
import binascii
from datetime import datetime, timedelta

import msgspec

from contracts.aggregates import EPOCH
from contracts.errors import InputError
from contracts.messages import ProcessedMessage

MICROSECOND = timedelta(microseconds=1)
_decoder = msgspec.json.Decoder(tuple[int, str])


def to_micros(time: datetime) -> int:
    """Microseconds since 1970-01-01 UTC."""
    return (time - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The time that :func:`to_micros` numbers."""
    return EPOCH + timedelta(microseconds=micros)


def cursor_after(message: ProcessedMessage) -> str:
    """The cursor of the page that follows ``message``."""
    position = (to_micros(message.created_at), message.message_id)
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode()


def read_cursor(cursor: str) -> tuple[int, str]:
    """``created_at`` in microseconds and id of the last message seen.

    :raises InputError: it is not a cursor of ours.
    """
    try:
        micros, message_id = _decoder.decode(base64.urlsafe_b64decode(cursor))
        from_micros(micros)
    except (ValueError, OverflowError, binascii.Error, msgspec.MsgspecError):
        raise InputError(
            f"cursor {cursor[:40]!r} is not one of ours", "pass the cursor of an earlier page"
        ) from None
    return micros, message_id
