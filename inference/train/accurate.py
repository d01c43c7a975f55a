"""The accurate model's training, repeatable: two encoders learn from labels, then one from both.

The small encoder that is shipped learns from the labels of all tasks at once, and so does one of
twice its layers. Then the small one goes on, towards the mean of each label and of what the two say
together, and towards what they say of tweets without a label (an ensemble's distillation: Hinton
et al., 2015; with unlabelled texts, Xie et al., 2020).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from inference.accurate import AccurateTier
from inference.model import OUTPUTS, WIDTHS, Tier, draft
from inference.providers import open_session
from inference.train import accurate_graph
from inference.train.bases import BGE, MINILM, tokenizer_file, weights_of
from inference.train.calibrate import unscaled
from inference.train.learning import learn
from inference.train.tasks import TaskSet, read_sets
from inference.train.teaching import said
from inference.train.trunk import MultiTask, load_pretrained
from inference.wordpieces import MAX_TOKENS, encode, load_tokenizer

HEADS = {
    "sentiment": len(SENTIMENT_LABELS),
    "emotion": len(EMOTIONS),
    "toxicity": 1,
    "churn": 1,
    "davidson": 1,
    "hate": 1,
}
LAYERS = {MINILM: 6, BGE: 12}
RECIPE: dict[str, Any] = {
    "seed": 20_261_125,
    "tokens_per_batch": 1024,
    "learning_rate_of_heads": 4e-4,
    "warm_up": 0.06,
    "weight_decay": 0.01,
    "averaging": 0.98,
    "averaging_every": 8,
    "balance": {"sentiment": 0.25, "emotion": 0.5},
    "share_taught": 0.5,
}
ROUNDS: dict[str, dict[str, Any]] = {
    "labels": {
        "from": MINILM,
        "learning_rate": 8e-5,
        "layer_decay": 0.9,
        "passes": {
            "sentiment/train": 1.2,
            "emotion/train": 1.0,
            "emotion/tweets-train": 1.0,
            "toxicity/offensive-train": 1.5,
            "toxicity/davidson-train": 0.25,
            "toxicity/hate-train": 0.5,
        },
    },
    "teacher": {
        "from": BGE,
        "learning_rate": 8e-5,
        "layer_decay": 0.93,
        "passes": {
            "sentiment/train": 1.3,
            "emotion/train": 0.6,
            "emotion/tweets-train": 1.0,
            "toxicity/offensive-train": 1.0,
        },
    },
    "taught": {
        "from": "labels",
        "by": ["labels", "teacher"],
        "learning_rate": 6e-5,
        "layer_decay": 0.9,
        "passes": {
            "sentiment/train": 1.3,
            "unlabelled/tweets": 0.4,
            "emotion/train": 0.7,
            "emotion/tweets-train": 1.0,
            "toxicity/offensive-train": 0.7,
            "churn/messages": 5.0,
            "churn/tweets": 0.1,
        },
    },
}
"""In their order; ``from`` names pretrained weights or an earlier round, ``by`` the teachers."""


def train(data: Path, kept: Path) -> tuple[MultiTask, bytes]:
    """The trained model and its ``tokenizer.json``.

    :param data: the folder of the corpora.
    :param kept: a folder where rounds are kept, ended or not, to go on from.
    """
    payload = tokenizer_file()
    tokenizer = load_tokenizer(payload)

    def tokenize(texts: Sequence[str]) -> list[list[int]]:
        return encode(tokenizer, texts)

    sets = read_sets(data, tokenize, RECIPE["balance"])
    models: dict[str, MultiTask] = {}
    for name, its_own in ROUNDS.items():
        torch.manual_seed(RECIPE["seed"])
        recipe = {**RECIPE, **its_own}
        chosen = [
            each.gone_through(recipe["passes"][each.name], RECIPE["seed"])
            for each in sets
            if each.name in recipe["passes"]
        ]
        teachers = [_as_tier(each, models[each], payload) for each in its_own.get("by", [])]
        if teachers:
            chosen = taught(chosen, teachers, RECIPE["share_taught"])
        models[name] = learn(name, _start(its_own["from"], models), chosen, recipe, kept)
    return models[name], payload


def taught(sets: Sequence[TaskSet], teachers: Sequence[Tier], share: float) -> list[TaskSet]:
    """The sets with what teachers say on average as a share of their targets."""
    result = []
    for each in sets:
        if each.task == "churn":  # nobody has taught the teachers of it
            result.append(each)
            continue
        answers = [getattr(said(one, each.texts, each.name), each.task) for one in teachers]
        result.append(each.towards(np.mean(answers, axis=0), share))
    return result


def _start(base: str, models: Mapping[str, MultiTask]) -> MultiTask:
    layers = LAYERS.get(base, LAYERS[MINILM])
    weights = None if base in models else weights_of(base)
    vocabulary = load_tokenizer(tokenizer_file()).get_vocab_size()
    model = MultiTask(vocabulary, MAX_TOKENS, HEADS, layers=layers)
    if weights is None:
        model.load_state_dict(models[base].state_dict())
    else:
        load_pretrained(model, weights)
    return model


def _as_tier(name: str, model: MultiTask, tokenizer: bytes) -> Tier:
    """The network as it would be shipped, uncalibrated: it reads twice as fast so."""
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    scalings = {task: unscaled(width) for task, width in zip(OUTPUTS, WIDTHS, strict=True)}
    graph = accurate_graph.build(weights, scalings, name=name, version="0")
    return AccurateTier(
        draft(name, "0", "accurate"),
        open_session(graph, threads=2),
        load_tokenizer(tokenizer),
    )
