"""The texts of each task with their targets, and the batches that a training takes of them."""

import gzip
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from contracts.errors import InputError
from contracts.messages import SENTIMENT_LABELS
from inference.churn.examples import SMOOTHING, leaving, marked, taught
from inference.corpora import Corpus, read_corpus
from inference.normalize import normalize
from inference.train.targets import emotions, hateful, offensive, sentiments

Floats = NDArray[np.float32]
Tokenize = Callable[[Sequence[str]], list[list[int]]]


@dataclass(frozen=True)
class TaskSet:
    """Texts of one task: normalised, as word pieces, their targets ``[texts, outputs]``.

    ``weights`` has one a text; ``passes`` says how often they are gone through; ``is_labelled``,
    whether somebody other than a model has said the targets.
    """

    name: str
    task: str
    texts: list[str]
    tokens: list[list[int]]
    targets: Floats
    weights: Floats
    passes: float = 1.0
    is_labelled: bool = True

    def gone_through(self, passes: float, seed: int) -> "TaskSet":
        """The set for so many passes; for less than one, a random part of it."""
        if passes >= 1:
            return replace(self, passes=passes)
        count = len(self.texts)
        chooser = random.Random(seed)  # noqa: S311 - repeatable, not secret
        chosen = sorted(chooser.sample(range(count), max(1, round(passes * count))))
        return replace(
            self,
            texts=[self.texts[number] for number in chosen],
            tokens=[self.tokens[number] for number in chosen],
            targets=self.targets[chosen],
            weights=self.weights[chosen],
        )

    def towards(self, said: Floats, share: float) -> "TaskSet":
        """The set whose targets a teacher has its share in, or all where nobody labelled them."""
        if not self.is_labelled:
            return replace(self, targets=said)
        return replace(self, targets=((1 - share) * self.targets + share * said).astype(np.float32))


def read_sets(data: Path, tokenize: Tokenize, balance: Mapping[str, float]) -> list[TaskSet]:
    """All texts that models are taught with.

    :param balance: for a task, how much more a text of a rare class weighs: frequency to minus it.
    :raises InputError: a corpus is missing or wrong.
    """

    def made(task: str, name: str, texts: list[str], targets: Floats) -> TaskSet:
        normalized = normalize(texts)
        weights = _class_weights(targets, balance.get(task, 0.0))
        return TaskSet(name, task, normalized, tokenize(normalized), targets, weights)

    def read(task: str, name: str, target: Callable[[Corpus], Floats]) -> TaskSet:
        corpus = read_corpus(data, name)
        return made(task, name, corpus.texts, target(corpus))

    messages = taught()
    tweets = read_corpus(data, "sentiment/train").texts
    unlabelled = read_unlabelled(data)
    nothing = np.zeros((len(unlabelled), len(SENTIMENT_LABELS)), np.float32)
    return [
        read("sentiment", "sentiment/train", sentiments),
        read("emotion", "emotion/train", emotions),
        read("emotion", "emotion/tweets-train", emotions),
        read("toxicity", "toxicity/offensive-train", offensive),
        read("davidson", "toxicity/davidson-train", offensive),
        read("hate", "toxicity/hate-train", hateful),
        made("churn", "churn/messages", marked(messages), leaving(messages)),
        made("churn", "churn/tweets", tweets, np.full((len(tweets), 1), SMOOTHING, np.float32)),
        replace(made("sentiment", "unlabelled/tweets", unlabelled, nothing), is_labelled=False),
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
    if targets.shape[1] == 1 or not targets.any():
        return np.ones(len(targets), np.float32)
    frequency = targets.mean(axis=0)
    weights = targets @ (1 / (len(frequency) * np.maximum(frequency, 1e-6))) ** balance
    return np.asarray(weights / weights.mean(), np.float32)


@dataclass(frozen=True)
class Batch:
    """Texts of one task and of about one length."""

    task: str
    tokens: Tensor
    mask: Tensor
    targets: Tensor
    weights: Tensor


def make_batches(sets: Sequence[TaskSet], size: int, chooser: random.Random) -> Iterator[Batch]:
    """All batches of a round, in a random order.

    :param size: word pieces a batch, padding included.
    """
    chosen: list[tuple[TaskSet, list[int]]] = []
    for each in sets:
        left = round(each.passes * len(each.tokens))
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
