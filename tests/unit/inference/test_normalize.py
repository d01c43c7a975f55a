import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.normalize import FIRST_CHARS, LAST_CHARS, MOST_EMOJI, normalize


def words(text: str) -> list[str]:
    return normalize([text])[0].split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("so happy!!!!!", ["so", "happy!!"]),
        ("@a_b, @c: thanks", ["user", "thanks"]),
        ("see https://example.org/x?y=1 and www.example.org", ["see", "http", "and", "http"]),
        ("#HappyBirthday2You #NASA", ["Happy", "Birthday", "2", "You", "NASA"]),
        ("salt &amp; pepper &lt;3", ["salt", "&", "pepper", "love"]),
        ("\u201cit\u2019s\u201d", ['"it\'s"']),
        ("fine 👍🏽❤️", ["fine", "thumbs", "up", "sign", "heavy", "black", "heart"]),
        ("wait....what", ["wait", "…", "what"]),
        ("fine :-) but :(( today", ["fine", "smile", "but", "sad", "today"]),
        ("at 10:30 (see a:b) f(x):D", ["at", "10:30", "(see", "a:b)", "f(x)", "laugh"]),
        ("", []),
    ],
)
def test_each_rule(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_of_a_row_of_emoji_only_the_first_are_named() -> None:
    grins = words("😀" * 3 + "😡" * 40)
    assert grins.count("grinning") <= MOST_EMOJI
    assert words("😀😡 " * 20).count("pouting") <= MOST_EMOJI


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    text = "a b " * 500 + "the end"
    (kept,) = normalize([text])
    assert len(kept) <= FIRST_CHARS + LAST_CHARS + 10
    assert kept.endswith("the end")


@given(
    st.lists(
        st.text(st.characters(), max_size=60) | st.sampled_from(["😀" * 9, "a\x1eb", "&lt", "@x"])
    )
)
def test_a_text_becomes_the_same_whatever_it_comes_with(texts: list[str]) -> None:
    assert normalize(texts) == [normalize([text])[0] for text in texts]
