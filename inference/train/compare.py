"""The kinds of student side by side: what each learns from the same lessons, and what it costs."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from inference.corpora import read_corpus
from inference.evaluation.card import STUDENTS
from inference.evaluation.measures import area_under_roc, macro_f1, macro_recall
from inference.fast import FastTier
from inference.model import Tier, draft
from inference.normalize import normalize
from inference.providers import open_session
from inference.train import student_graph
from inference.train.calibrate import rare_class_weights, unscaled
from inference.train.distil import Lesson, distil
from inference.train.progress import say
from inference.train.students import KINDS, OUTPUTS
from inference.train.targets import sentiments


def compare(data: Path, lessons: Sequence[Lesson]) -> None:
    """Train a student of each kind, measure it, and write the table ``students.json``."""
    table = []
    for name, kind in KINDS.items():
        graph = student_graph.export(
            distil(kind, lessons),
            {task: unscaled(width) for task, width in OUTPUTS.items()},
            name=name,
            version="0",
        )
        tier = FastTier(draft(name, "0", "fast"), open_session(graph, provider="cpu", threads=1))
        row = {
            "kind": name,
            **{task: round(value, 4) for task, value in quality(tier, data).items()},
            "texts_per_second": round(speed(tier, data)),
        }
        say(json.dumps(row))
        table.append(row)
    STUDENTS.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def quality(tier: Tier, data: Path) -> dict[str, float]:
    """Macro recall, macro F1 and area under ROC of the three tasks."""
    sentiment = read_corpus(data, "sentiment/val")
    weights = rare_class_weights(sentiments(sentiment).astype(np.float64), 1.0)
    said = tier.score(normalize(sentiment.texts)).sentiment * np.array(weights)
    labels = np.array(SENTIMENT_LABELS)[said.argmax(axis=1)]
    emotion = read_corpus(data, "emotion/val")
    alone = [number for number, names in enumerate(emotion.labels) if len(names) == 1]
    felt = tier.score(normalize([emotion.texts[number] for number in alone])).emotion
    toxicity = read_corpus(data, "toxicity/offensive-val")
    offensive = np.array([label == "offensive" for label in toxicity.first_labels])
    return {
        "sentiment": macro_recall(np.array(sentiment.first_labels), labels),
        "emotion": macro_f1(
            np.array([emotion.labels[number][0] for number in alone]),
            np.array(EMOTIONS)[felt.argmax(axis=1)],
        ),
        "toxicity": area_under_roc(offensive, tier.score(normalize(toxicity.texts)).toxicity[:, 0]),
    }


def speed(tier: Tier, data: Path, size: int = 256) -> float:
    """Texts a second on one thread, tokenising included."""
    texts = read_corpus(data, "sentiment/val").texts
    begun = time.perf_counter()
    for start in range(0, len(texts), size):
        tier.score(normalize(texts[start : start + size]))
    return len(texts) / (time.perf_counter() - begun)
