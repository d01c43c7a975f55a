from pathlib import Path

import numpy as np

from inference.accurate import load_accurate
from inference.evaluation.benchmark import Speed
from inference.evaluation.card import STUDENTS, card, plot
from inference.evaluation.measures import Bin, Measured, Score, calibration_bins, measure
from inference.evaluation.offered import Point
from inference.evaluation.scores import Evaluation, Report
from inference.fast import load_fast

SCORE = Score("fast", "sentiment", "macro recall", Measured(0.725, 0.701, 0.749, 1234))
REPORT = Report(
    [SCORE],
    np.array([[5, 1, 0], [2, 1007, 3], [0, 1, 9]]),
    [Bin(0.65, 0.6, 10)],
    [Score("fast", "with a hashtag", "macro recall", Measured(0.5, 0.4, 0.6, 99))],
)


def test_the_card_shows_every_figure() -> None:
    evaluation = Evaluation(
        {"fast": REPORT, "accurate": REPORT}, [SCORE], [Point(2500, 2431.7, 0.7218, 0.1234, 1.5)]
    )
    page = card(
        evaluation,
        [load_fast().manifest, load_accurate().manifest],
        [Speed("fast", "1 thread", 64, 20_123.4, 3.211, 4.567)],
        ["the fast tier does much"],
    )
    for row in (
        "| fast | sentiment | macro recall | 0.725 | 0.701 to 0.749 | 1,234 |",
        "| neutral | 2 | 1,007 | 3 |",
        "| with a hashtag | 99 | 0.500 (0.400 to 0.600) | 0.500 (0.400 to 0.600) |",
        "| 2,500 | 2,432 | 0.722 | 12.3% | 1.50 s |",
        "| fast | 1 thread | 64 | 20,123 | 3.21 | 4.57 |",
        "- the fast tier does much",
    ):
        assert row in page
    assert "{" not in page
    assert STUDENTS.is_file()


def test_the_plot_is_the_same_for_the_same_bins(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        plot({"fast": [Bin(0.5, 0.4, 3), Bin(0.9, 0.95, 8)]}, tmp_path / name / "plot.svg")
    first, second = ((tmp_path / name / "plot.svg").read_bytes() for name in ("one", "two"))
    assert first == second
    assert b"confidence" in first or b"<svg" in first


def test_an_interval_holds_the_value_and_narrows_with_more_texts() -> None:
    chooser = np.random.default_rng(1)
    answers = chooser.random(5000) < 0.3
    few, many = (
        measure(lambda _, said: float(said.mean()), answers[:count], answers[:count])
        for count in (100, 5000)
    )
    assert few.low <= few.value <= few.high
    assert many.high - many.low < (few.high - few.low) / 3
    assert many.value == answers.mean()


def test_bins_hold_every_answer_once() -> None:
    confidence = np.array([0.0, 0.05, 0.55, 0.95, 1.0])
    bins = calibration_bins(confidence, np.array([False, False, True, True, False]))
    assert [each.texts for each in bins] == [2, 1, 2]
    assert bins[-1] == Bin(0.975, 0.5, 2)
