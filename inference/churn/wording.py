"""The words of a post that a model takes for leaving, where no rule has found any."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from inference.model import Tier

CLAUSES_MAX = 8
_LEAST_WORDS = 3
_END = re.compile(r"(?<=[.!?;:,\u2026\n])\s+|\s+[-\u2013\u2014]+\s+")


def strongest_clauses(
    texts: Sequence[str], tier: Tier, prepare: Callable[[Sequence[str]], list[str]]
) -> list[str]:
    """Of each text the clause that by itself speaks most for leaving.

    :param tier: judges every clause as a text.
    :param prepare: brings texts into the model's form.
    """
    split = [clauses(text) for text in texts]
    flat = [clause for each in split for clause in each]
    risks = tier.score(prepare(flat)).churn[:, 0]
    ends = np.cumsum([len(each) for each in split])
    starts = ends - [len(each) for each in split]
    return [
        flat[start + int(risks[start:end].argmax())]
        for start, end in zip(starts, ends, strict=True)
    ]


def clauses(text: str) -> list[str]:
    """A text cut at its punctuation; short clauses stay with what follows, many are joined."""
    parts: list[str] = []
    short = ""
    for part in _END.split(text.strip()):
        short = f"{short} {part}".strip()
        if len(short.split()) >= _LEAST_WORDS:
            parts.append(short)
            short = ""
    if short:
        parts.append(f"{parts.pop()} {short}" if parts else short)
    size = -(-len(parts) // CLAUSES_MAX) or 1
    return [" ".join(parts[first : first + size]) for first in range(0, len(parts), size)] or [text]
