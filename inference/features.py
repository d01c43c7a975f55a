r"""Texts as hashed n-grams: the only thing the fast model sees of a text.

1. Undo HTML's escapes, lower-case, and cut into tokens: words, links, user names, numbers,
   emoticons, runs of punctuation, and every other visible character (such as an emoji) by itself.
   Joiners, skin tones and variation selectors are dropped. Of a very long text the beginning and
   the end are read.
2. Normalise each token: ``@name`` to ``@user``, a link to ``http``, digits to ``0``, ``#word`` to
   ``word``, anything repeated three times or more to two of it.
3. Take the words one, two and three at a time, and the four-letter pieces of each longer word
   between ``<`` and ``>``, marked by a tab. An n-gram is its words joined by one space, its number
   the CRC-32 of its UTF-8 bytes, its row in the model's table that number modulo ``BUCKETS``.

Each n-gram counts once. The character classes are written out, not left to ``\w``, so that a text
has the same n-grams whichever version of the Unicode tables a Python carries.
"""

import html
import re
from functools import lru_cache
from itertools import chain
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 18
FIRST_TOKENS = 300
LAST_TOKENS = 100
MAX_NGRAMS = 2048
TOKEN_MAX_CHARS = 40
PIECE_CHARS = 4
WORDS_MAX = 3
LENGTHS = (16, 32, 64, 96, 128, 160, 192, 256, 512, 1024, MAX_NGRAMS)
CACHED_TOKENS = 1 << 16

_LETTER = "a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u1fff\u3040-\ud7ff"
_TOKEN = re.compile(
    rf"(?!https?://|www\.)[{_LETTER}]{{1,{TOKEN_MAX_CHARS}}}(?:['\u2019][{_LETTER}]{{1,3}}(?![{_LETTER}]))?"
    r"|https?://\S*|www\.\S*"
    r"|@[a-z0-9_]+"
    r"|[0-9]+"
    r"|[:;=8]['\-o]?[()\[\]/\\|*@]+|<3+|[()]['\-]?[:;=]"
    r"|!+|\?[?!]*|\.\.+"
    r"|[^\x00-\x7f\u0080-\u00bf\u0300-\u036f\u2000-\u206f\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff]"
)
_ELONGATED = re.compile(r"(.)\1{2,}")


def tokenize(text: str) -> list[str]:
    """The tokens of a text in order, lower-case, not yet normalised.

    At most ``FIRST_TOKENS`` from the beginning and, of a longer text, ``LAST_TOKENS`` from the end.
    """
    if "&" in text:
        text = html.unescape(text)
    found = _TOKEN.findall(text.lower())
    if len(found) > FIRST_TOKENS + LAST_TOKENS:
        return found[:FIRST_TOKENS] + found[-LAST_TOKENS:]
    return found


def normalize(token: str) -> str:
    """A token in the form that n-grams are made of."""
    if token[0] == "@":
        return "@user"
    if "0" <= token[0] <= "9":
        return "0"
    if token.startswith(("http://", "https://", "www.")):
        return "http"
    return _ELONGATED.sub(r"\1\1", token.replace("\u2019", "'"))


def hash_ngrams(tokens: list[str]) -> list[int]:
    """Numbers of the distinct n-grams of tokens, at most ``MAX_NGRAMS``, in order of arrival."""
    numbers: list[int] = []
    all_pieces: list[tuple[int, ...]] = []
    before = pair_before = -1
    for token in tokens:
        word, continuation, pieces = _hash_token(token)
        numbers.append(word)
        if before >= 0:
            # A CRC goes on from where another ended: this is the CRC of both, joined by a space.
            pair = crc32(continuation, before)
            numbers.append(pair)
            if pair_before >= 0:
                numbers.append(crc32(continuation, pair_before))
            pair_before = pair
        before = word
        all_pieces.append(pieces)
    return list(dict.fromkeys(chain(numbers, *all_pieces)))[:MAX_NGRAMS]


def ngram_row(words: list[str]) -> int:
    """The row in the model's table of an n-gram of normalised words."""
    return crc32(_bytes(" ".join(words))) % BUCKETS


def word_rows(word: str) -> list[int]:
    """The rows of all that one normalised word brings: itself and its pieces."""
    _, _, pieces = _hash_token(word)
    return [ngram_row([word]), *(piece % BUCKETS for piece in dict.fromkeys(pieces))]


def padded_length(ngrams: int) -> int:
    """The smallest of ``LENGTHS`` that holds so many n-grams.

    It depends on the text alone, so what shares its batch cannot change how it is summed.
    """
    return next(length for length in LENGTHS if ngrams <= length)


def pad(texts: list[list[int]], length: int) -> NDArray[np.int32]:
    """Rows of the table, ``[texts, length]``, filled up with ``BUCKETS``, the row of zeros."""
    counts = np.fromiter(map(len, texts), np.int64, len(texts))
    numbers = np.fromiter(chain.from_iterable(texts), np.uint32, int(counts.sum()))
    rows = np.full((len(texts), length), BUCKETS, np.int32)
    rows[np.arange(length) < counts[:, np.newaxis]] = numbers % BUCKETS
    return rows


@lru_cache(maxsize=CACHED_TOKENS)
def _hash_token(raw: str) -> tuple[int, bytes, tuple[int, ...]]:
    """A token's number, the bytes that continue an n-gram with it, and its pieces' numbers."""
    token = normalize(raw)
    bounded = f"<{token}>" if len(token) >= PIECE_CHARS else ""
    pieces = tuple(
        crc32(_bytes("\t" + bounded[start : start + PIECE_CHARS]))
        for start in range(len(bounded) - PIECE_CHARS + 1)
    )
    return crc32(_bytes(token)), _bytes(" " + token), pieces


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
