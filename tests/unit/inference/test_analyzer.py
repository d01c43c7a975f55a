import math
from functools import cache
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.messages import EMOTIONS, Analysis
from contracts.settings import Inference
from contracts.wire import encode
from inference.analyzer import Explainer, load_analyzer

Mode = Literal["fast", "accurate", "cascade"]
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


MODES: tuple[Mode, ...] = ("fast", "accurate", "cascade")


@cache
def load_once(mode: Mode = "cascade") -> Explainer:
    # With this much time, load never decides which tier answers.
    return load_analyzer(Inference(mode=mode, latency_seconds=1e6))


@pytest.fixture(params=MODES)
def analyzer(request: pytest.FixtureRequest) -> Explainer:
    return load_once(request.param)


def of(analyzer: Explainer, text: str) -> Analysis:
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
    assert numbers(one) == numbers(other)
    assert one.churn_signals == other.churn_signals
    assert one.language_supported == other.language_supported


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_have_an_answer(analyzer: Explainer, text: str) -> None:
    assert_valid(of(analyzer, text))


@given(st.lists(st.text(st.characters(), max_size=80), max_size=12), st.sampled_from(MODES))
@settings(deadline=None)
def test_any_texts_have_an_answer_each_whatever_shares_their_batch(
    texts: list[str], mode: Mode
) -> None:
    analyzer = load_once(mode)
    together = analyzer.analyze(texts)
    assert len(together) == len(texts)
    for text, analysis in zip(texts, together, strict=True):
        assert_valid(analysis)
        assert_same(analysis, of(analyzer, text))


def test_a_large_mixed_batch_gives_each_text_what_it_gets_alone(analyzer: Explainer) -> None:
    texts = NASTY + [f"I am {'very ' * (n % 40)}happy with order {n}, thanks" for n in range(400)]
    for text, analysis in zip(texts, analyzer.analyze(texts), strict=True):
        assert_same(analysis, of(analyzer, text))


def test_no_texts_have_no_answers(analyzer: Explainer) -> None:
    assert analyzer.analyze([]) == []


def test_the_same_text_in_two_languages_is_judged_by_its_own(analyzer: Explainer) -> None:
    english, german = analyzer.analyze(["so good"] * 2, ["en", "de"])
    assert english.language_supported
    assert not german.language_supported


def test_an_unsupported_language_gets_neutral_placeholders(analyzer: Explainer) -> None:
    analysis = analyzer.analyze(["I hate you, cancel my contract"], ["fr"])[0]
    assert (analysis.sentiment_label, analysis.sentiment_score) == ("neutral", 0.0)
    assert (analysis.sentiment_confidence, analysis.emotion) == (0.0, "neutral")
    assert (analysis.toxicity, analysis.churn_risk, analysis.churn_signals) == (0.0, 0.0, [])
    assert not analysis.language_supported


def test_languages_must_be_one_a_text(analyzer: Explainer) -> None:
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
    analyzer: Explainer, text: str, expected: dict[str, Any]
) -> None:
    analysis = of(analyzer, text)
    assert {name: getattr(analysis, name) for name in expected} == expected


def test_insults_are_toxic_and_thanks_are_not(analyzer: Explainer) -> None:
    assert of(analyzer, "shut up you fucking idiot").toxicity > 0.8
    assert of(analyzer, "thank you for the kind words").toxicity < 0.2


def test_the_sentiment_score_has_the_sign_of_its_label(analyzer: Explainer) -> None:
    assert of(analyzer, "awful, terrible, I am disgusted").sentiment_score < -0.3
    assert of(analyzer, "wonderful, amazing, thank you").sentiment_score > 0.3


def test_every_analysis_names_the_model_that_answered() -> None:
    for mode in ("fast", "accurate"):
        assert of(load_once(mode), "hello").model.tier == mode


def test_where_nothing_waits_the_accurate_tier_answers() -> None:
    assert of(load_analyzer(), "hello").model.tier == "accurate"


def test_the_more_texts_wait_the_fewer_get_the_accurate_tier() -> None:
    analyzer = load_analyzer(Inference(latency_seconds=1.0))
    texts = [f"the {n}th update is out, not sure whether I like it" for n in range(50)]
    accurate = [
        sum(answer.model.tier == "accurate" for answer in analyzer.analyze(texts, waiting=waiting))
        for waiting in (0, 1000, 1_000_000)
    ]
    assert accurate == sorted(accurate, reverse=True)
    assert (accurate[0], accurate[-1]) == (50, 0)


def test_no_tier_is_asked_twice_for_a_repost_and_the_answer_stays() -> None:
    analyzer = load_once("cascade")
    first = of(analyzer, "the same words again and again")
    assert analyzer.analyze(["the same words again and again"] * 3) == [first] * 3


@pytest.mark.parametrize(
    ("own", "competitors", "is_high"),
    [((), (), True), (("Kestova",), ("Velmora",), False), (("Velmora",), ("Kestova",), True)],
)
def test_who_is_left_decides_whether_it_is_churn(
    own: tuple[str, ...], competitors: tuple[str, ...], is_high: bool
) -> None:
    settings = Inference(mode="fast", own=own, competitors=competitors)
    text = "Done with Velmora, I am switching to Kestova on Monday"
    analysis = of(load_analyzer(settings), text)
    assert (analysis.churn_risk >= settings.churn_threshold) is is_high
    assert bool(analysis.churn_signals) is is_high


def test_an_explanation_comes_from_the_tier_that_answered(analyzer: Explainer) -> None:
    text = "the new screen is terrible"
    why = {part.words: part.weight for part in analyzer.explain(text, of(analyzer, text))}
    assert list(why) == text.split()
    assert min(why, key=why.__getitem__) == "terrible"


def test_what_was_not_read_is_not_explained(analyzer: Explainer) -> None:
    text = "Das ist nicht gut und ich bin weg"
    assert analyzer.explain(text, of(analyzer, text)) == []
