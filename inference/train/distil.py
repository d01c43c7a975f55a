"""Teach a student what the accurate model says of texts, labelled or not (Hinton et al., 2015)."""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inference.hashed_words import COLUMNS, HashedWords, hash_words
from inference.train.progress import steps
from inference.train.students import OUTPUTS, Kind

RECIPE: dict[str, Any] = {
    "seed": 20_261_125,
    "passes": 8,
    "texts_per_batch": 256,
    "weight_decay": 0.01,
    "warm_up": 0.05,
    "share_of_labels": 0.3,
    "importance": {"sentiment": 1.0, "emotion": 0.5, "toxicity": 0.5, "churn": 0.5},
}
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Lesson:
    """Normalised texts of one source and, for each task, the teacher's probabilities.

    ``labels`` holds the raters' shares, ``[texts, outputs]``, for the tasks that they answered.
    """

    texts: Sequence[str]
    taught: dict[str, Floats]
    labels: dict[str, Floats]


class Hashed:
    """The hashed words of many texts, to be cut into padded batches."""

    def __init__(self, texts: Sequence[str]) -> None:
        words: HashedWords = hash_words(texts)
        self.counts = words.counts
        self._rows = words.rows
        self._starts = np.concatenate([[0], np.cumsum(words.counts)])

    def batch(self, numbers: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """``rows [texts, words, COLUMNS]`` and ``present [texts, words]`` of some texts."""
        counts = self.counts[numbers]
        length = max(2, int(counts.max()))
        present = np.arange(length) < counts[:, np.newaxis]
        rows = np.zeros((len(numbers), length, COLUMNS), np.int32)
        rows[present] = np.concatenate(
            [self._rows[self._starts[n] : self._starts[n + 1]] for n in numbers]
        )
        return torch.from_numpy(rows), torch.from_numpy(present.astype(np.float32))


def distil(
    kind: Kind,
    lessons: Sequence[Lesson],
    passes: int = RECIPE["passes"],
) -> nn.Module:
    """A student of the given kind, trained on all lessons in a random, repeatable order.

    :param passes: how often it goes through them.
    """
    torch.manual_seed(RECIPE["seed"])
    student = kind.make()
    hashed = Hashed([text for lesson in lessons for text in lesson.texts])
    targets = {task: torch.from_numpy(_targets(task, lessons)) for task in OUTPUTS}
    batches = list(_batches(hashed.counts, passes))
    optimizer = torch.optim.AdamW(
        student.parameters(), kind.learning_rate, weight_decay=RECIPE["weight_decay"]
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, kind.learning_rate, len(batches), pct_start=RECIPE["warm_up"]
    )
    student.train()
    recent: deque[float] = deque(maxlen=100)
    for _, numbers in steps(batches, "student", lambda: f"loss {fmean(recent):.3f}"):
        logits = student(*hashed.batch(numbers))
        loss = _loss(logits, {task: each[numbers] for task, each in targets.items()})
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        recent.append(loss.item())
    return student.eval()


def _targets(task: str, lessons: Sequence[Lesson]) -> Floats:
    share = RECIPE["share_of_labels"]
    parts = []
    for lesson in lessons:
        taught = lesson.taught[task]
        if task in lesson.labels:
            taught = (1 - share) * taught + share * lesson.labels[task]
        parts.append(taught.astype(np.float32))
    return np.concatenate(parts)


def _batches(counts: NDArray[np.int64], passes: int) -> Iterator[NDArray[np.int64]]:
    """All batches of a training; the texts of one have about one length."""
    chooser = random.Random(RECIPE["seed"])  # noqa: S311 - repeatable, not secret
    random_state = np.random.default_rng(RECIPE["seed"])
    for _ in range(passes):
        order = np.argsort(counts + random_state.random(len(counts)) * 4, kind="stable")
        batches = np.array_split(order, len(order) // RECIPE["texts_per_batch"] + 1)
        chooser.shuffle(batches)
        yield from batches


def _loss(logits: Tensor, targets: dict[str, Tensor]) -> Tensor:
    loss = torch.zeros(())
    for (task, width), part in zip(
        OUTPUTS.items(), logits.split(list(OUTPUTS.values()), dim=1), strict=True
    ):
        if width == 1:
            each = nn.functional.binary_cross_entropy_with_logits(part, targets[task])
        else:
            each = nn.functional.cross_entropy(part, targets[task])
        loss = loss + RECIPE["importance"][task] * each
    return loss
