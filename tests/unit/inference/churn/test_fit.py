from pathlib import Path

import numpy as np
import pytest

from contracts.errors import InputError
from inference.churn.examples import (
    DEVELOPMENT,
    UNSEEN,
    Example,
    held_out,
    leaving,
    marked,
    read_examples,
    taught,
)
from inference.churn.fit import fit, write_weights
from inference.churn.reader import ChurnReader
from inference.churn.risk import FEATURES, Feelings, read_weights

CALM = Feelings(0.0, 0.0, 0.0, 0.0)


def test_the_rules_alone_read_the_development_set_well() -> None:
    examples = read_examples(DEVELOPMENT)
    alerts = [
        ChurnReader(example.own, example.competitors).read(example.text, CALM).risk >= 0.5
        for example in examples
    ]
    right = sum(
        alert and example.is_leaving for alert, example in zip(alerts, examples, strict=True)
    )
    count = sum(example.is_leaving for example in examples)

    assert len(examples) >= 220
    assert 0.4 <= count / len(examples) <= 0.5
    assert 2 * right / (sum(alerts) + count) >= 0.8


def test_fitting_gives_each_feature_a_weight_within_its_bounds() -> None:
    examples = [
        Example(is_leaving=True, own=(), competitors=(), text="please cancel my contract"),
        Example(is_leaving=False, own=(), competitors=(), text="they cancelled my flight"),
        Example(is_leaving=False, own=(), competitors=(), text="what a lovely day"),
    ]

    weights = fit(examples, [CALM] * 3, np.array([1.0, 1.0, 0.1]))

    assert set(weights) == set(FEATURES)
    assert weights["leaving"] > 0
    assert weights["other thing"] <= 0


def test_a_model_that_is_right_is_heard() -> None:
    example = Example(is_leaving=True, own=(), competitors=(), text="your router is in the post")
    posts = [example, example._replace(is_leaving=False)] * 20
    right = [CALM._replace(learned=1.0), CALM._replace(learned=-1.0)] * 20
    wrong = [felt._replace(learned=-felt.learned) for felt in right]
    counts = np.ones(len(posts))

    assert fit(posts, right, counts)["learned"] > fit(posts, wrong, counts)["learned"] >= 0


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


def test_what_is_counted_or_weighed_with_was_not_taught() -> None:
    learnt = {(each.text, each.own) for each in taught()}
    apart = [*held_out(), *read_examples(UNSEEN)]

    assert len(learnt) > 3000
    assert not [each for each in apart if (each.text, each.own) in learnt]


def test_a_model_reads_whose_names_they_are_and_targets_short_of_certainty() -> None:
    example = Example(True, ("Velmora",), ("Kestova",), "Velmora to Kestova")

    assert marked([example]) == ["our company to the competitor"]
    assert leaving([example, example._replace(is_leaving=False)]).tolist() == [
        pytest.approx([0.98]),
        pytest.approx([0.02]),
    ]
