"""How good the models are, on the splits that they were not trained on."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contracts.messages import EMOTIONS, SENTIMENT_LABELS, Analysis
from contracts.settings import Inference
from inference.analyzer import Analyzer, load_analyzer, load_scorer
from inference.corpora import read_corpus
from inference.evaluation.churn import evaluate_churn
from inference.evaluation.measures import (
    Bin,
    Measured,
    Score,
    area_under_roc,
    calibration_bins,
    calibration_error,
    confusion,
    macro_f1,
    macro_recall,
    measure,
    precision,
    recall,
    share,
)
from inference.evaluation.offered import Point, curve
from inference.language import may_be_english
from inference.scorers import Scorer

Tier = Literal["fast", "accurate"]
TIERS: tuple[Tier, ...] = ("fast", "accurate")
ENGLISH = ("sentiment/val", "emotion/val", "toxicity/offensive-val")
HIGH = 0.5
_NEGATION = re.compile(r"(?i)\b(?:not?|never|none|nobody|nothing|cannot|without|\w+n['\u2019]t)\b")
_EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]|[:;]-?[)(DP]")
Strings = NDArray[np.str_]
_LONG, _SHORT = 22, 14
SLICES: Mapping[str, Callable[[str], bool]] = {
    f"up to {_SHORT} words": lambda text: len(text.split()) <= _SHORT,
    f"{_SHORT + 1} to {_LONG} words": lambda text: _SHORT < len(text.split()) <= _LONG,
    f"over {_LONG} words": lambda text: len(text.split()) > _LONG,
    "with a negation": lambda text: bool(_NEGATION.search(text)),
    "with an emoji or emoticon": lambda text: bool(_EMOJI.search(text)),
    "with a hashtag": lambda text: "#" in text,
    "with a question": lambda text: "?" in text,
}


class Report(NamedTuple):
    """Everything that was measured of one tier."""

    scores: list[Score]
    confusion: NDArray[np.int64]
    bins: list[Bin]
    slices: list[Score]


class Evaluation(NamedTuple):
    """Everything that was measured."""

    tiers: dict[Tier, Report]
    others: list[Score]
    curve: list[Point]

    def lines(self) -> Iterator[str]:
        """The figures, a line each."""
        for score in [*(s for report in self.tiers.values() for s in report.scores), *self.others]:
            value, low, high, texts = score.measured
            interval = f"{low:.3f} to {high:.3f}"
            yield (
                f"{score.who:10} {score.task:14} {score.name:46} {value:.3f}  ({interval};"
                f" {texts:,} texts)"
            )
        for point in self.curve:
            yield (
                f"cascade at {point.offered:6,} messages/s: macro recall {point.macro_recall:.3f},"
                f" {point.escalated:.1%} escalated, {point.answered:,.0f}/s answered,"
                f" 99 % within {point.p99_s:.2f} s"
            )


def evaluate_all(data: Path) -> Evaluation:
    """Measure both tiers, churn risk, the language guess, and the cascade under load.

    :param data: the folder of the corpora.
    :raises InputError: a corpus is missing or wrong.
    """
    tiers = {tier: evaluate(tier, data) for tier in TIERS}
    scorers: Mapping[str, Scorer] = {tier: load_scorer(_settings(tier)) for tier in TIERS}
    others = [*evaluate_churn(scorers, data), *evaluate_language(data)]
    return Evaluation(tiers, others, curve(data))


def evaluate(tier: Tier, data: Path) -> Report:
    """Measure one tier."""
    analyzer = load_analyzer(_settings(tier))
    sentiment = read_corpus(data, "sentiment/val")
    answers = _analyze(analyzer, sentiment.texts)
    labels = np.array([answer.sentiment_label for answer in answers])
    truth = np.array(sentiment.first_labels)
    confidence = np.array([answer.sentiment_confidence for answer in answers])
    correct = labels == truth

    def score(task: str, name: str, measured: Measured) -> Score:
        return Score(tier, task, name, measured)

    scores = [
        score("sentiment", "macro recall", measure(macro_recall, truth, labels)),
        *(
            score("sentiment", f"recall of {name}", _recall_of(name, truth, labels))
            for name in SENTIMENT_LABELS
        ),
        score("sentiment", "calibration error", measure(calibration_error, confidence, correct)),
        *(score("emotion", *each) for each in _emotion(analyzer, data)),
        *(score("toxicity", *each) for each in _toxicity(analyzer, data)),
    ]
    slices = []
    for name, belongs in SLICES.items():
        chosen = np.array([belongs(text) for text in sentiment.texts])
        slices.append(
            score(name, "macro recall", measure(macro_recall, truth[chosen], labels[chosen]))
        )
    return Report(
        scores,
        confusion(truth.tolist(), labels.tolist(), SENTIMENT_LABELS),
        calibration_bins(confidence, correct),
        slices,
    )


def evaluate_language(data: Path) -> list[Score]:
    """How often English posts are taken for another language, here and by py3langid."""
    from py3langid import classify

    guesses: dict[str, Callable[[str], bool]] = {
        "stop words": lambda text: may_be_english(text, None),
        "py3langid": lambda text: classify(text)[0] == "en",
    }
    return [
        Score("language", name, f"{who} refuses as not English", share(refused))
        for name in ENGLISH
        for who, is_english in guesses.items()
        for texts in [read_corpus(data, name).texts]
        for refused in [np.array([not is_english(text) for text in texts])]
    ]


def _settings(tier: Tier) -> Inference:
    return Inference(mode=tier, remembered_texts=0, threads=2)


def _emotion(analyzer: Analyzer, data: Path) -> Iterator[tuple[str, Measured]]:
    corpus = read_corpus(data, "emotion/val")
    alone = [number for number, labels in enumerate(corpus.labels) if len(labels) == 1]
    truth = np.array([corpus.labels[number][0] for number in alone])
    labels = _emotions_of(analyzer, [corpus.texts[number] for number in alone])
    yield "macro F1 (comments with one label)", measure(macro_f1, truth, labels)
    for name in EMOTIONS:
        yield f"recall of {name}", _recall_of(name, truth, labels)
    tweets = read_corpus(data, "emotion/tweets-val")
    truth = np.array(["joy" if label == "optimism" else label for label in tweets.first_labels])
    labels = _emotions_of(analyzer, tweets.texts)
    yield "macro recall (tweets; anger, joy, sadness)", measure(macro_recall, truth, labels)


def _toxicity(analyzer: Analyzer, data: Path) -> Iterator[tuple[str, Measured]]:
    corpus = read_corpus(data, "toxicity/offensive-val")
    offensive = np.array([label == "offensive" for label in corpus.first_labels])
    toxicity = np.array([answer.toxicity for answer in _analyze(analyzer, corpus.texts)])
    high = toxicity >= HIGH
    yield "area under ROC", measure(area_under_roc, offensive, toxicity)
    yield "recall of offensive", measure(recall, offensive, high)
    yield "precision of offensive", measure(precision, offensive, high)
    confidence = np.maximum(toxicity, 1 - toxicity)
    yield "calibration error", measure(calibration_error, confidence, high == offensive)


def _analyze(analyzer: Analyzer, texts: Sequence[str]) -> list[Analysis]:
    """Analyses of texts that are known to be English."""
    return analyzer.analyze(texts, ["en"] * len(texts))


def _emotions_of(analyzer: Analyzer, texts: Sequence[str]) -> Strings:
    return np.array([answer.emotion for answer in _analyze(analyzer, texts)])


def _recall_of(name: str, truth: Strings, labels: Strings) -> Measured:
    return measure(recall, truth == name, labels == name)
