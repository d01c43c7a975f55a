"""Weighted choices, prepared once and made fast."""

from bisect import bisect
from collections.abc import Iterable
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """Values with weights."""

    def __init__(self, weights: Iterable[tuple[T, float]]) -> None:
        """:param weights: values, each with its weight in relation to the others; at least one."""
        pairs = [(value, weight) for value, weight in weights if weight > 0]
        self._values = [value for value, _ in pairs]
        self._sums = list(accumulate(weight for _, weight in pairs))
        self.total = self._sums[-1]

    def pick(self, random: Random) -> T:
        """One of the values."""
        return self._values[
            bisect(self._sums, random.random() * self.total, hi=len(self._sums) - 1)
        ]
