import re
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.features import (
    BUCKETS,
    FIRST_TOKENS,
    LAST_TOKENS,
    LENGTHS,
    MAX_NGRAMS,
    TOKEN_MAX_CHARS,
    hash_ngrams,
    ngram_row,
    normalize,
    pad,
    padded_length,
    tokenize,
)

any_text = st.text(st.characters(), max_size=300)


def words(text: str) -> list[str]:
    return [normalize(token) for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I LOVE it", ["i", "love", "it"]),
        ("@Some_One hi", ["@user", "hi"]),
        ("see https://t.co/x?y=1 or www.a.example", ["see", "http", "or", "http"]),
        ("#NoWay #2015", ["noway", "0"]),
        ("soooooo goooood", ["soo", "good"]),
        ("don't don\u2019t", ["don't", "don't"]),
        ("wait!!!!! what??!", ["wait", "!!", "what", "??!"]),
        ("fine :) <3", ["fine", ":)", "<3"]),
        ("❤️👍🏽", ["❤", "👍"]),
        ("AT&amp;T", ["at", "t"]),
        ("3 days, 24h", ["0", "days", "0", "h"]),
        ("\x00\x07 \u200d", []),
        ("", []),
    ],
)
def test_texts_are_cut_and_normalised(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_an_ngram_is_the_crc32_of_its_words_joined_by_spaces() -> None:
    numbers = hash_ngrams(tokenize("We Left You"))
    for ngram in ("we", "left", "you", "we left", "left you", "we left you"):
        assert crc32(ngram.encode()) in numbers
    assert ngram_row(["we", "left"]) == crc32(b"we left") % BUCKETS


def test_longer_words_are_cut_into_pieces_marked_by_a_tab() -> None:
    pieces = {crc32(f"\t{piece}".encode()) for piece in ("<lov", "love", "ove>")}
    assert set(hash_ngrams(["love"])) == pieces | {crc32(b"love")}
    assert hash_ngrams(["you"]) == [crc32(b"you")]


def test_the_numbers_of_a_text_never_change() -> None:
    assert hash_ngrams(tokenize("not bad 😀")) == [
        crc32(ngram.encode()) for ngram in ("not", "bad", "not bad", "😀", "bad 😀", "not bad 😀")
    ]


@given(any_text)
def test_any_text_has_bounded_distinct_ngrams(text: str) -> None:
    numbers = hash_ngrams(tokenize(text))
    assert len(numbers) == len(set(numbers)) <= MAX_NGRAMS
    assert numbers == hash_ngrams(tokenize(text))
    assert all(0 <= number < 2**32 for number in numbers)


@given(any_text)
def test_no_token_is_longer_than_the_cache_expects(text: str) -> None:
    runs = re.compile(r"^(https?://|www\.|@|[0-9!?.<:;=8()])")
    assert all(
        len(token) <= TOKEN_MAX_CHARS + 4 for token in tokenize(text) if not runs.match(token)
    )


def test_of_a_very_long_text_beginning_and_end_are_read() -> None:
    tokens = tokenize(" ".join(["first"] * 900 + ["last"] * 900))
    assert tokens == ["first"] * FIRST_TOKENS + ["last"] * LAST_TOKENS


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=32), min_size=1, max_size=5))
def test_padding_keeps_the_rows_and_fills_up_with_the_zero_row(texts: list[list[int]]) -> None:
    rows = pad(texts, 32)
    for row, numbers in zip(rows, texts, strict=True):
        assert row[: len(numbers)].tolist() == [number % BUCKETS for number in numbers]
        assert np.all(row[len(numbers) :] == BUCKETS)


@given(st.integers(0, MAX_NGRAMS))
def test_the_padded_length_is_the_smallest_that_holds_the_text(ngrams: int) -> None:
    assert padded_length(ngrams) == min(length for length in LENGTHS if length >= ngrams)
