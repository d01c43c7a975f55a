"""How good the model is, on the splits that it was not trained on."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contracts.messages import EMOTIONS, SENTIMENT_LABELS, Analysis
from inference.analyzer import Analyzer
from inference.corpora import (
    CHURN_DEVELOPMENT,
    CHURN_UNSEEN,
    Corpus,
    read_churn_sentences,
    read_corpus,
)

HIGH = 0.5
BINS = 10


class Score(NamedTuple):
    """One measured figure, 0..1, and what it was measured on."""

    task: str
    measure: str
    value: float
    texts: int


def evaluate(analyzer: Analyzer, data: Path) -> list[Score]:
    """Every score, in the order of the report.

    :param data: the folder of the corpora.
    :raises InputError: a corpus is missing or wrong.
    """
    sentiment = read_corpus(data, "sentiment/val")
    answers = analyzer.analyze(sentiment.texts)
    return [
        *_sentiment(sentiment, answers),
        *_emotion(analyzer, read_corpus(data, "emotion/val")),
        *_emotion_of_tweets(analyzer, read_corpus(data, "emotion/tweets-val")),
        *_toxicity(analyzer, read_corpus(data, "toxicity/offensive-val")),
        *churn_scores(analyzer, CHURN_UNSEEN, "unseen"),
        *churn_scores(analyzer, CHURN_DEVELOPMENT, "development"),
        Score(
            "churn",
            "ordinary tweets taken for churn",
            float(np.mean([answer.churn_risk >= HIGH for answer in answers])),
            len(answers),
        ),
        Score(
            "language",
            "English tweets refused",
            float(np.mean([not answer.language_supported for answer in answers])),
            len(answers),
        ),
    ]


def churn_scores(analyzer: Analyzer, path: Path, name: str) -> list[Score]:
    """Recall and precision of high churn on a set of hand-made sentences."""
    corpus = read_churn_sentences(path)
    leaving = np.array([label == "leaving" for label in corpus.first_labels])
    high = np.array([answer.churn_risk >= HIGH for answer in analyzer.analyze(corpus.texts)])
    return [
        Score("churn", f"recall of leaving ({name})", float(high[leaving].mean()), len(high)),
        Score("churn", f"precision of leaving ({name})", float(leaving[high].mean()), len(high)),
    ]


def recall_by_class(
    truth: list[str], answers: list[str], classes: tuple[str, ...]
) -> dict[str, float]:
    """The share of each class's texts that got its label."""
    wanted, got = np.array(truth), np.array(answers)
    return {name: float((got[wanted == name] == name).mean()) for name in classes}


def calibration_error(confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten equal bins of confidence (Guo et al., 2017)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return float(
        sum(
            (bins == number).mean()
            * abs(confidence[bins == number].mean() - correct[bins == number].mean())
            for number in np.unique(bins)
        )
    )


def _sentiment(corpus: Corpus, answers: list[Analysis]) -> list[Score]:
    labels = [str(answer.sentiment_label) for answer in answers]
    recalls = recall_by_class(corpus.first_labels, labels, SENTIMENT_LABELS)
    correct = np.array(labels) == np.array(corpus.first_labels)
    confidence = np.array([answer.sentiment_confidence for answer in answers])
    count = len(labels)
    return [
        Score("sentiment", "macro recall", float(np.mean(list(recalls.values()))), count),
        *(Score("sentiment", f"recall of {name}", value, count) for name, value in recalls.items()),
        Score("sentiment", "accuracy", float(correct.mean()), count),
        Score("sentiment", "calibration error", calibration_error(confidence, correct), count),
    ]


def _emotion(analyzer: Analyzer, corpus: Corpus) -> list[Score]:
    labels = [str(answer.emotion) for answer in analyzer.analyze(corpus.texts)]
    recalls = recall_by_class(corpus.first_labels, labels, EMOTIONS)
    among = np.mean([label in names for label, names in zip(labels, corpus.labels, strict=True)])
    count = len(labels)
    return [
        Score(
            "emotion", "macro recall (first label)", float(np.mean(list(recalls.values()))), count
        ),
        *(Score("emotion", f"recall of {name}", value, count) for name, value in recalls.items()),
        Score("emotion", "answer is among the raters' labels", float(among), count),
    ]


def _emotion_of_tweets(analyzer: Analyzer, corpus: Corpus) -> list[Score]:
    truth = ["joy" if label == "optimism" else label for label in corpus.first_labels]
    labels = [str(answer.emotion) for answer in analyzer.analyze(corpus.texts)]
    recalls = recall_by_class(truth, labels, ("anger", "joy", "sadness"))
    return [
        Score("emotion of tweets", f"recall of {name}", value, len(labels))
        for name, value in recalls.items()
    ]


def _toxicity(analyzer: Analyzer, corpus: Corpus) -> list[Score]:
    offensive = np.array([label == "offensive" for label in corpus.first_labels])
    toxicity = np.array([answer.toxicity for answer in analyzer.analyze(corpus.texts)])
    high = toxicity >= HIGH
    correct = high == offensive
    recalls = [high[offensive].mean(), (~high[~offensive]).mean()]
    confidence = np.maximum(toxicity, 1 - toxicity)
    return [
        Score("toxicity", "macro recall", float(np.mean(recalls)), len(high)),
        Score("toxicity", "recall of offensive", float(recalls[0]), len(high)),
        Score("toxicity", "precision of offensive", float(offensive[high].mean()), len(high)),
        Score("toxicity", "calibration error", calibration_error(confidence, correct), len(high)),
    ]
