"""Fits the weights of ``risk`` from labelled posts: logistic, regularised towards expectations.

``python -m inference train --only churn`` reads the messages that the models were not taught with,
and ordinary tweets, and writes ``churn.json`` beside the models.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.accurate import load_accurate
from inference.churn.examine import Examiner
from inference.churn.examples import Example, held_out, marked
from inference.churn.prefilter import may_be_about_leaving
from inference.churn.risk import (
    EXCUSES,
    FEATURES,
    LEARNED_MOST,
    RULES,
    WEIGHTS,
    Feelings,
    features,
)
from inference.corpora import read_corpus
from inference.fast import load_fast
from inference.model import Tier
from inference.normalize import normalize

VERSION = "2.0"
RECIPE = {
    "l2_towards_expected": 0.6,
    "label_smoothing": 0.03,
    "ordinary_posts": 4000,
    "ordinary_weight": 0.3,
    "feelings_weight_max": 1.0,
    "rules_weight_min": 0.5,
}
_EXPECTED = {
    "bias": 0.0,
    **dict.fromkeys(RULES, 2.5),
    **{f"unclear {rule}": 1.0 for rule in RULES},
    "unclear among service words": 0.5,
    "unclear beside a complaint": 0.5,
    "unclear and addressed": 0.5,
    "second finding": 0.5,
    "unknown object": -1.0,
    **dict.fromkeys(EXCUSES, -0.8),
    "complaint": 0.2,
    "addressed": 0.2,
    "negative": 0.2,
    "positive": -0.2,
    "anger": 0.2,
    "learned": LEARNED_MOST,
    "unlike": -2 * LEARNED_MOST,
}


def refit(data: Path, models: Path) -> None:
    """Fit the weights anew with what both models say, and write them beside them.

    :param data: the folder of the corpora; its tweets are the ordinary posts.
    :param models: the folder of the models.
    :raises InputError: a corpus is missing or wrong, or a model.
    """
    tweets = read_corpus(data, "sentiment/train").texts[: int(RECIPE["ordinary_posts"])]
    messages, ordinary = held_out(), [Example(False, (), (), text) for text in tweets]
    posts = [*messages, *ordinary]
    counts = np.array([1.0] * len(messages) + [RECIPE["ordinary_weight"]] * len(ordinary))
    tiers = (load_fast(models, threads=2), load_accurate(models, threads=2))
    felt = [feelings for tier in tiers for feelings in feelings_of(tier, posts)]
    weights = fit(posts * len(tiers), felt, np.tile(counts / len(tiers), len(tiers)))
    write_weights(weights, models / WEIGHTS.name)


def feelings_of(tier: Tier, posts: Sequence[Example]) -> list[Feelings]:
    """What a model says of posts, each read with its own names."""
    return Feelings.of_texts(tier.score(normalize(marked(posts))))


def fit(
    posts: Sequence[Example], feelings: Sequence[Feelings], counts: NDArray[np.float64]
) -> dict[str, float]:
    """The weight of each of ``FEATURES``.

    :param feelings: of each post.
    :param counts: how much each post counts.
    """
    from scipy.optimize import minimize

    inputs = _inputs(posts, feelings)
    smoothing = RECIPE["label_smoothing"]
    goals = np.array([1 - smoothing if post.is_leaving else smoothing for post in posts])
    expected = np.array([_EXPECTED[name] for name in FEATURES])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        totals = inputs @ weights
        surprise = np.logaddexp(0.0, totals) - goals * totals
        away = weights - expected
        error = 1.0 / (1.0 + np.exp(-totals)) - goals
        value = counts @ surprise + RECIPE["l2_towards_expected"] / 2 * away @ away
        return float(value), inputs.T @ (counts * error) + RECIPE["l2_towards_expected"] * away

    fitted = minimize(
        loss, expected, jac=True, method="L-BFGS-B", bounds=list(map(_bounds, FEATURES))
    )
    return {name: round(float(value), 4) for name, value in zip(FEATURES, fitted.x, strict=True)}


def write_weights(weights: dict[str, float], path: Path = WEIGHTS) -> None:
    """Write the weights with their version and recipe."""
    content = {"version": VERSION, "recipe": RECIPE, "weights": weights}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


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
    if name == "bias":
        return (None, None)
    if name in {"unknown object", "unlike", *EXCUSES}:
        return (None, 0.0)
    if name == "positive":
        return (-most, 0.0)
    if name in {"negative", "anger"}:
        return (0.0, most)
    return (RECIPE["rules_weight_min"] if name in RULES else 0.0, None)
