"""The fast model's files: one ONNX graph, its churn column once more for explaining, a manifest.

The graph maps rows of hashed n-grams ``[batch, length]`` to ``sentiment [batch, 3]``,
``emotion [batch, 7]``, ``toxicity [batch, 1]`` and ``churn [batch, 1]``, all probabilities, classes
in the order of ``contracts.messages``. The manifest names the checksum of each file and the
parameters that its n-grams were made with; what does not match is refused.
"""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.errors import InputError
from contracts.messages import Model
from inference import features

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MODELS = Path(__file__).parent / "models"
MANIFEST = "fast.json"
GRAPH = "fast.onnx"
CHURN_WEIGHTS = "fast.churn.f16"
OUTPUTS = ("sentiment", "emotion", "toxicity", "churn")

Floats = NDArray[np.float64]


class Manifest(msgspec.Struct, kw_only=True, frozen=True):
    """What is known of a trained model."""

    name: str
    version: str
    tier: str
    sha256: dict[str, str]
    features: dict[str, int]
    calibration: dict[str, float]
    recipe: dict[str, Any]


class Probabilities(NamedTuple):
    """One row a text: ``[texts, 3]``, ``[texts, 7]``, ``[texts]`` and ``[texts]``."""

    sentiment: Floats
    emotion: Floats
    toxicity: Floats
    churn: Floats


class FastModel:
    """A loaded model.

    ``churn_weights`` is the churn output's weight of each row of the table, ``[BUCKETS]``.
    """

    def __init__(
        self, manifest: Manifest, session: "InferenceSession", churn_weights: NDArray[np.float16]
    ) -> None:
        self.manifest = manifest
        self.identity = Model(name=manifest.name, version=manifest.version, tier=manifest.tier)
        self.churn_weights = churn_weights
        self._session = session

    def probabilities(self, rows: NDArray[np.int32]) -> Probabilities:
        """Score padded rows of the table, ``[texts, length]``."""
        sentiment, emotion, toxicity, churn = self._session.run(OUTPUTS, {"rows": rows})
        return Probabilities(
            sentiment.astype(np.float64),
            emotion.astype(np.float64),
            toxicity[:, 0].astype(np.float64),
            churn[:, 0].astype(np.float64),
        )


def load_model(folder: Path = MODELS, threads: int = 1) -> FastModel:
    """Load the model in a folder.

    :param threads: threads that one run may use.
    :raises InputError: a file is missing, is not what the manifest says, or was made with other
        n-grams than this version makes.
    """
    # Newer builds send usage data to their maker unless this is set before they are loaded.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    # Half a second, which only scoring should cost.
    import onnxruntime as ort

    manifest = _read_manifest(folder)
    graph = _read_verified(folder / GRAPH, manifest)
    weights = _read_verified(folder / CHURN_WEIGHTS, manifest)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return FastModel(manifest, session, np.frombuffer(weights, "<f2"))


def feature_parameters() -> dict[str, int]:
    """The parameters that a model's n-grams depend on."""
    return {
        "buckets": features.BUCKETS,
        "words_max": features.WORDS_MAX,
        "piece_chars": features.PIECE_CHARS,
        "first_tokens": features.FIRST_TOKENS,
        "last_tokens": features.LAST_TOKENS,
        "max_ngrams": features.MAX_NGRAMS,
    }


def checksum(payload: bytes) -> str:
    """SHA-256 in hexadecimal, as manifests state it."""
    return hashlib.sha256(payload).hexdigest()


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", _REMEDY) from None
    except msgspec.MsgspecError as error:
        raise InputError(f"{path} is not a model's manifest: {error}", _REMEDY) from None
    if manifest.features != feature_parameters():
        raise InputError(f"the model in {folder} was made with other n-grams", _REMEDY)
    return manifest


def _read_verified(path: Path, manifest: Manifest) -> bytes:
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", _REMEDY) from None
    if checksum(payload) != manifest.sha256.get(path.name):
        raise InputError(f"{path} is not the file that {MANIFEST} names (sha256 differs)", _REMEDY)
    return payload


_REMEDY = "restore the folder from the repository, or make it with `python -m inference train`"
