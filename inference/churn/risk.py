"""From findings to a probability: a small logistic model whose weights are in ``churn.json``."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from contracts.errors import InputError
from inference.model import MODELS

WEIGHTS = MODELS / "churn.json"
RISK_DECIMALS = 6
COMPLAINTS_MAX = 3

RULES = (
    "leaving",
    "threat",
    "asking how to leave",
    "not coming back",
    "no longer a customer",
    "goodbye",
    "looking elsewhere",
    "considering",
    "breaking point",
)
"""The rules that speak for leaving. Each has a clear and an unclear kind."""

EXCUSES = (
    "other thing",
    "other people",
    "denied",
    "past",
    "averted",
    "joining",
    "other company",
)
"""Why leaving words did not count."""

FEELINGS = ("negative", "positive", "anger")
FEATURES = (
    "bias",
    *RULES,
    *(f"unclear {rule}" for rule in RULES),
    "unclear among service words",
    "unclear beside a complaint",
    "unclear and addressed",
    "second finding",
    "unknown object",
    *EXCUSES,
    "complaint",
    "addressed",
    *FEELINGS,
)


class Feelings(NamedTuple):
    """What the models say of a post, each a probability 0..1."""

    negative: float
    positive: float
    anger: float

    @classmethod
    def of(cls, sentiment_score: float, anger: float) -> "Feelings":
        """From a sentiment score, -1..1: what it says for negative or for positive."""
        return cls(max(0.0, -sentiment_score), max(0.0, sentiment_score), anger)


class Finding(NamedTuple):
    """A rule that spoke, by its name, and the part of the post that it read.

    :param target: whom the author leaves, as written; empty where it is not said.
    """

    rule: str
    start: int
    end: int
    target: str
    is_clear: bool
    is_unknown: bool


class Surroundings(NamedTuple):
    """The rest of a post: its complaints (at most ``COMPLAINTS_MAX`` count) and service words."""

    complaints: int
    is_about_service: bool
    is_addressed: bool


def features(
    findings: list[Finding], excuses: set[str], around: Surroundings, feelings: Feelings
) -> dict[str, float]:
    """The features that are not 0, by their name in ``FEATURES``; each is 0..1."""
    found = {"bias": 1.0}
    found |= zip(FEELINGS, feelings, strict=True)
    found["complaint"] = min(around.complaints, COMPLAINTS_MAX) / COMPLAINTS_MAX
    found["addressed"] = float(around.is_addressed)
    clear = {finding.rule for finding in findings if finding.is_clear}
    unclear = {finding.rule for finding in findings if not finding.is_clear} - clear
    found |= dict.fromkeys(clear, 1.0)
    found |= {f"unclear {rule}": 1.0 for rule in unclear}
    if unclear and not clear:
        found["unclear among service words"] = float(around.is_about_service)
        found["unclear beside a complaint"] = float(around.complaints > 0)
        found["unclear and addressed"] = float(around.is_addressed)
    if len(findings) == 1 and findings[0].is_unknown:
        found["unknown object"] = 1.0
    found["second finding"] = float(len(findings) > 1)
    if not clear:
        found |= dict.fromkeys(excuses, 1.0)
    return {name: value for name, value in found.items() if value}


def read_weights(path: Path = WEIGHTS) -> dict[str, float]:
    """The weight of each of ``FEATURES``.

    :raises InputError: the file is missing, or its features are not those of this version.
    """
    try:
        weights: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["weights"]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", _REMEDY) from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path} does not hold the churn rules' weights", _REMEDY) from None
    if set(weights) != set(FEATURES):
        raise InputError(f"{path} holds the weights of other features", _REMEDY)
    return weights


def probability(found: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The logistic function of the weighted sum of the features, 0..1."""
    total = sum(weights[name] * value for name, value in found.items())
    return 1.0 / (1.0 + math.exp(-total))


_REMEDY = "restore it from the repository, or run `python -m inference train --only churn`"
