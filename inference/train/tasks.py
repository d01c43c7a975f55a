"""The texts of each task with their targets, and the batches that a training takes of them."""

import gzip
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from contracts.errors import InputError
from inference.corpora import Corpus, read_corpus
from inference.train.targets import emotions, hateful, offensive, sentiments

Floats = NDArray[np.float32]
Tokenize = Callable[[Sequence[str]], list[list[int]]]


@dataclass(frozen=True)
class TaskSet:
    """Texts of one task: word pieces, targets ``[texts, outputs]`` and a weight a text."""

    name: str
    task: str
    tokens: list[list[int]]
    targets: Floats
    weights: Floats


def read_sets(data: Path, tokenize: Tokenize, balance: Mapping[str, float]) -> list[TaskSet]:
    """The labelled texts.

    :param balance: for a task, how much more a text of a rare class weighs: frequency to minus it.
    :raises InputError: a corpus is missing or wrong.
    """

    def read(task: str, name: str, target: Callable[[Corpus], Floats]) -> TaskSet:
        corpus = read_corpus(data, name)
        targets = target(corpus)
        weights = _class_weights(targets, balance.get(task, 0.0))
        return TaskSet(name, task, tokenize(corpus.texts), targets, weights)

    return [
        read("sentiment", "sentiment/train", sentiments),
        read("emotion", "emotion/train", emotions),
        read("emotion", "emotion/tweets-train", emotions),
        read("toxicity", "toxicity/offensive-train", offensive),
        read("davidson", "toxicity/davidson-train", offensive),
        read("hate", "toxicity/hate-train", hateful),
    ]


def read_unlabelled(data: Path) -> list[str]:
    """Tweets, one a line. :raises InputError: they are missing."""
    path = data / "unlabelled" / "tweets.txt.gz"
    try:
        return gzip.decompress(path.read_bytes()).decode().splitlines()
    except (OSError, EOFError) as error:
        raise InputError(
            f"{path} cannot be read: {error}", "name the folder of the corpora with --data"
        ) from None


def _class_weights(targets: Floats, balance: float) -> Floats:
    frequency = targets.mean(axis=0)
    weights = targets @ (1 / (len(frequency) * np.maximum(frequency, 1e-6))) ** balance
    if targets.shape[1] == 1:
        return np.ones(len(targets), np.float32)
    return np.asarray(weights / weights.mean(), np.float32)


@dataclass(frozen=True)
class Batch:
    """Texts of one task and of about one length."""

    task: str
    tokens: Tensor
    mask: Tensor
    targets: Tensor
    weights: Tensor


def make_batches(
    sets: Sequence[TaskSet], passes: Mapping[str, float], size: int, chooser: random.Random
) -> Iterator[Batch]:
    """All batches of a round, in a random order.

    :param passes: how often the texts of a set are gone through.
    :param size: word pieces a batch, padding included.
    """
    chosen: list[tuple[TaskSet, list[int]]] = []
    for each in sets:
        left = round(passes.get(each.name, 0.0) * len(each.tokens))
        while left > 0:
            once = list(range(len(each.tokens)))
            chooser.shuffle(once)
            # Within a pass, texts of about one length go together: little is padded.
            ordered = once[:left]
            ordered.sort(key=lambda number: len(each.tokens[number]) + chooser.random() * 4)
            chosen += [(each, group) for group in _groups(each, ordered, size)]
            left -= len(ordered)
    chooser.shuffle(chosen)
    for each, group in chosen:
        tokens, mask = pad([each.tokens[number] for number in group])
        yield Batch(
            each.task,
            tokens,
            mask,
            torch.from_numpy(each.targets[group]),
            torch.from_numpy(each.weights[group]),
        )


def _groups(each: TaskSet, ordered: list[int], size: int) -> Iterator[list[int]]:
    group: list[int] = []
    for number in ordered:
        group.append(number)
        if len(group) * len(each.tokens[number]) >= size:
            yield group
            group = []
    if group:
        yield group


def pad(texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Tokens and mask, ``[texts, longest]``."""
    longest = max(map(len, texts))
    tokens = torch.zeros((len(texts), longest), dtype=torch.int64)
    mask = torch.zeros((len(texts), longest), dtype=torch.int64)
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = 1
    return tokens, mask
