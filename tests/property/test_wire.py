"""What is encoded is decoded to the same, unknown fields included."""

import json

import jsonschema
import pytest
from hypothesis import given

from contracts import wire
from contracts.aggregates import total_by_key
from contracts.documents import SCHEMAS, documents
from contracts.errors import WireError
from contracts.messages import Message, ProcessedMessage
from tests.support.messages import NOON, messages, processed, processed_messages

VALIDATORS = {
    path.name.removesuffix(".schema.json"): jsonschema.Draft202012Validator(json.loads(text))
    for path, text in documents().items()
    if path.suffix == ".json"
}


@given(messages)
def test_a_message_survives_the_round_trip(message: Message) -> None:
    encoded = wire.encode(message)
    assert wire.decode_message(encoded) == message
    VALIDATORS["message"].validate(json.loads(encoded))


@given(processed_messages)
def test_a_processed_message_survives_the_round_trip(message: ProcessedMessage) -> None:
    encoded = wire.encode(message)
    assert wire.decode_processed(encoded) == message
    VALIDATORS["processed-message"].validate(json.loads(encoded))


@given(processed_messages)
def test_an_aggregate_survives_the_round_trip(message: ProcessedMessage) -> None:
    for (dimension, key), totals in total_by_key([message], 0.5).items():
        aggregate = totals.aggregate(
            dimension=dimension,
            key=key,
            window_start=NOON,
            window_end=NOON,
            revision=1,
            final=False,
            updated_at=NOON,
        )
        encoded = wire.encode(aggregate)
        assert wire.decode_aggregate(encoded) == aggregate
        VALIDATORS["aggregate"].validate(json.loads(encoded))


def test_unknown_fields_stand_at_the_top_level_on_the_wire() -> None:
    message = processed(extra={"reach": 12})
    assert json.loads(wire.encode(message))["reach"] == 12
    assert "extra" not in json.loads(wire.encode({"messages": [message]}["messages"]))[0]


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"message_id": 1}', b"\xff"])
def test_what_is_no_message_is_refused(payload: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode_message(payload)


def test_generated_documents_are_up_to_date() -> None:
    for path, text in documents().items():
        assert path.read_text() == text, f"{path.name} is out of date: make docs"


def test_every_contract_has_a_schema() -> None:
    assert set(SCHEMAS) == set(VALIDATORS)
