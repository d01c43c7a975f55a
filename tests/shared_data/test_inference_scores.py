from functools import cache

import pytest

from contracts.errors import InputError
from contracts.settings import Inference
from inference.analyzer import load_analyzer, load_scorer
from inference.corpora import read_corpus
from inference.evaluation.churn import evaluate_churn
from inference.evaluation.offered import curve
from inference.evaluation.scores import TIERS, Report, Tier, evaluate, evaluate_language
from inference.scorers import Scorer
from tests.conftest import SHARED_DATA

pytestmark = pytest.mark.shared_data


@cache
def report(tier: Tier) -> Report:
    return evaluate(tier, SHARED_DATA)


@cache
def churn() -> dict[tuple[str, str, str], float]:
    scorers: dict[str, Scorer] = {
        tier: load_scorer(Inference(mode=tier, remembered_texts=0)) for tier in TIERS
    }
    return {
        (score.who, score.task, score.name): score.measured.value
        for score in evaluate_churn(scorers, SHARED_DATA)
    }


def value(tier: Tier, task: str, name: str) -> float:
    (score,) = [s for s in report(tier).scores if (s.task, s.name) == (task, name)]
    assert score.measured.low <= score.measured.value <= score.measured.high
    return score.measured.value


@pytest.mark.parametrize(
    ("task", "name", "fast", "accurate"),
    [
        ("sentiment", "macro recall", 0.71, 0.735),
        ("sentiment", "recall of negative", 0.65, 0.70),
        ("emotion", "macro F1 (comments with one label)", 0.58, 0.63),
        ("emotion", "macro recall (tweets; anger, joy, sadness)", 0.55, 0.55),
        ("toxicity", "area under ROC", 0.84, 0.86),
        ("toxicity", "precision of offensive", 0.65, 0.65),
    ],
)
def test_the_shipped_models_score_at_least(
    task: str, name: str, fast: float, accurate: float
) -> None:
    assert value("fast", task, name) >= fast
    assert value("accurate", task, name) >= accurate


@pytest.mark.parametrize("tier", ["fast", "accurate"])
def test_sentiment_confidence_is_calibrated(tier: Tier) -> None:
    assert value(tier, "sentiment", "calibration error") <= 0.03


@pytest.mark.parametrize(("tier", "held_out"), [("fast", 0.60), ("accurate", 0.75)])
def test_those_who_leave_are_found_and_few_others(tier: Tier, held_out: float) -> None:
    who = f"{tier}, with rules"

    assert churn()[who, "churn, held out", "F1 of leaving"] >= held_out
    assert churn()[who, "churn, development", "F1 of leaving"] >= 0.87
    assert churn()[who, "churn", "ordinary tweets taken for leaving"] <= 0.01


def test_few_english_posts_are_taken_for_another_language() -> None:
    scores = evaluate_language(SHARED_DATA)
    assert len(scores) == 6
    for score in scores:
        if score.name.startswith("stop words"):
            assert score.measured.value <= 0.01


def test_whatever_waits_the_cascade_is_no_worse_than_the_fast_tier() -> None:
    corpus = read_corpus(SHARED_DATA, "sentiment/val")
    analyzer = load_analyzer(Inference(remembered_texts=0))
    right = {
        waiting: sum(
            answer.sentiment_label == label
            for answer, label in zip(
                analyzer.analyze(corpus.texts, ["en"] * len(corpus.texts), waiting=waiting),
                corpus.first_labels,
                strict=True,
            )
        )
        for waiting in (10_000_000, 3_000)
    }
    assert right[3_000] >= right[10_000_000]


def test_under_load_every_text_is_answered_and_few_are_escalated() -> None:
    (point,) = curve(SHARED_DATA, rates=(40_000,), seconds=0.2)
    assert point.offered == 40_000
    assert point.macro_recall >= 0.7
    assert 0 <= point.escalated < 0.5
    assert point.p99_s > 0


def test_corpora_lose_the_escapes_of_the_published_files() -> None:
    assert not any("\\u20" in text for text in read_corpus(SHARED_DATA, "sentiment/val").texts)


def test_a_missing_corpus_is_named() -> None:
    with pytest.raises(InputError, match=r"nothing\.tsv\.gz cannot be read"):
        read_corpus(SHARED_DATA, "nothing")
