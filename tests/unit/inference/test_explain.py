from functools import cache

import pytest

from inference.explain import PARTS_MAX, Attribution, explain
from inference.fast import load_fast
from inference.normalize import normalize

load_once = cache(load_fast)


def weights(text: str) -> dict[str, float]:
    return {part.words: part.weight for part in explain(load_once(), text, normalize)}


def test_the_words_that_carry_the_feeling_weigh_most() -> None:
    found = weights("the screen is awful but the keyboard is there")
    assert min(found, key=found.__getitem__) == "awful"
    assert found["awful"] < -0.1
    found = weights("what a wonderful day in the city")
    assert max(found, key=found.__getitem__) == "wonderful"


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_a_text_without_words_has_no_parts(text: str) -> None:
    assert explain(load_once(), text, normalize) == []


def test_parts_are_where_they_say() -> None:
    text = "  great   phone,  bad\tbattery 😡 "
    for part in explain(load_once(), text, normalize):
        assert text[part.start : part.end] == part.words


def test_a_long_text_is_cut_into_a_bounded_number_of_parts() -> None:
    parts = explain(load_once(), "so good " * 700, normalize)
    assert len(parts) <= PARTS_MAX
    assert all(isinstance(part, Attribution) for part in parts)
