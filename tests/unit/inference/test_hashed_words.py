import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.hashed_words import COLUMNS, ROWS, WORDS_MAX, hash_words


def rows(text: str) -> list[list[int]]:
    result: list[list[int]] = hash_words([text]).rows.tolist()
    return result


def test_words_and_runs_of_signs_are_told_apart() -> None:
    assert hash_words(["don't stop!! now", "", "  ", "a-b"]).counts.tolist() == [4, 0, 0, 3]


def test_case_and_apostrophes_do_not_count() -> None:
    assert rows("DON'T Stop") == rows("dont stop")


def test_a_word_has_the_same_rows_wherever_it_stands() -> None:
    alone, after = rows("delivery"), rows("a very late delivery")
    assert alone[0] == after[-1]


def test_first_and_last_bytes_have_rows_of_their_own() -> None:
    one, other = rows("disconnected")[0], rows("disappointed")[0]
    assert one[0] != other[0]
    assert rows("unhappy")[0][2] == rows("happy")[0][2]
    assert rows("unplugged")[0][1] == rows("unpleasant")[0][1]


def test_words_fall_into_rows_of_their_own() -> None:
    names = [f"word{n}" for n in range(3000)]
    distinct = {tuple(row) for name in names for row in rows(name)}
    assert len(distinct) == len(names)
    assert len({row[0] for row in distinct}) > 0.95 * len(names)


def test_of_many_words_the_first_count() -> None:
    assert hash_words(["so good " * 500]).counts.tolist() == [WORDS_MAX]


@given(st.lists(st.text(st.characters(), max_size=80), max_size=20))
def test_a_text_has_the_same_rows_whatever_it_comes_with(texts: list[str]) -> None:
    together = hash_words(texts)
    apart = [hash_words([text]) for text in texts]
    assert together.counts.tolist() == [int(each.counts[0]) for each in apart]
    assert together.rows.shape == (together.counts.sum(), COLUMNS)
    assert ((together.rows >= 0) & (together.rows < ROWS)).all()
    if texts:
        assert (together.rows == np.concatenate([each.rows for each in apart])).all()


@pytest.mark.parametrize("text", ["x" * 100_000, "é" * 100_000, "\ud800" * 100])
def test_a_word_of_any_length_has_rows(text: str) -> None:
    assert hash_words([text, "fine"]).counts.tolist()[1] == 1
