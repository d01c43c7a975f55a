"""Validation answers whatever comes, and what it accepts is a message of the contract."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import wire
from contracts.messages import Invalid, InvalidReason, Message
from contracts.settings import Validation
from dataflows.steps.clean import clean_text
from dataflows.steps.validate import Validate
from dataflows.steps.work import Outcome
from stores.kafka.batch import Batch, Record
from tests.support.nasty import GOOD, hand_made, payloads

NOW = datetime(2025, 6, 1, tzinfo=UTC)
validate = Validate(Validation(), now=lambda: NOW)


def outcome_of(value: bytes | None, key: bytes | None = None) -> Outcome:
    record = Record("raw", 0, 7, 1_748_736_000_000, key, value, [])
    (outcome,) = validate(Batch([record], {0: 8}, {0: 1}, None)).outcomes
    return outcome


def assert_answered(value: bytes) -> None:
    outcome = outcome_of(value)
    assert isinstance(outcome, Message | Invalid)
    if isinstance(outcome, Message):
        assert wire.decode_message(wire.encode(outcome)) == outcome
        assert outcome.text
        assert outcome.created_at.utcoffset() == NOW.utcoffset()


@given(payloads)
def test_any_payload_becomes_a_message_or_a_refusal(payload: bytes) -> None:
    assert_answered(payload)


def test_every_known_nasty_payload_becomes_a_message_or_a_refusal() -> None:
    for payload in hand_made():
        assert_answered(payload)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"message_id": "a\0b"}, InvalidReason.CONTROL_CHARACTER),
        ({"city": "a\nb\x07"}, InvalidReason.CONTROL_CHARACTER),
        ({"more": json.loads("[" * 200 + "]" * 200)}, InvalidReason.NESTED_TOO_DEEP),
        ({"more": [1e15] * 150_000}, InvalidReason.TOO_LARGE),
        ({"text": "x" * 10_001}, InvalidReason.TEXT_TOO_LONG),
        ({"text": " \u200b"}, InvalidReason.TEXT_EMPTY),
        ({"text": 5}, InvalidReason.FIELD_WRONG_TYPE),
        ({"platform": "x" * 129}, InvalidReason.FIELD_TOO_LONG),
        ({"source": None}, InvalidReason.FIELD_MISSING),
        ({"created_at": "2025-03-01T12:30:00"}, InvalidReason.CREATED_AT_UNREADABLE),
        ({"created_at": "0000-01-01T00:00:00Z"}, InvalidReason.CREATED_AT_UNREADABLE),
        ({"created_at": "1999-12-31T23:59:59Z"}, InvalidReason.CREATED_AT_TOO_OLD),
        ({"created_at": "9999-12-31T23:59:59Z"}, InvalidReason.CREATED_AT_IN_FUTURE),
        ({"schema_version": 2}, InvalidReason.SCHEMA_VERSION_UNKNOWN),
    ],
)
def test_a_refusal_says_why(fields: dict[str, object], reason: InvalidReason) -> None:
    payload = json.dumps({**GOOD, **fields}).replace("1000000000000000.0", "1e15")
    outcome = outcome_of(payload.encode())
    assert isinstance(outcome, Invalid)
    assert outcome.reason is reason
    assert outcome.detail


@given(st.binary(max_size=200), st.lists(st.tuples(st.text(max_size=10), st.binary(max_size=40))))
def test_any_tombstone_is_answered(key: bytes, headers: list[tuple[str, bytes | None]]) -> None:
    record = Record("raw", 0, 7, 1_748_736_000_000, key, None, headers)
    assert len(validate(Batch([record], {0: 8}, {0: 1}, None)).outcomes) == 1


@given(st.text())
def test_cleaning_twice_is_cleaning_once_for_text_without_entities(text: str) -> None:
    once = clean_text(text.replace("&", "and"))
    assert clean_text(once) == once
