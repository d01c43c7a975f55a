"""One round of training: an encoder and its heads learn from batches, and survive interruption."""

import hashlib
import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from inference.train.progress import say, steps
from inference.train.tasks import Batch, TaskSet, make_batches
from inference.train.trunk import MultiTask

KEPT_EVERY = 300
_AVERAGE = torch.optim.swa_utils.get_ema_multi_avg_fn


def learn(
    name: str,
    model: MultiTask,
    sets: Sequence[TaskSet],
    recipe: Mapping[str, Any],
    kept: Path,
) -> MultiTask:
    """The model after a round, averaged over its last steps.

    :param name: of the round.
    :param recipe: see ``accurate.RECIPE``.
    :param kept: a folder where the round is kept as it goes on; one that was interrupted goes on
        from there, one that had ended is taken as it is.
    """
    chooser = random.Random(recipe["seed"])  # noqa: S311 - repeatable, not secret
    batches = list(make_batches(sets, recipe["tokens_per_batch"], chooser))
    texts = sum(len(each.tokens) for each in sets)
    say(f"{name}: {len(batches):,} steps over {texts:,} texts")
    learner = _Learner(model, recipe, len(batches))
    place = kept / f"{name}.{_checksum(recipe, sets)}.pt"
    first = learner.restore(place) if place.exists() else 0
    model.train()
    for number, batch in steps(batches, name, learner.losses, first):
        learner.step(batch)
        if (number + 1) % KEPT_EVERY == 0 or number + 1 == len(batches):
            learner.keep(place, number + 1)
    return learner.result()


class _Learner:
    """A model with its optimiser, its schedule and its running average."""

    def __init__(self, model: MultiTask, recipe: Mapping[str, Any], count: int) -> None:
        self._model = model
        self._averaging_every = recipe["averaging_every"]
        self._optimizer = torch.optim.AdamW(_parameter_groups(model, recipe), fused=True)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer, _rate(round(recipe["warm_up"] * count), count)
        )
        self._averaged = torch.optim.swa_utils.AveragedModel(
            model, multi_avg_fn=_AVERAGE(recipe["averaging"])
        )
        self._losses: dict[str, float] = {}
        self._count = 0

    def step(self, batch: Batch) -> None:
        loss = _loss(self._model(batch.task, batch.tokens, batch.mask), batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._schedule.step()
        self._count += 1
        if self._count % self._averaging_every == 0:
            self._averaged.update_parameters(self._model)
        before = self._losses.get(batch.task, loss.item())
        self._losses[batch.task] = 0.98 * before + 0.02 * loss.item()

    def losses(self) -> str:
        """The running mean of each task's loss."""
        return " ".join(f"{task} {value:.3f}" for task, value in self._losses.items())

    def result(self) -> MultiTask:
        result: MultiTask = self._averaged.module  # type: ignore[assignment]
        return result.eval()

    def keep(self, place: Path, count: int) -> None:
        """Write everything that going on needs; whole or not at all."""
        state = {name: each.state_dict() for name, each in self._parts().items()}
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_suffix(".unfinished")
        torch.save({"count": count, "chance": torch.get_rng_state(), **state}, unfinished)
        unfinished.replace(place)

    def restore(self, place: Path) -> int:
        """Take over what was kept; how many steps it had done."""
        state = torch.load(place)
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        torch.set_rng_state(state["chance"])
        self._count = int(state["count"])
        say(f"going on after {self._count:,} steps, from {place}")
        return self._count

    def _parts(self) -> dict[str, Any]:
        return {
            "model": self._model,
            "averaged": self._averaged,
            "optimizer": self._optimizer,
            "schedule": self._schedule,
        }


def _loss(logits: Tensor, batch: Batch) -> Tensor:
    if logits.shape[1] == 1:
        return nn.functional.binary_cross_entropy_with_logits(logits, batch.targets)
    each = -(batch.targets * nn.functional.log_softmax(logits, dim=1)).sum(dim=1)
    return (each * batch.weights).mean()


def _parameter_groups(model: MultiTask, recipe: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lower layers learn more slowly (Howard and Ruder, 2018); norms and biases do not decay."""
    layers = len(model.encoder.layers)
    groups = []
    for name, parameter in model.named_parameters():
        parts = name.split(".")
        rate = recipe["learning_rate_of_heads"]
        if parts[0] == "encoder":
            depth = int(parts[2]) + 1 if parts[1] == "layers" else 0
            rate = recipe["learning_rate"] * recipe["layer_decay"] ** (layers - depth)
        decay = recipe["weight_decay"] if parameter.ndim > 1 else 0.0
        groups.append({"params": [parameter], "lr": rate, "weight_decay": decay})
    return groups


def _rate(warm_up: int, count: int) -> Callable[[int], float]:
    """Up to the full rate, then down to nothing along half a cosine."""

    def rate(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, count - warm_up)))

    return rate


def _checksum(recipe: Mapping[str, Any], sets: Sequence[TaskSet]) -> str:
    """Of what decides a round: another recipe, text or target makes another round."""
    digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode())
    for each in sets:
        digest.update(each.name.encode())
        digest.update(json.dumps(each.tokens).encode())
        digest.update(each.targets.tobytes())
    return digest.hexdigest()[:12]
