"""The accurate model: a BERT encoder (Devlin et al., 2019) with one small head a task.

Only the first token's state of the last layer is read, so the last layer computes nothing else.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

WIDTH = 384
HEADS = 12
HEAD_DROPOUT = 0.1
INNER = 1536
EPSILON = 1e-12


class Encoder(nn.Module):
    """``tokens [batch, length]`` and their ``mask`` to ``[batch, WIDTH]``."""

    def __init__(self, vocabulary: int, positions: int, layers: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.positions = nn.Embedding(positions, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """The first token's state after the last layer."""
        places = torch.arange(tokens.shape[1])
        states = self.norm(self.words(tokens) + self.positions(places))
        seen = mask[:, None, None, :].bool()
        *inner, last = self.layers
        for layer in inner:
            states = layer(states, states, seen)
        return last(states[:, :1], states, seen)[:, 0]


class Layer(nn.Module):
    """Attention and a feed-forward block, each with its residual and its norm."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.attended_norm = nn.LayerNorm(WIDTH, EPSILON)
        self.widened = nn.Linear(WIDTH, INNER)
        self.narrowed = nn.Linear(INNER, WIDTH)
        self.narrowed_norm = nn.LayerNorm(WIDTH, EPSILON)

    def forward(self, asking: Tensor, states: Tensor, seen: Tensor) -> Tensor:
        """The new states of the tokens that ask, ``[batch, asking, WIDTH]``."""
        attended = nn.functional.scaled_dot_product_attention(
            _by_head(self.query(asking)),
            _by_head(self.key(states)),
            _by_head(self.value(states)),
            seen,
        )
        joined = self.attended(attended.transpose(1, 2).flatten(2))
        asking = self.attended_norm(asking + joined)
        inner = self.narrowed(nn.functional.gelu(self.widened(asking)))
        return self.narrowed_norm(asking + inner)


class MultiTask(nn.Module):
    """An encoder and, for each task, a head that gives its logits."""

    def __init__(
        self,
        vocabulary: int,
        positions: int,
        outputs: Mapping[str, int],
        *,
        layers: int,
    ) -> None:
        super().__init__()
        self.encoder = Encoder(vocabulary, positions, layers)
        self.heads = nn.ModuleDict(
            {
                task: nn.Sequential(
                    nn.Linear(WIDTH, WIDTH),
                    nn.Tanh(),
                    nn.Dropout(HEAD_DROPOUT),
                    nn.Linear(WIDTH, width),
                )
                for task, width in outputs.items()
            }
        )

    def forward(self, task: str, tokens: Tensor, mask: Tensor) -> Tensor:
        """The logits of one task, ``[batch, outputs]``."""
        return self.heads[task](self.encoder(tokens, mask))


def _by_head(states: Tensor) -> Tensor:
    return states.unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)


def load_pretrained(model: MultiTask, weights: Mapping[str, Tensor]) -> None:
    """Take over a pretrained BERT's weights, named as ``transformers`` names them."""
    positions = model.encoder.positions.num_embeddings
    own = {
        "words.weight": weights["embeddings.word_embeddings.weight"],
        # All texts are BERT's first segment: its embedding joins the positions'.
        "positions.weight": weights["embeddings.position_embeddings.weight"][:positions]
        + weights["embeddings.token_type_embeddings.weight"][0],
    }
    names = {
        "norm": "embeddings.LayerNorm",
        **{
            f"layers.{n}.{mine}": f"encoder.layer.{n}.{theirs}"
            for n in range(len(model.encoder.layers))
            for mine, theirs in _LAYER_NAMES.items()
        },
    }
    for mine, theirs in names.items():
        for kind in ("weight", "bias"):
            own[f"{mine}.{kind}"] = weights[f"{theirs}.{kind}"]
    model.encoder.load_state_dict(own)


_LAYER_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "attended_norm": "attention.output.LayerNorm",
    "widened": "intermediate.dense",
    "narrowed": "output.dense",
    "narrowed_norm": "output.LayerNorm",
}
