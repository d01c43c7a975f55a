import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import expit, softmax
from torch import nn

from contracts.errors import InputError
from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from contracts.settings import Inference
from inference.accurate import load_accurate
from inference.analyzer import load_analyzer
from inference.corpora import read_corpus
from inference.fast import load_fast
from inference.normalize import normalize
from inference.train import accurate, distil, run
from inference.train.calibrate import fit_scaling, rare_class_weights, to_logits
from inference.train.distil import Hashed, Lesson
from inference.train.students import KINDS, OUTPUTS, Convolution
from inference.train.tasks import pad

TEXTS = ["so good", "so bad", "", "what a day this is going to be for all of us"]


def write_corpus(folder: Path, name: str, labels: list[str]) -> None:
    path = folder / f"{name}.tsv.gz"
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for number in range(6 * len(labels)):
            label = labels[number % len(labels)]
            lines.write(f"{label}\tpost {number} says {label.replace(',', ' ')} aloud\n")


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    for split in ("train", "val"):
        write_corpus(folder, f"sentiment/{split}", list(SENTIMENT_LABELS))
        write_corpus(folder, f"emotion/{split}", [*EMOTIONS, "joy,anger"])
        write_corpus(folder, f"emotion/tweets-{split}", ["anger", "optimism"])
        write_corpus(folder, f"toxicity/offensive-{split}", ["offensive", "not-offensive"])
    write_corpus(folder, "toxicity/davidson-train", ["hate", "offensive", "neither"])
    write_corpus(folder, "toxicity/hate-train", ["hate", "not-hate"])
    (folder / "unlabelled").mkdir()
    tweets = "\n".join(f"tweet number {n} about nothing" for n in range(20))
    (folder / "unlabelled" / "tweets.txt.gz").write_bytes(gzip.compress(tweets.encode()))
    return folder


@pytest.fixture(scope="module")
def trained(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    run.train(corpora, folder, "all", lambda _: None)
    return folder


def test_training_writes_models_that_answer_with_their_recipe(trained: Path) -> None:
    analysis = load_analyzer(Inference(), trained).analyze(["post 3 says joy aloud"])[0]
    assert analysis.model.tier == "accurate"
    fast, slow = load_fast(trained).manifest, load_accurate(trained).manifest
    assert fast.recipe["student"] == run.STUDENT
    assert "--only accurate" in slow.recipe["command"]
    assert [share for share, _ in fast.doubt] == list(run.SHARES)


def test_a_student_taught_again_is_the_same_to_the_last_byte(
    corpora: Path, trained: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(trained, tmp_path / "models"))
    run.train(corpora, folder, "fast", lambda _: None)
    assert load_fast(folder).manifest == load_fast(trained).manifest


def test_the_accurate_graph_answers_as_the_trained_network(corpora: Path, tmp_path: Path) -> None:
    model, tokenizer = accurate.train(run.base_folder(), corpora, lambda _: None, share=0.2)
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    run.write_accurate(weights, tokenizer, corpora, tmp_path, lambda _: None)
    tier = load_accurate(tmp_path)
    texts = normalize(read_corpus(corpora, "emotion/val").texts)
    tokens = [tier.tokenize([text])[0] for text in texts]
    for task in ("sentiment", "emotion"):
        slope, *offset = tier.manifest.calibration[task]
        expected = softmax(accurate.logits(model, task, tokens) * slope + offset, axis=1)
        assert np.abs(getattr(tier.score(texts), task) - expected).max() < 0.03


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_student_learns_and_ignores_padding(kind: str) -> None:
    taught = {
        "sentiment": np.array([[0, 0, 1], [1, 0, 0]] * 40, np.float32),
        "emotion": np.full((80, 7), 1 / 7, np.float32),
        "toxicity": np.full((80, 1), 0.5, np.float32),
    }
    lesson = Lesson([f"so {word} {n}" for n in range(40) for word in ("good", "bad")], taught, {})
    student = distil.distil(KINDS[kind], [lesson], lambda _: None, passes=25)
    together = predict(student, TEXTS)["sentiment"]
    assert together[0].argmax() == 2
    assert together[1].argmax() == 0
    apart = np.concatenate([predict(student, [text])["sentiment"] for text in TEXTS])
    assert np.abs(together - apart).max() < 1e-4


def predict(student: nn.Module, texts: list[str]) -> dict[str, NDArray[np.float32]]:
    with torch.inference_mode():
        logits = student(*Hashed(texts).batch(np.arange(len(texts)))).numpy()
    return {"sentiment": logits[:, :3]}


def test_students_see_words_up_to_their_length() -> None:
    rows, present = Hashed(TEXTS).batch(np.arange(len(TEXTS)))
    assert present.sum(dim=1).tolist() == [2, 2, 0, 12]
    assert rows.shape == (4, 12, 3)


def test_shorter_texts_are_padded_with_nothing() -> None:
    tokens, mask = pad([[5, 6], [7]])
    assert tokens.tolist() == [[5, 6], [7, 0]]
    assert mask.tolist() == [[1, 1], [1, 0]]


def test_a_network_of_a_seed_is_the_same() -> None:
    def made() -> torch.Tensor:
        torch.manual_seed(5)
        student = Convolution(8, 8, 2).eval()
        return student(*Hashed(TEXTS).batch(np.arange(4)))

    assert torch.equal(made(), made())
    assert made().shape == (4, sum(OUTPUTS.values()))


def test_calibration_finds_what_logits_were_stretched_and_moved_by() -> None:
    chooser = np.random.default_rng(3)
    logits = chooser.normal(0, 1, (20_000, 3))
    chances = softmax(logits, axis=1)
    chosen = (chooser.random((20_000, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    scaling = fit_scaling(3 * logits + [0.5, 0, 0], np.eye(3)[chosen])
    assert scaling.slope.tolist() == pytest.approx([1 / 3] * 3, rel=0.05)
    assert scaling.offset[0] - scaling.offset[1] == pytest.approx(-0.5 / 3, abs=0.05)
    yes = (chooser.random((20_000, 1)) < expit(logits[:, :1])).astype(float)
    scaling = fit_scaling(2 * logits[:, :1] + 1, yes)
    assert (scaling.slope[0], scaling.offset[0]) == pytest.approx((0.5, -0.5), rel=0.1)


def test_logits_give_their_probabilities_back() -> None:
    chances = np.array([[0.2, 0.5, 0.3]])
    assert softmax(to_logits(chances), axis=1) == pytest.approx(chances)
    assert expit(to_logits(np.array([[0.9]]))) == pytest.approx(np.array([[0.9]]))


def test_rare_classes_weigh_more() -> None:
    weights = rare_class_weights(np.array([[0.8, 0.2], [0.8, 0.2]]), 1.0)
    assert weights[1] / weights[0] == pytest.approx(4, rel=1e-3)
    assert rare_class_weights(np.array([[0.8, 0.2]]), 0.0) == [1, 1]


def test_a_line_without_a_tab_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.tsv.gz").write_bytes(gzip.compress(b"a\tfine\nbroken\n"))
    with pytest.raises(InputError, match="line 2: no tab"):
        read_corpus(tmp_path, "bad")


def test_a_file_that_is_not_gzip_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.tsv.gz").write_bytes(b"a\tfine\n")
    with pytest.raises(InputError, match=r"bad\.tsv\.gz cannot be read"):
        read_corpus(tmp_path, "bad")
