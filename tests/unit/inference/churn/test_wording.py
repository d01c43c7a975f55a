import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.churn.wording import CLAUSES_MAX, clauses, strongest_clauses
from inference.fast import load_fast
from inference.normalize import normalize


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("one", ["one"]),
        ("No. Not this time again, thanks", ["No. Not this time again, thanks"]),
        (
            "your router is in the post, my number is with the others now. Bye!",
            ["your router is in the post,", "my number is with the others now. Bye!"],
        ),
    ],
)
def test_a_text_is_cut_at_its_punctuation(text: str, expected: list[str]) -> None:
    assert clauses(text) == expected


@given(st.text(st.sampled_from("ab ,.!\n")))
def test_no_word_is_lost_and_clauses_are_few(text: str) -> None:
    found = clauses(text)
    assert 1 <= len(found) <= CLAUSES_MAX
    assert " ".join(found).split() == text.split()


def test_the_clause_that_says_it_is_found_in_each_text() -> None:
    texts = [
        "The weather was lovely on Sunday, please cancel my account today, the dog says hello.",
        "I have closed my account with you, the children are back at school this week.",
    ]
    assert strongest_clauses(texts, load_fast(), normalize) == [
        "please cancel my account today,",
        "I have closed my account with you,",
    ]
