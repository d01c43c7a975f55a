"""The accurate tier: a transformer over word pieces, some milliseconds a text."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

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
from inference.wordpieces import encode, load_tokenizer

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

GRAPH = "accurate.onnx"
TOKENIZER = "accurate.tokenizer.json"
PIECES_PER_RUN = 1024
LENGTH_STEP = 4


class AccurateTier:
    """The loaded model."""

    def __init__(
        self, manifest: Manifest, session: "InferenceSession", tokenizer: "Tokenizer"
    ) -> None:
        self.manifest = manifest
        self._session = session
        self._tokenizer = tokenizer

    def tokenize(self, texts: list[str]) -> list[list[int]]:
        """The numbers of normalised texts' word pieces."""
        return encode(self._tokenizer, texts)

    def score(self, texts: list[str]) -> Probabilities:
        """See :meth:`Tier.score`."""
        pieces = self.tokenize(texts)
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))

        def run(chosen: NDArray[np.int64], length: int) -> list[Floats]:
            tokens = np.zeros((len(chosen), length), np.int32)
            for row, number in enumerate(chosen):
                tokens[row, : lengths[number]] = pieces[number]
            outputs: list[Floats] = self._session.run(OUTPUTS, {"tokens": tokens})
            return outputs

        return score_by_length(lengths, LENGTH_STEP, PIECES_PER_RUN, run)


def text_form() -> str:
    """A checksum of what the tokenizer would see of the probe texts."""
    return checksum("\n".join(normalize(PROBES)).encode())


def load_accurate(folder: Path = MODELS, threads: int = 1, provider: str = "cpu") -> AccurateTier:
    """The accurate tier in a folder.

    :param threads: threads of the processor that one run may use.
    :param provider: what it runs on, see ``providers``.
    :raises InputError: its files are missing or damaged, or the provider cannot be had.
    """
    manifest = read_manifest(folder / "accurate.json", text_form())
    return AccurateTier(
        manifest,
        open_session(read_verified(folder / GRAPH, manifest), threads=threads, provider=provider),
        load_tokenizer(read_verified(folder / TOKENIZER, manifest)),
    )
