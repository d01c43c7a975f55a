"""What a model is to say of labelled texts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from inference.corpora import Corpus

Floats = NDArray[np.float32]


def sentiments(corpus: Corpus) -> Floats:
    """``[texts, 3]``."""
    return _shares(corpus.labels, SENTIMENT_LABELS)


def emotions(corpus: Corpus) -> Floats:
    """``[texts, 7]``: where raters chose several, each has its share of one.

    Optimism, which TweetEval has as a class of its own, is part of joy in GoEmotions' grouping.
    """
    labels = [
        ["joy" if label == "optimism" else label for label in chosen] for chosen in corpus.labels
    ]
    return _shares(labels, EMOTIONS)


def offensive(corpus: Corpus) -> Floats:
    """``[texts, 1]``: 1 where raters found a text offensive or hateful."""
    return _among(corpus, "offensive", "hate")


def hateful(corpus: Corpus) -> Floats:
    """``[texts, 1]``: 1 where raters found hate in a text."""
    return _among(corpus, "hate")


def _among(corpus: Corpus, *positive: str) -> Floats:
    return np.array([[float(label in positive)] for label in corpus.first_labels], np.float32)


def _shares(labels: Sequence[Sequence[str]], names: Sequence[str]) -> Floats:
    targets = np.zeros((len(labels), len(names)), np.float32)
    for row, chosen in zip(targets, labels, strict=True):
        for label in chosen:
            row[names.index(label)] += 1 / len(chosen)
    return targets
