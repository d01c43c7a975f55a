import gzip
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from contracts.errors import InputError
from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from inference.corpora import read_corpus
from inference.model import load_model
from inference.train.churn_phrases import generate
from inference.train.linear import (
    class_weights,
    drop_rare,
    fit_platt,
    fit_temperature,
    vectorize,
)
from inference.train.run import train

POSTS = ["what a lovely day it is", "meeting friends later", "no idea what is going on"]


def write_corpus(folder: Path, name: str, labels: list[str]) -> None:
    path = folder / f"{name}.tsv.gz"
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for number in range(6 * len(labels)):
            label = labels[number % len(labels)]
            lines.write(f"{label}\tpost {number} says {label.replace(',', ' ')} aloud\n")


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    for split in ("train", "val"):
        write_corpus(tmp_path, f"sentiment/{split}", list(SENTIMENT_LABELS))
        write_corpus(tmp_path, f"emotion/{split}", [*EMOTIONS, "joy,anger"])
        write_corpus(tmp_path, f"toxicity/offensive-{split}", ["offensive", "not-offensive"])
    write_corpus(tmp_path, "emotion/tweets-train", ["anger", "optimism"])
    write_corpus(tmp_path, "toxicity/davidson-train", ["hate", "offensive", "neither"])
    return tmp_path


def test_training_twice_writes_the_same_model_that_answers_as_it_was_trained(
    corpora: Path,
) -> None:
    said: list[str] = []
    for name in ("one", "two"):
        train(corpora, corpora / name, said.append)
    assert load_model(corpora / "one").manifest.tier == "fast"
    assert "differs from scikit-learn by at most" in said[-1]
    for path in (corpora / "one").iterdir():
        assert path.read_bytes() == (corpora / "two" / path.name).read_bytes()


def test_a_line_without_a_tab_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.tsv.gz").write_bytes(gzip.compress(b"a\tfine\nbroken\n"))
    with pytest.raises(InputError, match="line 2: no tab"):
        read_corpus(tmp_path, "bad")


def test_a_file_that_is_not_gzip_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.tsv.gz").write_bytes(b"a\tfine\n")
    with pytest.raises(InputError, match=r"bad\.tsv\.gz cannot be read"):
        read_corpus(tmp_path, "bad")


def test_phrases_are_distinct_repeatable_and_of_both_kinds() -> None:
    phrases = generate(7, POSTS, held_out=False)
    assert phrases == generate(7, POSTS, held_out=False)
    assert len(set(phrases.texts)) == len(phrases.texts) > 5000
    assert 0.3 < sum(phrases.leaving) / len(phrases.leaving) < 0.7
    assert not any("{" in text or "|" in text or "[" in text for text in phrases.texts)


def test_held_out_phrases_are_not_trained_on() -> None:
    trained = set(generate(7, POSTS, held_out=False).texts)
    held_out = generate(7, POSTS, held_out=True)
    assert len(held_out.texts) > 1000
    assert len(trained.intersection(held_out.texts)) < 0.02 * len(held_out.texts)


def test_vectors_have_the_length_one() -> None:
    matrix = vectorize(["so good", "a much longer text about this and that", ""])
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1)).ravel()
    assert np.asarray(lengths).ravel().tolist() == pytest.approx([1, 1, 0])


def test_rows_of_rare_ngrams_are_emptied() -> None:
    matrix = drop_rare(vectorize(["ab cd", "ab ef"]), 2)
    assert matrix.astype(bool).sum(axis=1).ravel().tolist() == [[1, 1]]


def test_balanced_weights_make_classes_equally_heavy() -> None:
    targets = np.array([0] * 90 + [1] * 10)
    weights = class_weights(targets, 1.0)
    assert weights[targets == 0].sum() == pytest.approx(weights[targets == 1].sum())
    assert class_weights(targets, 0.0).tolist() == [1.0] * 100


def test_calibration_finds_the_scale_that_logits_were_stretched_by() -> None:
    chooser = np.random.default_rng(3)
    logits = chooser.normal(0, 2, 20_000)
    targets = (chooser.random(20_000) < expit(logits)).astype(np.int64)
    both = np.column_stack([-logits / 2, logits / 2])
    assert fit_temperature(3 * both, targets) == pytest.approx(3, rel=0.05)
    slope, offset = fit_platt(2 * logits + 1, targets)
    assert (slope, offset) == pytest.approx((0.5, -0.5), rel=0.1)
