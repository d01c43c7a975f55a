"""From what rules and models find to a probability: a logistic model with weights in a file.

A rule that speaks, a reason against one, what is around, and what the answering model makes of the
whole post (``learned``) are features of it.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from contracts.errors import InputError
from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from inference.model import MODELS, Probabilities

WEIGHTS = MODELS / "churn.json"
RISK_DECIMALS = 6
COMPLAINTS_MAX = 3
LEARNED_MOST = 5.0
UNLIKE_FROM = 0.1
_LEAST = 1e-6
_NEGATIVE, _POSITIVE = SENTIMENT_LABELS.index("negative"), SENTIMENT_LABELS.index("positive")
_ANGER = EMOTIONS.index("anger")

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

FEELINGS = ("negative", "positive", "anger", "learned", "unlike")
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
    """What a model says of a post.

    :param negative: 0..1, like ``positive`` and ``anger``.
    :param learned: the log-odds of the author's leaving, as far as they count, in -1..1.
    :param unlike: by how much ``learned`` is below -0.1, 0..0.9: most posts of a stream are unlike
        any that could be about leaving, and their odds fall faster.
    """

    negative: float
    positive: float
    anger: float
    learned: float
    unlike: float = 0.0

    @classmethod
    def of_texts(cls, said: Probabilities) -> list["Feelings"]:
        """Of each text, in order."""
        score = (said.sentiment[:, _POSITIVE] - said.sentiment[:, _NEGATIVE]).astype(np.float64)
        leaving = said.churn[:, 0].astype(np.float64).clip(_LEAST, 1 - _LEAST)
        odds = np.log(leaving / (1 - leaving)) / LEARNED_MOST
        learned = odds.clip(-1, 1)
        columns = (
            -score.clip(max=0),
            score.clip(min=0),
            said.emotion[:, _ANGER],
            learned,
            (-learned - UNLIKE_FROM).clip(min=0),
        )
        return list(map(cls._make, np.stack(columns, axis=1).tolist()))


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
    """The features that are not 0, by their name in ``FEATURES``."""
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
