"""Fits the weights of ``risk`` from labelled posts: logistic, regularised towards expectations.

``python -m inference train --only churn`` reads ``development.tsv`` and ordinary tweets, and writes
``churn.json`` beside the models.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contracts.messages import EMOTIONS
from inference.churn.examine import Examiner
from inference.churn.prefilter import may_be_about_leaving
from inference.churn.risk import (
    EXCUSES,
    FEATURES,
    FEELINGS,
    RULES,
    WEIGHTS,
    Feelings,
    features,
)

DEVELOPMENT = Path(__file__).with_name("development.tsv")
UNSEEN = Path(__file__).with_name("unseen.tsv")
FURTHER = Path(__file__).with_name("further.tsv")
COLUMNS = 3
VERSION = "1.0"
RECIPE = {
    "l2_towards_expected": 0.6,
    "label_smoothing": 0.03,
    "ordinary_posts": 4000,
    "ordinary_weight": 0.03,
    "without_feelings_weight": 0.5,
    "feelings_weight_max": 1.0,
    "rules_weight_min": 0.5,
}
_EXPECTED = {
    "bias": -4.5,
    "leaving": 5.5,
    "threat": 5.5,
    "asking how to leave": 5.0,
    "not coming back": 5.0,
    "no longer a customer": 5.5,
    "goodbye": 5.0,
    "looking elsewhere": 4.5,
    "considering": 5.0,
    "breaking point": 4.0,
    "unclear leaving": 2.5,
    "unclear threat": 3.5,
    "unclear asking how to leave": 3.0,
    "unclear not coming back": 2.5,
    "unclear no longer a customer": 3.0,
    "unclear goodbye": 2.0,
    "unclear looking elsewhere": 3.0,
    "unclear considering": 3.0,
    "unclear breaking point": 2.5,
    "unclear among service words": 1.5,
    "unclear beside a complaint": 1.0,
    "unclear and addressed": 0.5,
    "second finding": 1.0,
    "unknown object": -1.5,
    "complaint": 0.5,
    "addressed": 0.2,
    "negative": 0.5,
    "positive": -0.5,
    "anger": 0.4,
    **dict.fromkeys(EXCUSES, -0.8),
}

Feel = Callable[[Sequence[str]], list[Feelings]]


class Example(NamedTuple):
    """A labelled post, and the names that it is read with."""

    is_leaving: bool
    own: tuple[str, ...]
    competitors: tuple[str, ...]
    text: str


def read_examples(path: Path = DEVELOPMENT) -> list[Example]:
    """Posts as ``label<TAB>own<TAB>competitors<TAB>text``, names separated by commas.

    :raises ValueError: a line is not of this form.
    """
    examples = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        label, *columns = line.split("\t")
        if label not in {"leaving", "staying"} or len(columns) != COLUMNS:
            raise ValueError(f"{path}, line {number}: not label, own, competitors and text")
        own, competitors, text = columns
        examples.append(Example(label == "leaving", _names(own), _names(competitors), text))
    return examples


def fit(examples: Sequence[Example], ordinary: Sequence[str], feel: Feel) -> dict[str, float]:
    """The weight of each of ``FEATURES``.

    Each post counts once with its feelings and, less, once without, so that the rules suffice.

    :param examples: posts about companies.
    :param ordinary: posts about anything, whose authors leave nobody.
    :param feel: the feelings of posts, in order.
    """
    from scipy.optimize import minimize

    posts = [*examples, *(Example(False, (), (), text) for text in ordinary)]
    feelings = feel([post.text for post in posts])
    calm = [Feelings(0.0, 0.0, 0.0)] * len(posts)
    inputs = np.vstack([_inputs(posts, feelings), _inputs(posts, calm)])
    smoothing = RECIPE["label_smoothing"]
    labels = np.array([1.0 - smoothing if post.is_leaving else 0.0 for post in posts])
    labels[: len(examples)] = np.maximum(labels[: len(examples)], smoothing)
    weight = np.array([1.0] * len(examples) + [RECIPE["ordinary_weight"]] * len(ordinary))
    goals = np.tile(labels, 2)
    shares = np.concatenate([weight, weight * RECIPE["without_feelings_weight"]])
    expected = np.array([_EXPECTED[name] for name in FEATURES])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        totals = inputs @ weights
        surprise = np.logaddexp(0.0, totals) - goals * totals
        away = weights - expected
        error = 1.0 / (1.0 + np.exp(-totals)) - goals
        value = shares @ surprise + RECIPE["l2_towards_expected"] / 2 * away @ away
        return float(value), inputs.T @ (shares * error) + RECIPE["l2_towards_expected"] * away

    fitted = minimize(
        loss, expected, jac=True, method="L-BFGS-B", bounds=list(map(_bounds, FEATURES))
    )
    return {name: round(float(value), 4) for name, value in zip(FEATURES, fitted.x, strict=True)}


def write_weights(weights: dict[str, float], path: Path = WEIGHTS) -> None:
    """Write the weights with their version and recipe."""
    content = {"version": VERSION, "recipe": RECIPE, "weights": weights}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _names(column: str) -> tuple[str, ...]:
    return tuple(name for name in column.split(",") if name)


def _inputs(posts: Sequence[Example], feelings: Sequence[Feelings]) -> NDArray[np.float64]:
    inputs = np.zeros((len(posts), len(FEATURES)))
    column = {name: place for place, name in enumerate(FEATURES)}
    for row, (post, felt) in enumerate(zip(posts, feelings, strict=True)):
        found = {"bias": 1.0, **felt._asdict()}
        if may_be_about_leaving(post.text):
            seen = Examiner(post.own, post.competitors).examine(post.text)
            found = features(seen.findings, seen.excuses, seen.around, felt)
        for name, value in found.items():
            inputs[row, column[name]] = value
    return inputs


def _bounds(name: str) -> tuple[float | None, float | None]:
    most = RECIPE["feelings_weight_max"]
    if name in FEELINGS:
        return (-most, 0.0) if name == "positive" else (0.0, most)
    if name in EXCUSES or name == "unknown object":
        return (None, 0.0)
    if name in RULES:
        return (RECIPE["rules_weight_min"], None)
    return (None, None) if name == "bias" else (0.0, None)


def refit(data: Path, models: Path) -> None:
    """Fit the weights anew with what the fast model feels, and write them beside it.

    :param data: the folder of the corpora; its tweets are the ordinary posts.
    :param models: the folder of the models.
    :raises InputError: a corpus is missing or wrong.
    """
    from inference.corpora import read_corpus
    from inference.fast import load_fast
    from inference.normalize import normalize

    tier = load_fast(models)
    anger = EMOTIONS.index("anger")

    def feel(texts: Sequence[str]) -> list[Feelings]:
        said = tier.score(normalize(texts))
        scores = said.sentiment[:, 2] - said.sentiment[:, 0]
        angers = said.emotion[:, anger]
        return list(map(Feelings.of, scores.tolist(), angers.tolist()))

    tweets = read_corpus(data, "sentiment/train").texts[: int(RECIPE["ordinary_posts"])]
    write_weights(fit(read_examples(), tweets, feel), models / WEIGHTS.name)
