"""Validation answers whatever comes, and what it accepts is a message of the contract."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from contracts import wire
from contracts.messages import Invalid, Message
from contracts.settings import Validation
from dataflows.steps.clean import clean_text
from dataflows.steps.validate import Validate
from dataflows.steps.work import Outcome
from stores.kafka.batch import Batch, Record
from tests.support.nasty import hand_made, payloads

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


@given(st.binary(max_size=200), st.lists(st.tuples(st.text(max_size=10), st.binary(max_size=40))))
def test_any_tombstone_is_answered(key: bytes, headers: list[tuple[str, bytes | None]]) -> None:
    record = Record("raw", 0, 7, 1_748_736_000_000, key, None, headers)
    assert len(validate(Batch([record], {0: 8}, {0: 1}, None)).outcomes) == 1


@given(st.text())
def test_cleaning_twice_is_cleaning_once_for_text_without_entities(text: str) -> None:
    once = clean_text(text.replace("&", "and"))
    assert clean_text(once) == once
