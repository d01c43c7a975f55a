from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts.errors import InputError
from inference.churn.fit import Example, fit, read_examples, write_weights
from inference.churn.reader import ChurnReader, Feelings
from inference.churn.risk import FEATURES, read_weights

CALM = Feelings(0.0, 0.0, 0.0)


def calm(texts: Sequence[str]) -> list[Feelings]:
    return [CALM] * len(texts)


def test_the_development_set_is_read_well_without_any_feelings() -> None:
    examples = read_examples()
    alerts = [
        ChurnReader(example.own, example.competitors).read(example.text, CALM).risk >= 0.5
        for example in examples
    ]
    right = sum(
        alert and example.is_leaving for alert, example in zip(alerts, examples, strict=True)
    )
    leaving = sum(example.is_leaving for example in examples)

    assert len(examples) >= 220
    assert 0.4 <= leaving / len(examples) <= 0.5
    assert 2 * right / (sum(alerts) + leaving) >= 0.8


def test_fitting_gives_each_feature_a_weight_within_its_bounds() -> None:
    examples = [
        Example(is_leaving=True, own=(), competitors=(), text="please cancel my contract"),
        Example(is_leaving=False, own=(), competitors=(), text="they cancelled my flight"),
    ]

    weights = fit(examples, ["what a lovely day"], calm)

    assert set(weights) == set(FEATURES)
    assert weights["leaving"] > 0
    assert weights["other thing"] <= 0


def test_weights_written_are_weights_read(tmp_path: Path) -> None:
    weights = dict.fromkeys(FEATURES, 0.25)

    write_weights(weights, tmp_path / "weights.json")

    assert read_weights(tmp_path / "weights.json") == weights


def test_weights_of_other_features_are_refused(tmp_path: Path) -> None:
    write_weights({"bias": 1.0}, tmp_path / "weights.json")

    with pytest.raises(InputError, match="other features"):
        read_weights(tmp_path / "weights.json")


@pytest.mark.parametrize("line", ["perhaps\t\t\ttext", "leaving\ttext"])
def test_a_malformed_line_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "examples.tsv"
    path.write_text(line + "\n", encoding="utf-8")

    with pytest.raises(ValueError, match="line 1"):
        read_examples(path)
