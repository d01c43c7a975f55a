"""The fast tier: a convolution over hashed words, tens of microseconds a text."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inference.hashed_words import COLUMNS, hash_words
from inference.model import (
    MODELS,
    OUTPUTS,
    Floats,
    Manifest,
    Probabilities,
    checksum,
    read_manifest,
    read_verified,
    score_by_length,
)
from inference.normalize import PROBES, normalize
from inference.providers import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

GRAPH = "fast.onnx"
WORDS_PER_RUN = 2048
LENGTH_STEP = 8


class FastTier:
    """The loaded model."""

    def __init__(self, manifest: Manifest, session: "InferenceSession") -> None:
        self.manifest = manifest
        self._session = session

    def score(self, texts: list[str]) -> Probabilities:
        """See :meth:`Tier.score`."""
        words = hash_words(texts)
        starts = np.cumsum(words.counts) - words.counts

        def run(chosen: NDArray[np.int64], length: int) -> list[Floats]:
            places = np.arange(length)
            present = places < words.counts[chosen, np.newaxis]
            rows = np.zeros((len(chosen), length, COLUMNS), np.int32)
            rows[present] = words.rows[(starts[chosen, np.newaxis] + places)[present]]
            inputs = {"rows": rows, "present": present.astype(np.float32)}
            outputs: list[Floats] = self._session.run(OUTPUTS, inputs)
            return outputs

        return score_by_length(words.counts, LENGTH_STEP, WORDS_PER_RUN, run)


def text_form() -> str:
    """A checksum of what the model would see of the probe texts."""
    return checksum(hash_words(normalize(PROBES)).rows.tobytes())


def load_fast(folder: Path = MODELS, threads: int = 1, provider: str = "cpu") -> FastTier:
    """The fast tier in a folder.

    :param threads: threads of the processor that one run may use.
    :param provider: what it runs on, see ``providers``.
    :raises InputError: its files are missing or damaged, or the provider cannot be had.
    """
    manifest = read_manifest(folder / "fast.json", text_form())
    return FastTier(
        manifest,
        open_session(read_verified(folder / GRAPH, manifest), threads=threads, provider=provider),
    )
