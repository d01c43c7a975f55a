"""Logistic regressions on hashed n-grams, and the calibration of what they say."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression

from inference.features import BUCKETS, hash_ngrams, tokenize

Floats = NDArray[np.float64]


class Layer(NamedTuple):
    """A linear layer: ``weights [BUCKETS, outputs]``, ``bias [outputs]``."""

    weights: Floats
    bias: Floats

    def logits(self, matrix: csr_matrix) -> Floats:
        """``[texts, outputs]``."""
        return np.asarray(matrix @ self.weights + self.bias)

    def calibrated(self, slope: float, offset: float = 0.0) -> "Layer":
        """The layer whose logits are ``slope * logits + offset``."""
        return Layer(self.weights * slope, self.bias * slope + offset)


def vectorize(texts: Sequence[str]) -> csr_matrix:
    """Texts as ``[texts, BUCKETS]``: each distinct n-gram counts 1 / √(number of n-grams)."""
    ngrams = [hash_ngrams(tokenize(text)) for text in texts]
    counts = np.array([len(numbers) for numbers in ngrams])
    rows = np.concatenate([np.array(numbers, np.uint32) for numbers in ngrams]) % BUCKETS
    values = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    return csr_matrix((values, rows.astype(np.int32), starts), shape=(len(texts), BUCKETS))


def fit(
    matrix: csr_matrix, targets: NDArray[np.int64], weights: Floats, *, regularization: float
) -> Layer:
    """A multinomial (for two classes: binary, one output) logistic regression.

    :param weights: the weight of each text.
    :param regularization: scikit-learn's ``C``: smaller is smoother.
    """
    regression = LogisticRegression(C=regularization, max_iter=150, tol=1e-3)
    regression.fit(matrix, targets, sample_weight=weights)
    return Layer(regression.coef_.T.copy(), regression.intercept_.copy())


def drop_rare(matrix: csr_matrix, least_texts: int) -> csr_matrix:
    """The matrix with those rows of the table emptied that fewer texts have an n-gram in.

    What is rare in training says little, and another n-gram of the same number would inherit it.
    """
    texts_per_row = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return csr_matrix(matrix @ diags((texts_per_row >= least_texts).astype(float)))


def class_weights(targets: NDArray[np.int64], balance: float) -> Floats:
    """A weight a text: 0 leaves classes as frequent as they are, 1 makes them equally heavy."""
    frequency = np.bincount(targets)
    weights: Floats = ((len(targets) / len(frequency) / frequency) ** balance)[targets]
    return np.asarray(weights / weights.mean())


def fit_temperature(logits: Floats, targets: NDArray[np.int64]) -> float:
    """The temperature by which to divide logits so that probabilities fit the targets best."""

    def loss(log_temperature: Floats) -> float:
        scaled = logits / np.exp(log_temperature[0])
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        chosen = scaled[np.arange(len(targets)), targets]
        return float((np.log(np.exp(scaled).sum(axis=1)) - chosen).mean())

    return float(np.exp(minimize(loss, [0.0], method="Nelder-Mead").x[0]))


def fit_platt(logits: Floats, targets: NDArray[np.int64]) -> tuple[float, float]:
    """Slope and offset that turn a logit into a calibrated one (Platt, 1999)."""
    sign = 2.0 * targets - 1.0

    def loss(parameters: Floats) -> float:
        return float(np.logaddexp(0.0, -sign * (parameters[0] * logits + parameters[1])).mean())

    slope, offset = minimize(loss, [1.0, 0.0], method="Nelder-Mead").x
    return float(slope), float(offset)
