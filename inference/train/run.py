"""From the corpora to the shipped files: the accurate model, then the student that it teaches."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from inference.accurate import GRAPH as ACCURATE_GRAPH
from inference.accurate import TOKENIZER, AccurateTier, load_accurate
from inference.accurate import text_form as accurate_text_form
from inference.cascade import doubt
from inference.churn.examples import held_out, leaving, marked, taught
from inference.churn.fit import refit
from inference.corpora import read_corpus
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
from inference.train.progress import say
from inference.train.students import KINDS
from inference.train.targets import emotions, offensive, sentiments
from inference.train.tasks import read_unlabelled
from inference.train.teaching import said
from inference.wordpieces import load_tokenizer

ACCURATE = {"name": "groundswell-minilm", "version": "1.0.0"}
FAST = {"name": "groundswell-words", "version": "2.0.0"}
STUDENT = "convolution"
BALANCE = {"sentiment": 1.0, "emotion": 0.25}
SHARES = (0.9, 0.75, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02)
REPEATED_CHURN = 4
# The cascade's thresholds must hold wherever posts come from.
DOMAINS = ("sentiment/val", "emotion/val", "emotion/tweets-val", "toxicity/offensive-val")

Weights = Mapping[str, NDArray[np.float32]]


def train(data: Path, folder: Path, only: str, kept: Path) -> None:
    """Train what is asked for, ``accurate``, ``fast``, ``churn`` or ``all``, each from the last.

    ``students`` trains every kind of student and writes how good each is, and no model.

    :param data: the folder of the corpora.
    :param folder: where the models are, and are written to.
    :param kept: where the accurate model's training is kept as it goes on, to go on from.
    :raises InputError: a corpus is missing or wrong, or a model that another is taught by.
    """
    if only in {"accurate", "all"}:
        train_accurate(data, folder, kept)
    if only in {"fast", "all"}:
        train_fast(data, folder)
    if only in {"churn", "all"}:
        refit(data, folder)
        say("fitted the churn rules' weights")
    if only == "students":
        compare(data, lessons(data, load_accurate(folder, threads=2)))


def train_accurate(data: Path, folder: Path, kept: Path) -> None:
    """Fine-tune the accurate model and write its files."""
    model, tokenizer = accurate.train(data, kept)
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    write_accurate(weights, tokenizer, data, folder)


def write_accurate(weights: Weights, tokenizer: bytes, data: Path, folder: Path) -> None:
    """Calibrate trained weights on the validation splits and write the model's files."""

    def graph(scalings: Mapping[str, Scaling]) -> bytes:
        return accurate_graph.build(weights, scalings, **ACCURATE)

    manifest = draft(
        **ACCURATE,
        tier="accurate",
        text_form=accurate_text_form(),
        recipe=_recipe("accurate", {**accurate.RECIPE, "rounds": accurate.ROUNDS}),
    )
    raw = AccurateTier(
        manifest, open_session(graph(_unscaled()), threads=2), load_tokenizer(tokenizer)
    )
    say("calibrating the accurate model")
    scalings, complete = _calibrated(raw, manifest, data)
    write_model(folder, {ACCURATE_GRAPH: graph(scalings), TOKENIZER: tokenizer}, complete)
    say(f"wrote {folder / ACCURATE_GRAPH}")


def train_fast(data: Path, folder: Path) -> None:
    """Teach a student what the accurate model in ``folder`` says, and write its files."""
    student = distil.distil(KINDS[STUDENT], lessons(data, load_accurate(folder, 2)))

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


def lessons(data: Path, teacher: Tier) -> list[distil.Lesson]:
    """All training texts, and tweets that nobody labelled, with what the teacher says of them."""
    labelled = [
        ("sentiment/train", "sentiment", sentiments),
        ("emotion/train", "emotion", emotions),
        ("emotion/tweets-train", "emotion", emotions),
        ("toxicity/offensive-train", "toxicity", offensive),
    ]
    made = []
    for name, task, target in labelled:
        corpus = read_corpus(data, name)
        made.append(_lesson(name, corpus.texts, {task: target(corpus)}, teacher))
    others = {
        name: read_corpus(data, name).texts
        for name in ("toxicity/davidson-train", "toxicity/hate-train")
    }
    others["unlabelled/tweets"] = read_unlabelled(data)
    made += [_lesson(name, texts, {}, teacher) for name, texts in others.items()]
    messages = taught()
    churn = _lesson("churn/messages", marked(messages), {"churn": leaving(messages)}, teacher)
    return [*made, *[churn] * REPEATED_CHURN]


def _lesson(
    name: str, texts: list[str], labels: dict[str, NDArray[np.float32]], teacher: Tier
) -> distil.Lesson:
    normalized = normalize(texts)
    return distil.Lesson(normalized, said(teacher, normalized, name)._asdict(), labels)


def _recipe(part: str, recipe: dict[str, Any]) -> dict[str, Any]:
    return {"command": f"python -m inference train --only {part} --data FOLDER", **recipe}


def _unscaled() -> dict[str, Scaling]:
    return {task: unscaled(width) for task, width in zip(OUTPUTS, WIDTHS, strict=True)}


def _validation(data: Path) -> dict[str, tuple[list[str], NDArray[np.float32]]]:
    """For each task the texts and targets that calibrate it."""
    sentiment = read_corpus(data, "sentiment/val")
    emotion = read_corpus(data, "emotion/val")
    toxicity = read_corpus(data, "toxicity/offensive-val")
    messages = held_out()
    return {
        "sentiment": (sentiment.texts, sentiments(sentiment)),
        "emotion": (emotion.texts, emotions(emotion)),
        "toxicity": (toxicity.texts, offensive(toxicity)),
        "churn": (marked(messages), leaving(messages)),
    }


def _calibrated(raw: Tier, manifest: Manifest, data: Path) -> tuple[dict[str, Scaling], Manifest]:
    """Each task's calibration, and the manifest that tells it and how labels are chosen."""
    scalings, weights = {}, {}
    for task, (texts, shares) in _validation(data).items():
        logits = to_logits(getattr(raw.score(normalize(texts)), task))
        targets = shares.astype(np.float64)
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
    weights = np.array(manifest.label_weights["sentiment"], np.float32)
    doubts = [doubt(tier.score(normalize(texts)).sentiment, weights) for texts in domains]
    table = [
        (share, round(max(float(np.quantile(each, 1 - share)) for each in doubts), 4))
        for share in SHARES
    ]
    return msgspec.structs.replace(manifest, doubt=table)
