"""Why a text counts as churn: the words that moved the churn output most."""

import numpy as np
from numpy.typing import NDArray

from inference.features import WORDS_MAX, ngram_row, normalize, word_rows

MOST_SIGNALS = 3
LEAST_SHARE = 0.25


def churn_signals(tokens: list[str], weights: NDArray[np.float16]) -> list[str]:
    """At most ``MOST_SIGNALS`` phrases of one to three words, the strongest first.

    A phrase's strength is the sum of the churn weights of all n-grams in it, its words' pieces
    included. Phrases do not overlap, and those with less than ``LEAST_SHARE`` of the strongest's
    strength are left out.

    :param tokens: the text's tokens, in order.
    :param weights: the churn output's weight of each row of the table.
    """
    words = [normalize(token) for token in tokens]
    phrases = sorted(_phrases(words, weights))
    chosen: list[str] = []
    taken: set[int] = set()
    for weakness, size, start in phrases:
        end = start + size
        if len(chosen) == MOST_SIGNALS or weakness > min(0.0, LEAST_SHARE * phrases[0][0]):
            break
        phrase = " ".join(words[start:end])
        if taken.isdisjoint(range(start, end)) and phrase not in chosen:
            taken.update(range(start, end))
            chosen.append(phrase)
    return chosen


def _phrases(words: list[str], weights: NDArray[np.float16]) -> list[tuple[float, int, int]]:
    """Every readable phrase, as (minus its strength, how many words, start).

    It begins and ends with a word and has no emoji or punctuation in it.
    """
    readable = [word[0].isalnum() or word == "@user" for word in words]
    spans = [
        (start, start + size)
        for size in range(2, WORDS_MAX + 1)
        for start in range(len(words) - size + 1)
    ]
    rows = [ngram_row(words[start:end]) for start, end in spans]
    alone = {word: float(weights[word_rows(word)].sum(dtype=np.float64)) for word in set(words)}
    strength = {(start, start): 0.0 for start in range(len(words) + 1)}
    strength |= {(start, start + 1): alone[word] for start, word in enumerate(words)}
    for (start, end), weight in zip(spans, weights[rows].tolist(), strict=True):
        # What two overlapping shorter phrases hold, less what they share, and the n-gram itself.
        strength[start, end] = (
            weight
            + strength[start, end - 1]
            + strength[start + 1, end]
            - strength[start + 1, end - 1]
        )
    return [
        (-strength[start, end], end - start, start)
        for start, end in strength
        if start < end
        and words[start][0].isalpha()
        and words[end - 1][0].isalpha()
        and all(readable[start:end])
    ]
