"""One tier, or two with a cascade between them, behind one port."""

import time
from typing import Protocol

import numpy as np

from inference.cascade import Cascade
from inference.model import Probabilities, Tier


class Scorer(Protocol):
    """Says which tier answers each text."""

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """Those that may answer."""

    def score(self, texts: list[str], waiting: int) -> tuple[Probabilities, list[int]]:
        """The probabilities of normalised texts, and for each the number of its tier."""


class OneTier:
    """One tier answers all texts."""

    def __init__(self, tier: Tier) -> None:
        self.tiers = (tier,)

    def score(self, texts: list[str], waiting: int) -> tuple[Probabilities, list[int]]:
        """See :meth:`Scorer.score`."""
        del waiting
        return self.tiers[0].score(texts), [0] * len(texts)


class TwoTiers:
    """The fast tier answers all texts, the accurate one again those that the cascade chooses."""

    def __init__(self, fast: Tier, accurate: Tier, cascade: Cascade) -> None:
        self.tiers = (fast, accurate)
        self._fast = fast
        self._accurate = accurate
        self._cascade = cascade

    def score(self, texts: list[str], waiting: int) -> tuple[Probabilities, list[int]]:
        """See :meth:`Scorer.score`."""
        begun = time.perf_counter()
        scores = self._fast.score(texts)
        answered = time.perf_counter()
        level = self._cascade.level(len(texts) + waiting)
        chosen = self._cascade.choose(scores.sentiment, level)
        tiers = np.zeros(len(texts), int)
        if len(chosen):
            again = self._accurate.score([texts[number] for number in chosen])
            for kept, part in zip(scores, again, strict=True):
                kept[chosen] = part
            tiers[chosen] = 1
        ended = time.perf_counter()
        self._cascade.took(len(texts), answered - begun, len(chosen), ended - answered)
        return scores, tiers.tolist()
