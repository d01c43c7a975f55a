"""Which texts the accurate tier gets: the ones that the fast tier doubts most, as time allows.

There is a ladder of load levels; each says down to which doubt texts go to the accurate tier, so at
one level the same text always gets the same answer. The level of a call is the most generous one at
which everything that waits would be answered within half the latency objective: what comes just as
a call begins waits for this call and for its own.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inference.model import Floats

FIRST_GUESS_FAST_S = 1e-4
FIRST_GUESS_ACCURATE_S = 5e-3
MEMORY_TEXTS = 500


class Level(NamedTuple):
    """At most ``share`` of the texts exceed the doubt ``least_doubt``, in any domain measured."""

    share: float
    least_doubt: float


def ladder(doubt: Sequence[tuple[float, float]]) -> list[Level]:
    """All levels, the most generous first: from every text to none."""
    between = [Level(share, least) for share, least in sorted(doubt, reverse=True)]
    return [Level(1.0, -1.0), *between, Level(0.0, 2.0)]


def doubt(sentiment: Floats, label_weights: Floats) -> Floats:
    """How little a sentiment is preferred to the others: 0 for certain, at most 2/3.

    Judged as labels are chosen, by probability times weight: one minus the best one's share.

    :param sentiment: probabilities, ``[texts, 3]``.
    """
    weighted = sentiment * label_weights
    return np.asarray(1 - weighted.max(axis=1) / weighted.sum(axis=1))


class Cascade:
    """Chooses, and learns from what it is told how long a text takes in each tier."""

    def __init__(
        self, levels: Sequence[Level], label_weights: Sequence[float], latency_s: float
    ) -> None:
        """:param latency_s: within which everything that waits is to be answered."""
        self._levels = levels
        self._label_weights = np.array(label_weights, np.float32)
        self._latency_s = latency_s
        self._fast_s = FIRST_GUESS_FAST_S
        self._accurate_s = FIRST_GUESS_ACCURATE_S

    def level(self, waiting: int) -> Level:
        """The level for texts of which ``waiting`` are to be answered, these included."""
        each = self._latency_s / 2 / max(waiting, 1)
        affordable = (each - self._fast_s) / self._accurate_s
        return next(
            (level for level in self._levels if level.share <= affordable), self._levels[-1]
        )

    def choose(self, sentiment: Floats, level: Level) -> NDArray[np.int64]:
        """The numbers of the texts that the accurate tier is to answer.

        :param sentiment: the fast tier's probabilities, ``[texts, 3]``.
        """
        return np.flatnonzero(doubt(sentiment, self._label_weights) > level.least_doubt)

    def took(self, texts: int, fast_s: float, escalated: int, accurate_s: float) -> None:
        """Learn from a call: seconds that so many texts took in each tier."""
        self._fast_s = _moved(self._fast_s, texts, fast_s)
        self._accurate_s = _moved(self._accurate_s, escalated, accurate_s)


def _moved(mean_s: float, texts: int, seconds: float) -> float:
    """The mean seconds a text over about the last ``MEMORY_TEXTS``."""
    if not texts:
        return mean_s
    return mean_s + (seconds / texts - mean_s) * min(texts / MEMORY_TEXTS, 0.5)
