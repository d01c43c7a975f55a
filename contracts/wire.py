"""The only JSON codec: what goes over Kafka, Redis, HTTP and WebSocket is encoded here.

Times are RFC 3339 in UTC. Unknown fields of a message are kept in ``extra`` and written back.
"""

from typing import Any, cast

import msgspec

from contracts.aggregates import Aggregate
from contracts.completeness import Completeness, Tally
from contracts.errors import WireError
from contracts.messages import Message, ProcessedMessage

WITHOUT_MESSAGES = (Aggregate, Tally, Completeness)
"""Types that no message is in: they are encoded as they are."""

_encoder = msgspec.json.Encoder()
_object_decoder = msgspec.json.Decoder(dict[str, Any])
_tally_decoder = msgspec.json.Decoder(Tally)
_aggregate_decoder = msgspec.json.Decoder(Aggregate)
_known_fields = {
    kind: frozenset(kind.__struct_fields__) - {"extra"} for kind in (Message, ProcessedMessage)
}


def encode(value: object) -> bytes:
    """A contract type, or anything made of them, as JSON, UTF-8."""
    return _encoder.encode(to_object(value))


def to_object(value: Any) -> Any:
    """The value with every message turned into a dictionary, unknown fields at its top level."""
    if isinstance(value, Message):
        fields = msgspec.structs.asdict(value)
        extra = fields.pop("extra")
        return {**extra, **fields} if extra else fields
    if isinstance(value, list):
        return [to_object(element) for element in value]
    if isinstance(value, msgspec.Struct) and not isinstance(value, WITHOUT_MESSAGES):
        return {
            name: to_object(field)
            for name in value.__struct_fields__
            if (field := getattr(value, name)) is not msgspec.UNSET
        }
    return value


def decode_object(payload: bytes | str) -> dict[str, Any]:
    """JSON text of an object.

    :raises WireError: it is not JSON, or not an object.
    """
    try:
        return _object_decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise WireError(f"not a JSON object: {error}") from None


def to_message(fields: dict[str, Any]) -> Message:
    """A dictionary as a message; fields that the contract does not name go to ``extra``.

    :raises WireError: a field is missing, or its value is not what the contract says.
    """
    return _convert(fields, Message)


def decode_message(payload: bytes | str) -> Message:
    """JSON as a message. :raises WireError: see :func:`to_message`."""
    return _convert(decode_object(payload), Message)


def decode_processed(payload: bytes | str) -> ProcessedMessage:
    """JSON as a processed message. :raises WireError: see :func:`to_message`."""
    return cast(ProcessedMessage, _convert(decode_object(payload), ProcessedMessage))


def decode_aggregate(payload: bytes | str) -> Aggregate:
    """JSON as an aggregate. :raises WireError: it is not one."""
    try:
        return _aggregate_decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise WireError(f"not an aggregate: {error}") from None


def decode_tally(payload: bytes | str) -> Tally:
    """JSON as a tally. :raises WireError: it is not one."""
    try:
        return _tally_decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise WireError(f"not a tally: {error}") from None


def _convert(fields: dict[str, Any], kind: type[Message]) -> Message:
    known = _known_fields[kind]
    extra = {name: value for name, value in fields.items() if name not in known}
    contract = {name: value for name, value in fields.items() if name in known}
    if extra:
        contract["extra"] = extra
    try:
        return msgspec.convert(contract, kind)
    except msgspec.ValidationError as error:
        raise WireError(f"not a {kind.__name__}: {error}") from None
