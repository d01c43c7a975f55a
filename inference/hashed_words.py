"""Texts as hashed words: what the fast model sees of a text.

A word is a run of letters and digits, or one of other visible characters; apostrophes are left
out (``don't`` is ``dont``), upper case does not count. Each word is three numbers of rows in the
model's table: of itself, of its first and of its last four bytes, in UTF-8.

All words of all texts are hashed together. The hash is polynomial (Karp and Rabin, 1987): with
prefix sums of bytes times powers of an odd number, modulo 2^64, that of any run of bytes is one
subtraction and one product.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ROWS = 1 << 16
COLUMNS = 3
AFFIX_BYTES = 4
WORDS_MAX = 128
CHUNK_BYTES = 1 << 16

_BETWEEN = b"\x00"
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_SEEDS = np.array([0x8CB92BA72F3D8DD7, 0xABC98388FB8FAC03, 0xD6E8FEB86659FD93], np.uint64)
_SPACE, _LETTER, _OTHER = 0, 1, 2

UInt64s = NDArray[np.uint64]


class HashedWords(NamedTuple):
    """Rows ``[words, COLUMNS]`` of all texts' words, one text after the other; words a text."""

    rows: NDArray[np.int32]
    counts: NDArray[np.int64]


def _classes() -> NDArray[np.uint8]:
    classes = np.full(256, _OTHER, np.uint8)
    classes[: ord(" ") + 1] = _SPACE
    classes[0x7F] = _SPACE
    for first, last in ((ord("0"), ord("9")), (ord("a"), ord("z")), (0x80, 0xFF)):
        classes[first : last + 1] = _LETTER
    return classes


def _powers(base: int, count: int) -> UInt64s:
    powers = np.full(count, base, np.uint64)
    powers[0] = 1
    return np.asarray(np.multiply.accumulate(powers))


_CLASSES = _classes()
_POWERS = _powers(_BASE, CHUNK_BYTES + 1)
_INVERSE_POWERS = _powers(_INVERSE, CHUNK_BYTES + 1)


def hash_words(texts: Sequence[str]) -> HashedWords:
    """The words of normalised texts, at most ``WORDS_MAX`` of each."""
    encoded = [
        text.lower().replace("'", "").encode("utf-8", "replace")[: CHUNK_BYTES // 2]
        for text in texts
    ]
    parts = []
    start = 0
    while start < len(encoded):
        end, size = start + 1, len(encoded[start]) + 1
        while end < len(encoded) and size + len(encoded[end]) < CHUNK_BYTES:
            size += len(encoded[end]) + 1
            end += 1
        parts.append(_hash_chunk(encoded[start:end]))
        start = end
    if not parts:
        return HashedWords(np.zeros((0, COLUMNS), np.int32), np.zeros(0, np.int64))
    return HashedWords(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )


def _hash_chunk(texts: list[bytes]) -> HashedWords:
    """Texts that have at most ``CHUNK_BYTES`` together with what is put between them."""
    bytes_ = np.frombuffer(_BETWEEN.join([*texts, b""]), np.uint8)
    classes = _CLASSES[bytes_]
    changes = np.flatnonzero(classes[1:] != classes[:-1]) + 1
    edges = np.concatenate([[0], changes, [len(bytes_)]])
    visible = classes[edges[:-1]] != _SPACE
    starts, ends = edges[:-1][visible], edges[1:][visible]

    text_ends = np.cumsum([len(text) + 1 for text in texts])
    firsts = np.searchsorted(starts, text_ends - [len(text) + 1 for text in texts])
    counts = np.diff(np.append(firsts, len(starts)))
    if counts.max(initial=0) > WORDS_MAX:
        place = np.arange(len(starts)) - np.repeat(firsts, counts)
        starts, ends = starts[place < WORDS_MAX], ends[place < WORDS_MAX]
        counts = np.minimum(counts, WORDS_MAX)

    sums = np.zeros(len(bytes_) + 1, np.uint64)
    np.cumsum((bytes_ + np.uint64(1)) * _INVERSE_POWERS[: len(bytes_)], out=sums[1:])
    runs = (
        (starts, ends),
        (starts, np.minimum(starts + AFFIX_BYTES, ends)),
        (np.maximum(ends - AFFIX_BYTES, starts), ends),
    )
    rows = np.empty((len(starts), COLUMNS), np.int32)
    for column, (first, last) in enumerate(runs):
        numbers = (sums[last] - sums[first]) * _POWERS[first]
        rows[:, column] = _mixed(numbers, _SEEDS[column])
    return HashedWords(rows, counts)


def _mixed(numbers: UInt64s, seed: np.uint64) -> NDArray[np.int32]:
    """Rows of the table from hashes: the high bits, after every bit has moved them."""
    mixed = (numbers ^ (numbers >> np.uint64(32))) * seed
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _SEEDS[0]
    rows: NDArray[np.int32] = (mixed >> np.uint64(64 - ROWS.bit_length() + 1)).astype(np.int32)
    return rows
