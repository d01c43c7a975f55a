"""Probabilities that mean what they say: a slope for a task's logits, an offset for each class.

Fitted by the likelihood of the validation split's labels (Platt, 1999; with one slope for all
classes, Guo et al., 2017). Few numbers against thousands of texts: what they are fitted to, they
can be judged on.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
OFFSETS_L2 = 0.1


class Scaling(NamedTuple):
    """What logits are multiplied by and what is added to them, ``[outputs]`` each."""

    slope: NDArray[np.float32]
    offset: NDArray[np.float32]


def unscaled(outputs: int) -> Scaling:
    """The scaling that changes nothing."""
    return Scaling(np.ones(outputs, np.float32), np.zeros(outputs, np.float32))


def fit_scaling(logits: Floats, targets: Floats) -> Scaling:
    """The scaling under which the targets are likeliest.

    :param logits: ``[texts, outputs]``; with one output, of a yes.
    :param targets: ``[texts, outputs]``, each text's share of each class, or of a yes.
    """
    outputs = logits.shape[1]

    def loss(values: Floats) -> float:
        scaled = logits * np.exp(values[0]) + values[1:]
        if outputs == 1:
            surprise = np.logaddexp(0, scaled) - targets * scaled
        else:
            surprise = -targets * (scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True))
        return float(surprise.sum() + OFFSETS_L2 * values[1:] @ values[1:])

    fitted = minimize(loss, np.zeros(outputs + 1), method="L-BFGS-B").x
    return Scaling(np.full(outputs, np.exp(fitted[0]), np.float32), fitted[1:].astype(np.float32))


def to_logits(probabilities: Floats) -> Floats:
    """Logits that give these probabilities."""
    bounded = np.clip(probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    if bounded.shape[1] == 1:
        return np.asarray(np.log(bounded) - np.log1p(-bounded))
    return np.asarray(np.log(bounded))


def rare_class_weights(probabilities: Floats, balance: float) -> list[float]:
    """Weights that make up for how rare a class is among answers: frequency to ``-balance``.

    With 1 each class counts the same, as in macro-averaged recall.
    """
    weights = probabilities.mean(axis=0) ** -balance
    return [round(float(weight), 4) for weight in weights / weights.mean()]
