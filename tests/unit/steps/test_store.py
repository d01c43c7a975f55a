"""What storing a batch tells the invalid topic and the listeners, on a real SQLite history."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.messages import Erased
from contracts.wire import to_object
from dataflows.steps.announce import Announce
from dataflows.steps.store import Stored
from stores.kafka.dead_letters import dead_letter, erasure, is_letter
from stores.kafka.provenance import read_headers, to_headers
from tests.support.half import Half
from tests.support.messages import analysis, processed

DELETION = {"reason": "deleted_at_source", "deleted_at": "2026-01-01T00:00:00Z"}


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Half]:
    half = Half(tmp_path / "history.sqlite")
    yield half
    half.history.close()


def test_a_deletion_comes_after_the_dead_letters_that_were_before_it(half: Half) -> None:
    unreadable = replace(half.record(None, "a", partition=2), value=b"{")
    deletion = half.record(None, "a", partition=2)
    later = replace(half.record(None, "b", partition=2), value=b"{")
    half.store([unreadable, deletion, later])
    assert [record for record, _ in half.told] == [unreadable, deletion, later]
    assert [why is None for _, why in half.told] == [False, True, False]


def test_what_erases_dead_letters_has_their_place_and_says_why(half: Half) -> None:
    headers = to_headers(**DELETION, stamp="not of the deletion", source_topic="raw")
    deletion = replace(half.record(None, "a", partition=2), headers=headers)
    tombstone = erasure("invalid", deletion)
    assert (tombstone.topic, tombstone.partition) == ("invalid", 2)
    assert (tombstone.key, tombstone.value) == (b"a", None)
    said = read_headers(tombstone)
    assert said | DELETION == said
    assert said["source_topic"] == "processed"
    assert "stamp" not in said


def test_the_letter_of_a_refused_deletion_is_a_letter_though_it_has_no_bytes(half: Half) -> None:
    refused = replace(half.record(None, "a"), value=b"{")
    half.store([refused])
    ((_, why),) = half.told
    assert why is not None
    deletion = half.record(None, "a")
    letter = dead_letter("invalid", deletion, why)
    assert letter.value is None
    assert is_letter(replace(deletion, headers=letter.headers))
    for headers in ({}, DELETION):
        tombstone = erasure("invalid", replace(deletion, headers=to_headers(**headers)))
        assert not is_letter(replace(deletion, headers=tombstone.headers))


def test_a_message_that_its_own_batch_erases_is_not_new(half: Half) -> None:
    first, again = processed("a", text="first"), processed("a", text="again")
    records = [half.record(first, "a"), half.record(None, "a"), half.record(None, "unknown")]
    stored = half.store(records)
    assert stored.new == []
    assert stored.erased == ["a", "unknown"]
    assert stored.touched == {first.created_at}
    stored = half.store([half.record(None, "a"), half.record(again, "a")])
    assert [message.text for message in stored.new] == ["again"]


def test_every_erased_message_is_announced_and_before_what_is_new() -> None:
    risky = processed("a", said=analysis(churn_risk=0.9))
    stored = Stored(0, new=[risky], erased=[str(number) for number in range(50)])
    told = Announce(0.5, messages_per_second=1)(stored)
    assert told[:50] == [Erased(message_id=str(number)) for number in range(50)]
    assert [to_object(each)["message_id"] for each in told[50:]] == ["a", "a"]
