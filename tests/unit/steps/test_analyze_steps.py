"""Infer, enrich and publish, on batches made by hand."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import wire
from contracts.errors import SettingsError
from contracts.messages import (
    Analysis,
    Deletion,
    DeletionReason,
    Invalid,
    InvalidReason,
    Message,
    ProcessedMessage,
)
from contracts.settings import Settings
from dataflows.metrics import ANALYSED_MESSAGES
from dataflows.steps.enrich import Enrich, Taxonomy, load_taxonomy
from dataflows.steps.infer import Infer
from dataflows.steps.publish import Publish
from dataflows.steps.reposts import Reposts
from dataflows.steps.work import Outcome, Work
from stores.kafka.batch import Batch, Record
from stores.kafka.provenance import read_headers
from tests.support.messages import NOON, analysis, processed


class FailsOn:
    """An analyzer that fails on one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.waiting: list[int] = []

    def analyze(
        self,
        texts: Sequence[str],
        languages: Sequence[str | None] | None = None,
        *,
        waiting: int = 0,
    ) -> list[Analysis]:
        assert languages is not None
        self.waiting.append(waiting)
        if self.text in texts:
            raise RuntimeError(self.text)
        return [analysis() for _ in texts]


def message(text: str) -> Message:
    return Message(message_id=text, source="test", platform="x", text=text, created_at=NOON)


def work(*outcomes: Outcome) -> Work:
    records = [
        Record("raw", number % 3, number, 0, f"key-{number}".encode(), b"original", [("h", b"v")])
        for number in range(len(outcomes))
    ]
    return Work(Batch(records, {}, {}, None), list(outcomes))


def test_a_text_that_the_analyzer_fails_on_is_refused_and_the_others_are_not() -> None:
    invalid = Invalid(reason=InvalidReason.NOT_JSON, detail="")
    batch = work(message("a"), invalid, message("bad"), message("c"))
    outcomes = Infer(FailsOn("bad"))(batch).outcomes
    assert [type(outcome) for outcome in outcomes] == [
        ProcessedMessage,
        Invalid,
        Invalid,
        ProcessedMessage,
    ]
    assert outcomes[1] is invalid
    assert isinstance(outcomes[2], Invalid)
    assert outcomes[2].reason is InvalidReason.ANALYSIS_FAILED
    assert isinstance(outcomes[3], ProcessedMessage)
    assert outcomes[3].text == "c"


def test_the_analyzer_is_told_how_many_records_wait_and_each_tier_is_counted() -> None:
    def counted() -> float:
        return float(ANALYSED_MESSAGES.labels(analysis().model.tier)._value.get())

    before = counted()
    analyzer = FailsOn("bad")
    three = work(message("a"), message("b"), message("c"))
    Infer(analyzer)(replace(three, batch=replace(three.batch, waiting=700)))
    assert analyzer.waiting == [700]
    assert counted() == before + 3


def test_words_of_the_text_fill_what_the_source_left_open() -> None:
    enrich = Enrich(
        Taxonomy(
            product={"Aero One": ["aero"]},
            channel={"app": ["ios app"]},
            city={"Berlin": []},
            country={"Berlin": "Germany"},
        )
    )
    found, kept, part = enrich(
        work(
            processed(text="my AERO in berlin: the iOS app crashes"),
            processed(text="my aero in berlin", product="Nimbus", city="Paris", country="France"),
            processed(text="aerobics in berliner style"),
        )
    ).outcomes
    assert isinstance(found, ProcessedMessage)
    assert (found.product, found.channel, found.city, found.country) == (
        "Aero One",
        "app",
        "Berlin",
        "Germany",
    )
    assert isinstance(kept, ProcessedMessage)
    assert (kept.product, kept.city, kept.country) == ("Nimbus", "Paris", "France")
    assert isinstance(part, ProcessedMessage)
    assert (part.product, part.city) == (None, None)


@given(st.text(st.sampled_from("iI\u0131\u0130sS\u017fk\u212aparPARBERLINberlin "), max_size=30))
def test_any_letter_case_finds_a_name_or_none(text: str) -> None:
    enrich = Enrich(Taxonomy(city={"Paris": [], "Berlin": ["kiss"]}, country={"Paris": "France"}))
    (outcome,) = enrich(work(processed(text=f"x{text}"))).outcomes
    assert isinstance(outcome, ProcessedMessage)
    assert outcome.city in {"Paris", "Berlin", None}


def test_a_dotless_letter_does_not_stop_the_pipeline() -> None:
    enrich = Enrich(Taxonomy(city={"Paris": []}))
    (outcome,) = enrich(work(processed(text="I love Par\u0131s"))).outcomes
    assert isinstance(outcome, ProcessedMessage)
    assert outcome.city == "Paris"


def test_a_word_for_two_names_is_refused() -> None:
    with pytest.raises(SettingsError, match="stands for"):
        Enrich(Taxonomy(product={"A": ["one"], "B": ["one"]}))


def test_a_missing_taxonomy_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="GROUNDSWELL_ENRICHMENT_TAXONOMY"):
        load_taxonomy(tmp_path / "none.toml")


def test_the_shipped_taxonomy_is_one() -> None:
    Enrich(load_taxonomy(None))


def test_each_record_is_written_once_to_the_partition_it_came_from() -> None:
    deletion = Deletion(message_id="test:2", reason=DeletionReason.PRIVACY_REQUEST, deleted_at=NOON)
    invalid = Invalid(reason=InvalidReason.TEXT_EMPTY, detail="nothing there")
    batch = work(processed("test:1"), deletion, invalid)
    first, second, third = Publish(Settings())(batch).outgoing
    assert [o.partition for o in (first, second, third)] == [0, 1, 2]
    assert (first.topic, first.key) == ("sentiment.processed", b"test:1")
    assert wire.decode_processed(first.value or b"") == processed("test:1")
    assert (second.topic, second.key, second.value) == ("sentiment.processed", b"test:2", None)
    assert (third.topic, third.key, third.value) == ("sentiment.invalid", b"key-2", b"original")
    assert dict(third.headers) == {
        "h": b"v",
        "reason": b"text_empty",
        "detail": b"nothing there",
        "source_topic": b"raw",
        "source_partition": b"2",
        "source_offset": b"2",
        "source_timestamp": b"0",
    }
    assert dict(second.headers)["source_offset"] == b"1"


def test_the_books_are_told_of_late_messages_and_reposts() -> None:
    noon_ms = int(NOON.timestamp() * 1000)
    final_ms = noon_ms + 1000 * (60 + 900)
    batch = work(
        processed("test:1", text="Same  words"),
        processed("test:2", text="same words"),
        processed("test:1", text="same words"),
    )
    stamps = (final_ms, final_ms + 1, noon_ms)
    records = [
        replace(record, timestamp_ms=stamp)
        for record, stamp in zip(batch.batch.records, stamps, strict=True)
    ]
    work_ = replace(batch, batch=replace(batch.batch, records=records))
    headers = [read_headers(outgoing) for outgoing in Publish(Settings())(work_).outgoing]
    assert ["late" in each for each in headers] == [False, True, False]
    assert [each.get("repost_of") for each in headers] == [None, "test:1", None]


def test_no_more_texts_are_remembered_than_wished() -> None:
    reposts = Reposts(2)
    for text in "abc":
        assert reposts.first_of(message(text)) is None
    assert reposts.first_of(replace_id(message("b"), "other")) == "b"
    assert reposts.first_of(replace_id(message("a"), "other")) is None


def replace_id(said: Message, message_id: str) -> Message:
    return msgspec.structs.replace(said, message_id=message_id)
