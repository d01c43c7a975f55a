import numpy as np

from inference.model import WIDTHS, Probabilities, draft
from inference.normalize import normalize
from inference.remembered import Remembered


class Counting:
    """A tier that notes what it is asked, and answers with the text's length."""

    manifest = draft("made-up", "0", "fast")

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, texts: list[str]) -> Probabilities:
        self.asked += texts
        lengths = np.array([[len(text)] for text in texts], np.float32).reshape(-1, 1)
        return Probabilities.of(np.repeat(lengths, sum(WIDTHS), axis=1))


def test_a_text_is_scored_once_while_it_is_remembered() -> None:
    tier = Counting()
    remembered = Remembered(tier, 2)
    assert remembered.score(["a", "bb", "a"]).toxicity[:, 0].tolist() == [1, 2, 1]
    remembered.score(["a"])
    assert tier.asked == ["a", "bb"]
    remembered.score(["ccc"])
    assert remembered.score(["a", "bb"]).sentiment[:, 0].tolist() == [1, 2]
    assert tier.asked == ["a", "bb", "ccc", "bb"]


def test_with_no_place_nothing_is_remembered() -> None:
    tier = Counting()
    remembered = Remembered(tier, 0)
    assert remembered.score(["a", "a"]).toxicity[:, 0].tolist() == [1, 1]
    remembered.score(["a"])
    assert tier.asked == ["a", "a"]


def test_no_texts_have_no_rows() -> None:
    assert Remembered(Counting(), 5).score(normalize([])).emotion.shape == (0, WIDTHS[1])
