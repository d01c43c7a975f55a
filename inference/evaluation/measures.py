"""Measures of how good answers are, each with the interval that chance leaves it (95 %)."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 400
SEED = 20_261_125
BINS = 10

Array = NDArray[Any]
Booleans = NDArray[np.bool_]


class Measured(NamedTuple):
    """A figure and its interval, and how many texts it was measured on."""

    value: float
    low: float
    high: float
    texts: int


class Score(NamedTuple):
    """One measured figure."""

    who: str
    task: str
    name: str
    measured: Measured


class Bin(NamedTuple):
    """Answers of about one confidence: their mean confidence and the share that is right."""

    confidence: float
    correct: float
    texts: int


def measure(statistic: Callable[[Array, Array], float], truth: Array, answers: Array) -> Measured:
    """A statistic of true and answered values, with its percentile bootstrap interval."""
    chooser = np.random.default_rng(SEED)
    count = len(truth)
    samples = [
        statistic(truth[chosen], answers[chosen])
        for chosen in (chooser.integers(0, count, count) for _ in range(RESAMPLES))
    ]
    low, high = np.quantile(samples, [0.025, 0.975])
    return Measured(statistic(truth, answers), float(low), float(high), count)


def share(happened: Booleans) -> Measured:
    """How often something happened."""
    return measure(lambda _, answers: float(answers.mean()), happened, happened)


def recall(truth: Booleans, answers: Booleans) -> float:
    """Of what is true, the share that got a yes."""
    return float(answers[truth].mean()) if truth.any() else 0.0


def precision(truth: Booleans, answers: Booleans) -> float:
    """Of what got a yes, the share that is true."""
    return float(truth[answers].mean()) if answers.any() else 0.0


def f1(truth: Booleans, answers: Booleans) -> float:
    """The harmonic mean of the two."""
    return float(2 * (truth & answers).sum() / max(1, truth.sum() + answers.sum()))


def macro_recall(truth: Array, answers: Array) -> float:
    """The mean over the true classes of the share of each that got its label."""
    from sklearn.metrics import recall_score

    return float(
        recall_score(truth, answers, labels=np.unique(truth), average="macro", zero_division=0)
    )


def macro_f1(truth: Array, answers: Array) -> float:
    """The mean over the true classes of F1."""
    from sklearn.metrics import f1_score

    return float(
        f1_score(truth, answers, labels=np.unique(truth), average="macro", zero_division=0)
    )


def area_under_roc(truth: Array, scores: Array) -> float:
    """How likely a positive text scores above a negative one."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, scores))


def confusion(
    truth: Sequence[str], answers: Sequence[str], classes: Sequence[str]
) -> NDArray[np.int64]:
    """``[true class, answered class]``, in texts."""
    from sklearn.metrics import confusion_matrix

    return np.asarray(confusion_matrix(truth, answers, labels=list(classes)))


def calibration_bins(confidence: Array, correct: Array) -> list[Bin]:
    """Answers in ten equal bins of confidence, empty ones left out."""
    numbers = np.minimum((confidence.astype(np.float64) * BINS).astype(int), BINS - 1)
    return [
        Bin(
            float(confidence[numbers == number].mean()),
            float(correct[numbers == number].mean()),
            int((numbers == number).sum()),
        )
        for number in np.unique(numbers)
    ]


def calibration_error(confidence: Array, correct: Array) -> float:
    """Expected calibration error over ten equal bins of confidence (Guo et al., 2017)."""
    bins = calibration_bins(confidence, correct)
    return sum(each.texts * abs(each.confidence - each.correct) for each in bins) / len(confidence)
