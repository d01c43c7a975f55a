import numpy as np
import pytest

from inference.cascade import Cascade, doubt, ladder

DOUBT = [(0.5, 0.3), (0.1, 0.6), (0.25, 0.4)]


@pytest.fixture
def cascade() -> Cascade:
    cascade = Cascade(ladder(DOUBT), [1.0, 1.0, 1.0], latency_s=2.0)
    for _ in range(200):
        cascade.took(1000, 0.05, 500, 1.0)  # 50 µs and 2 ms a text
    return cascade


def test_the_ladder_goes_from_every_text_to_none() -> None:
    assert [level.share for level in ladder(DOUBT)] == [1.0, 0.5, 0.25, 0.1, 0.0]


@pytest.mark.parametrize(
    ("waiting", "share"), [(1, 1.0), (400, 1.0), (600, 0.5), (1500, 0.25), (3000, 0.1), (30_000, 0)]
)
def test_the_more_texts_wait_the_fewer_are_escalated(
    cascade: Cascade, waiting: int, share: float
) -> None:
    assert cascade.level(waiting).share == share


def test_the_most_doubtful_are_escalated(cascade: Cascade) -> None:
    sentiment = np.array([[0.9, 0.05, 0.05], [0.4, 0.35, 0.25], [0.2, 0.65, 0.15]], np.float32)
    chosen = [cascade.choose(sentiment, level).tolist() for level in ladder(DOUBT)]
    assert chosen == [[0, 1, 2], [1, 2], [1], [], []]


def test_doubt_is_judged_as_labels_are_chosen() -> None:
    sentiment = np.array([[0.3, 0.6, 0.1], [1.0, 0.0, 0.0]], np.float32)

    assert doubt(sentiment, np.array([1.0, 1.0, 1.0])) == pytest.approx([0.4, 0.0])
    assert doubt(sentiment, np.array([2.0, 1.0, 1.0])) == pytest.approx([1 - 0.6 / 1.3, 0.0])


def test_it_learns_that_texts_take_longer(cascade: Cascade) -> None:
    before = cascade.level(1500).share
    for _ in range(20):
        cascade.took(1000, 0.05, 500, 10.0)
    assert cascade.level(1500).share < before


def test_calls_without_texts_teach_nothing(cascade: Cascade) -> None:
    before = [cascade.level(waiting) for waiting in range(1, 5000, 100)]
    cascade.took(0, 1.0, 0, 1.0)
    assert [cascade.level(waiting) for waiting in range(1, 5000, 100)] == before
