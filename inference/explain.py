"""Which words drove a sentiment: what the score loses when a word is left out (occlusion).

After Li, Monroe and Jurafsky (2016), on the text itself, so for any model. A long text is cut into
groups of words, so that the cost of an answer is bounded.
"""

import re
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from inference.model import Tier

PARTS_MAX = 64
DECIMALS = 4

_WORD = re.compile(r"\S+")


class Attribution(msgspec.Struct, kw_only=True, frozen=True):
    """A part of a text, ``text[start:end]``, and how much it moved the sentiment score.

    ``weight`` is -2..2: above 0 the part speaks for positive, below 0 for negative.
    """

    words: str
    start: int
    end: int
    weight: float


def explain(
    tier: Tier, text: str, prepare: Callable[[Sequence[str]], list[str]]
) -> list[Attribution]:
    """Every word (of a long text, every group of words) in order, with its weight.

    :param tier: the one that answered; it scores at most ``PARTS_MAX`` + 1 texts.
    :param prepare: brings texts into the model's form.
    """
    spans = _parts([found.span() for found in _WORD.finditer(text)])
    variants = [text, *(f"{text[:start]}{text[end:]}" for start, end in spans)]
    sentiment = tier.score(prepare(variants)).sentiment.astype(np.float64)
    scores = sentiment[:, 2] - sentiment[:, 0]
    weights = np.round(scores[0] - scores[1:], DECIMALS).tolist()
    return [
        Attribution(words=text[start:end], start=start, end=end, weight=weight)
        for (start, end), weight in zip(spans, weights, strict=True)
    ]


def _parts(words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    size = -(-len(words) // PARTS_MAX) or 1
    groups = [words[first : first + size] for first in range(0, len(words), size)]
    return [(group[0][0], group[-1][1]) for group in groups]
