import math
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from contracts.messages import EMOTIONS, Analysis
from contracts.wire import encode
from inference.analyzer import Analyzer, FastAnalyzer, load_analyzer
from inference.model import FastModel, Probabilities, load_model

NASTY = [
    "",
    " \t\r\n",
    "\x00\x01\x1b\x7f",
    "😀" * 2000,
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "\ud800 lone \udfff surrogates",
    "a" * 10_000,
    "word " * 2000,
    " ".join(f"w{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}x" for n in range(2000)),
    "!" * 10_000,
    "&" * 10_000,
    "@" * 10_000,
    "#" * 10_000,
    "http://" + "x" * 9_993,
    "Z̸̢a̷l̵g̶o̴" * 500,
    "\u202e reversed \u2066",
    "\U0010ffff\ufffe",
    "مرحبا 你好 שלום",
]


class CountingModel(FastModel):
    """The shipped model, counting the texts it is asked about."""

    def __init__(self, model: FastModel) -> None:
        super().__init__(model.manifest, model._session, model.churn_weights)
        self.scored = 0

    def probabilities(self, rows: NDArray[np.int32]) -> Probabilities:
        self.scored += len(rows)
        return super().probabilities(rows)


load_once = cache(load_analyzer)


@pytest.fixture
def analyzer() -> Analyzer:
    return load_once()


def of(analyzer: Analyzer, text: str) -> Analysis:
    return analyzer.analyze([text])[0]


def numbers(analysis: Analysis) -> list[float]:
    return [
        analysis.sentiment_score,
        analysis.sentiment_confidence,
        analysis.toxicity,
        analysis.churn_risk,
        *analysis.emotion_scores.values(),
    ]


def assert_valid(analysis: Analysis) -> None:
    assert all(math.isfinite(number) for number in numbers(analysis))
    assert list(analysis.emotion_scores) == list(EMOTIONS)
    assert sum(analysis.emotion_scores.values()) == pytest.approx(1, abs=1e-5)
    assert msgspec.json.decode(encode(analysis), type=Analysis) == analysis


def assert_same(one: Analysis, other: Analysis) -> None:
    assert numbers(one) == pytest.approx(numbers(other), abs=1e-6)
    assert one.churn_signals == other.churn_signals
    assert one.language_supported == other.language_supported


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_have_an_answer(analyzer: Analyzer, text: str) -> None:
    assert_valid(of(analyzer, text))


@given(st.lists(st.text(st.characters(), max_size=80), max_size=12))
@settings(deadline=None)
def test_any_texts_have_an_answer_each_whatever_shares_their_batch(texts: list[str]) -> None:
    analyzer = load_once()
    together = analyzer.analyze(texts)
    assert len(together) == len(texts)
    for text, analysis in zip(texts, together, strict=True):
        assert_valid(analysis)
        assert_same(analysis, of(analyzer, text))


def test_a_large_mixed_batch_gives_each_text_what_it_gets_alone(analyzer: Analyzer) -> None:
    texts = NASTY + [f"I am {'very ' * (n % 40)}happy with order {n}, thanks" for n in range(400)]
    for text, analysis in zip(texts, analyzer.analyze(texts), strict=True):
        assert_same(analysis, of(analyzer, text))


def test_no_texts_have_no_answers(analyzer: Analyzer) -> None:
    assert analyzer.analyze([]) == []


def test_exact_duplicates_are_scored_once() -> None:
    model = CountingModel(load_model())
    answers = FastAnalyzer(model).analyze(["so good", "so bad", "so good", "so good"])
    assert model.scored == 2
    assert answers[0] == answers[2] == answers[3] != answers[1]


def test_the_same_text_in_two_languages_is_judged_by_its_own(analyzer: Analyzer) -> None:
    english, german = analyzer.analyze(["so good"] * 2, ["en", "de"])
    assert english.language_supported
    assert not german.language_supported


def test_an_unsupported_language_gets_neutral_placeholders(analyzer: Analyzer) -> None:
    analysis = analyzer.analyze(["I hate you, cancel my contract"], ["fr"])[0]
    assert (analysis.sentiment_label, analysis.sentiment_score) == ("neutral", 0.0)
    assert (analysis.sentiment_confidence, analysis.emotion) == (0.0, "neutral")
    assert (analysis.toxicity, analysis.churn_risk, analysis.churn_signals) == (0.0, 0.0, [])
    assert not analysis.language_supported


def test_languages_must_be_one_a_text(analyzer: Analyzer) -> None:
    with pytest.raises(ValueError, match="shorter"):
        analyzer.analyze(["a", "b"], ["en"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I love this so much, best day ever!", {"sentiment_label": "positive", "emotion": "joy"}),
        ("Thank you, great service", {"sentiment_label": "positive"}),
        ("This is the worst phone I have ever had", {"sentiment_label": "negative"}),
        ("I hate waiting for this stupid bus", {"sentiment_label": "negative"}),
        ("The store opens on Monday at 9 am", {"sentiment_label": "neutral"}),
        ("I am so sad, I miss my dog and I keep crying", {"emotion": "sadness"}),
        ("I'm terrified, this is so scary", {"emotion": "fear"}),
        ("Wow, I did not expect that, what a surprise!", {"emotion": "surprise"}),
        ("I am so angry right now, this makes me furious", {"emotion": "anger"}),
    ],
)
def test_plain_sentences_get_the_label_a_reader_would_give(
    analyzer: Analyzer, text: str, expected: dict[str, Any]
) -> None:
    analysis = of(analyzer, text)
    assert {name: getattr(analysis, name) for name in expected} == expected


def test_insults_are_toxic_and_thanks_are_not(analyzer: Analyzer) -> None:
    assert of(analyzer, "shut up you fucking idiot").toxicity > 0.8
    assert of(analyzer, "thank you for the kind words").toxicity < 0.2


def test_the_sentiment_score_has_the_sign_of_its_label(analyzer: Analyzer) -> None:
    assert of(analyzer, "awful, terrible, I am disgusted").sentiment_score < -0.3
    assert of(analyzer, "wonderful, amazing, thank you").sentiment_score > 0.3


def test_every_analysis_names_its_model(analyzer: Analyzer) -> None:
    assert of(analyzer, "hello").model.tier == "fast"
