import gzip
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from inference.churn.examples import taught
from inference.corpora import read_corpus
from inference.fast import load_fast
from inference.normalize import normalize
from inference.train import accurate, distil, learning, run
from inference.train.bases import MINILM, tokenizer_file
from inference.train.calibrate import fit_scaling, rare_class_weights, to_logits
from inference.train.distil import Hashed, Lesson
from inference.train.students import KINDS, OUTPUTS, Convolution
from inference.train.tasks import Batch, TaskSet, pad, read_sets
from inference.train.trunk import MultiTask
from inference.wordpieces import MAX_TOKENS, encode, load_tokenizer

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


SHORT: dict[str, dict[str, Any]] = {
    "labels": {
        "from": MINILM,
        "learning_rate": 8e-5,
        "layer_decay": 0.9,
        "passes": {"sentiment/train": 0.5, "emotion/train": 0.5, "churn/messages": 0.01},
    },
    "taught": {
        "from": "labels",
        "by": ["labels"],
        "learning_rate": 8e-5,
        "layer_decay": 0.9,
        "passes": {"sentiment/train": 0.5, "unlabelled/tweets": 0.5, "churn/messages": 0.01},
    },
}


@pytest.fixture(scope="module")
def trained(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accurate, "ROUNDS", SHORT)
        patch.setattr(run, "taught", lambda: taught()[:40])
        run.train(corpora, folder, "all", folder / "kept")
    return folder


def test_training_writes_models_that_answer_with_their_recipe(trained: Path) -> None:
    analysis = load_analyzer(Inference(), trained).analyze(["post 3 says joy aloud"])[0]
    assert analysis.model.tier == "accurate"
    fast, slow = load_fast(trained).manifest, load_accurate(trained).manifest
    assert fast.recipe["student"] == run.STUDENT
    assert "--only accurate" in slow.recipe["command"]
    assert [share for share, _ in fast.doubt] == list(run.SHARES)


def test_a_student_taught_again_is_the_same_to_the_last_byte(
    corpora: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(trained, tmp_path / "models"))
    monkeypatch.setattr(run, "taught", lambda: taught()[:40])
    run.train(corpora, folder, "fast", tmp_path)
    assert load_fast(folder).manifest == load_fast(trained).manifest


def test_the_accurate_graph_answers_as_the_trained_network(corpora: Path, trained: Path) -> None:
    tier = load_accurate(trained)
    (place,) = (trained / "kept").glob("taught.*.pt")
    model = MultiTask(30_522, MAX_TOKENS, accurate.HEADS, layers=6)
    averaged = torch.optim.swa_utils.AveragedModel(model)
    averaged.load_state_dict(torch.load(place)["averaged"])
    averaged.eval()
    texts = normalize(read_corpus(corpora, "emotion/val").texts)
    tokens, mask = pad(tier.tokenize(texts))
    for task in ("sentiment", "emotion"):
        slope, *offset = tier.manifest.calibration[task]
        with torch.inference_mode():
            logits = averaged(task, tokens, mask).numpy()
        expected = softmax(logits * slope + offset, axis=1)
        assert np.abs(getattr(tier.score(texts), task) - expected).max() < 0.03


class InterruptedTrainingError(Exception):
    pass


def sets_of(corpora: Path) -> list[TaskSet]:
    tokenizer = load_tokenizer(tokenizer_file())
    wanted = SHORT["labels"]["passes"]
    every = read_sets(corpora, lambda texts: encode(tokenizer, texts), accurate.RECIPE["balance"])
    return [each.gone_through(wanted[each.name], 1) for each in every if each.name in wanted]


def test_a_training_that_was_interrupted_ends_as_if_it_had_not_been(
    corpora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = {**accurate.RECIPE, **SHORT["labels"], "tokens_per_batch": 128}
    sets = sets_of(corpora)

    def learned(kept: Path) -> dict[str, torch.Tensor]:
        torch.manual_seed(7)
        model = MultiTask(30_522, MAX_TOKENS, accurate.HEADS, layers=1)
        return learning.learn("labels", model, sets, recipe, kept).state_dict()

    at_once = learned(tmp_path / "at once")
    monkeypatch.setattr(learning, "KEPT_EVERY", 2)
    step = learning._Learner.step
    done: list[None] = []

    def interrupted(learner: learning._Learner, batch: Batch) -> None:
        if len(done) == 5:
            raise InterruptedTrainingError
        done.append(step(learner, batch))

    with monkeypatch.context() as patch:
        patch.setattr(learning._Learner, "step", interrupted)
        with pytest.raises(InterruptedTrainingError):
            learned(tmp_path / "in parts")
    in_parts = learned(tmp_path / "in parts")
    assert all(torch.equal(value, in_parts[name]) for name, value in at_once.items())


def test_a_training_that_had_ended_is_not_done_again(
    corpora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = {**accurate.RECIPE, **SHORT["labels"], "tokens_per_batch": 512}
    sets = sets_of(corpora)
    model = MultiTask(30_522, MAX_TOKENS, accurate.HEADS, layers=1)
    learning.learn("labels", model, sets, recipe, tmp_path)
    monkeypatch.setattr(learning._Learner, "step", None)
    learning.learn("labels", model, sets, recipe, tmp_path)


def test_a_teacher_has_its_share_of_labels_and_all_where_there_are_none() -> None:
    labelled = TaskSet(
        "x", "toxicity", ["a"], [[1]], np.ones((1, 1), np.float32), np.ones(1, np.float32)
    )
    said = np.zeros((1, 1), np.float32)
    assert labelled.towards(said, 0.25).targets.tolist() == [[0.75]]
    assert replace(labelled, is_labelled=False).towards(said, 0.25).targets.tolist() == [[0.0]]


def test_a_set_gone_through_in_part_is_a_repeatable_part() -> None:
    numbers = np.arange(10, dtype=np.float32)
    every = TaskSet(
        "x", "toxicity", list("abcdefghij"), [[n] for n in range(10)], numbers[:, None], numbers
    )
    part = every.gone_through(0.3, seed=1)
    assert len(part.texts) == 3
    assert [[n] for n in part.weights.astype(int)] == part.tokens
    assert part.texts == every.gone_through(0.3, seed=1).texts
    assert every.gone_through(2.5, seed=1).passes == 2.5


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_student_learns_and_ignores_padding(kind: str) -> None:
    taught = {
        "sentiment": np.array([[0, 0, 1], [1, 0, 0]] * 40, np.float32),
        "emotion": np.full((80, 7), 1 / 7, np.float32),
        "toxicity": np.full((80, 1), 0.5, np.float32),
        "churn": np.full((80, 1), 0.1, np.float32),
    }
    lesson = Lesson([f"so {word} {n}" for n in range(40) for word in ("good", "bad")], taught, {})
    student = distil.distil(KINDS[kind], [lesson], passes=25)
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
