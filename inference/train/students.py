"""Candidates for the fast model: four kinds of small networks over hashed words.

Each maps ``rows [texts, words, COLUMNS]`` and ``present [texts, words]`` (1 for a word, 0 for
padding) to the logits of all tasks side by side, ``[texts, sum of OUTPUTS]``.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from inference import model
from inference.hashed_words import ROWS, WORDS_MAX

OUTPUTS = dict(zip(model.OUTPUTS, model.WIDTHS, strict=True))
LOGITS = sum(OUTPUTS.values())
WORD_DROPOUT = 0.15
DROPOUT = 0.2
_PAIR_PRIMES = (40_503, 30_029)


class Words(nn.Module):
    """Words as vectors: the sum of a word's rows of one table; in training some are left out."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.table = nn.Embedding(ROWS, width)
        nn.init.normal_(self.table.weight, std=0.1)

    def forward(self, rows: Tensor, present: Tensor) -> Tensor:
        """``[texts, words, width]``, 0 for padding."""
        if self.training:
            present = present * (torch.rand_like(present) > WORD_DROPOUT)
        vectors: Tensor = self.table(rows).sum(dim=2)
        return vectors * present.unsqueeze(2)


class Bag(nn.Module):
    """The mean of words and pairs of words, through one hidden layer (none: linear)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.words = Words(width)
        self.pairs = Words(width)
        self.out: nn.Module = nn.Identity()
        if hidden:
            self.out = nn.Sequential(
                nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(hidden, LOGITS)
            )

    def forward(self, rows: Tensor, present: Tensor) -> Tensor:
        """See the module."""
        first, second = rows[:, :-1, :1], rows[:, 1:, :1]
        pairs = (first * _PAIR_PRIMES[0] + second * _PAIR_PRIMES[1]) % ROWS
        total = self.words(rows, present).sum(dim=1) + self.pairs(pairs, present[:, 1:]).sum(dim=1)
        logits: Tensor = self.out(total / present.sum(dim=1, keepdim=True).clamp(min=1).sqrt())
        return logits


class Convolution(nn.Module):
    """Windows of three words, and of windows; of each channel the largest and the mean value."""

    def __init__(self, width: int, channels: int, layers: int) -> None:
        super().__init__()
        self.words = Words(width)
        self.first = nn.Conv1d(width, channels, 3, padding=1)
        self.more = nn.ModuleList(
            nn.Conv1d(channels, channels, 3, padding=1) for _ in range(layers - 1)
        )
        self.out = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(2 * channels, LOGITS))

    def forward(self, rows: Tensor, present: Tensor) -> Tensor:
        """See the module."""
        mask = present.unsqueeze(1)
        states = torch.relu(self.first(self.words(rows, present).transpose(1, 2))) * mask
        for layer in self.more:
            states = states + torch.relu(layer(states)) * mask
        count = mask.sum(dim=2).clamp(min=1)
        logits: Tensor = self.out(torch.cat([states.amax(dim=2), states.sum(dim=2) / count], dim=1))
        return logits


class Transformer(nn.Module):
    """A narrow transformer; the mean of its last states."""

    def __init__(self, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.words = Words(width)
        self.positions = nn.Parameter(torch.randn(WORDS_MAX, width) * 0.02)
        self.layers = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.out = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(width, LOGITS))

    def forward(self, rows: Tensor, present: Tensor) -> Tensor:
        """See the module."""
        states = self.words(rows, present) + self.positions[: rows.shape[1]]
        for layer in self.layers:
            states = layer(states, present)
        count = present.sum(dim=1, keepdim=True).clamp(min=1)
        logits: Tensor = self.out((states * present.unsqueeze(2)).sum(dim=1) / count)
        return logits


class Block(nn.Module):
    """Attention and a feed-forward block, each with its residual, normed before."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.inner = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """``[texts, words, width]``."""
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in self.project(self.norm(states)).chunk(3, dim=2)
        )
        scores = query @ key.transpose(2, 3) / (query.shape[-1] ** 0.5)
        hidden = (1 - present)[:, None, None, :] * -1e4
        attended = ((scores + hidden).softmax(dim=3) @ value).transpose(1, 2).flatten(2)
        states = states + self.attended(attended)
        result: Tensor = states + self.inner(states)
        return result


class Kind(NamedTuple):
    """How an untrained student is made, and the learning rate that suits it."""

    make: Callable[[], nn.Module]
    learning_rate: float = 2e-3


KINDS: Mapping[str, Kind] = {
    "linear": Kind(lambda: Bag(LOGITS, 0), 1e-2),
    "bag of embeddings": Kind(lambda: Bag(64, 128)),
    "convolution": Kind(lambda: Convolution(64, 128, 1)),
    "two convolutions": Kind(lambda: Convolution(64, 96, 2)),
    "narrow transformer": Kind(lambda: Transformer(64, 4, 2)),
}
