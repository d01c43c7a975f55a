import pytest

from dataflows.steps.clean import clean_text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  fine \n", "fine"),
        ("Tom &amp; Jerry &lt;3", "Tom & Jerry <3"),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("Itâ€™s a cafÃ©", "It's a café"),
        ("a\x00b\x1bc", "abc"),
        ("\ufeffhello", "hello"),
        ("cafe\u0301", "caf\u00e9"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("line\nbreak", "line\nbreak"),
        ("😂", "😂"),
        ("\u200b\u200d", ""),
        ("", ""),
    ],
)
def test_text_is_cleaned(raw: str, clean: str) -> None:
    assert clean_text(raw).replace("\u2019", "'") == clean
