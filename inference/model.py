"""A model's files: an ONNX graph, for some a tokenizer, and the manifest that vouches for them.

The graph gives calibrated probabilities: ``sentiment [texts, 3]``, ``emotion [texts, 7]``,
``toxicity [texts, 1]`` and ``churn [texts, 1]``, classes in the order of ``contracts.messages``.
The manifest names the checksum of each file; what does not match is refused.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.errors import InputError
from contracts.messages import EMOTIONS, SENTIMENT_LABELS, Model

MODELS = Path(__file__).parent / "models"
OUTPUTS = ("sentiment", "emotion", "toxicity", "churn")
WIDTHS = (len(SENTIMENT_LABELS), len(EMOTIONS), 1, 1)
_SPLITS = np.cumsum(WIDTHS)[:-1]

Floats = NDArray[np.float32]


class Manifest(msgspec.Struct, kw_only=True, frozen=True):
    """What is known of a trained model.

    ``text_form`` is the checksum of all that decides what the graph sees of a text. A text's label
    is the class with the highest probability times its weight in ``label_weights``. ``doubt``, of
    the fast model alone, names for a share of texts the doubt that no more than this share exceeds.
    """

    name: str
    version: str
    tier: str
    sha256: dict[str, str]
    text_form: str
    label_weights: dict[str, list[float]]
    calibration: dict[str, list[float]]
    recipe: dict[str, Any]
    doubt: list[tuple[float, float]] = []

    @property
    def identity(self) -> Model:
        """What a processed message says of who answered."""
        return Model(name=self.name, version=self.version, tier=self.tier)


def draft(name: str, version: str, tier: str, **known: Any) -> Manifest:
    """The manifest of a model in the making: what is not known yet is empty."""
    nothing: dict[str, Any] = {
        "sha256": {},
        "text_form": "",
        "label_weights": {},
        "calibration": {},
        "recipe": {},
    }
    return Manifest(name=name, version=version, tier=tier, **(nothing | known))


class Probabilities(NamedTuple):
    """One row a text: ``[texts, 3]``, ``[texts, 7]``, ``[texts, 1]`` and ``[texts, 1]``."""

    sentiment: Floats
    emotion: Floats
    toxicity: Floats
    churn: Floats

    def in_one(self) -> Floats:
        """All side by side, ``[texts, 12]``."""
        return np.hstack(self)

    @classmethod
    def of(cls, rows: Floats) -> "Probabilities":
        """From ``[texts, 12]``."""
        return cls(*np.split(rows, _SPLITS, axis=1))


class Tier(Protocol):
    """A model behind its own view of texts."""

    @property
    def manifest(self) -> Manifest:
        """What is known of the model."""

    def score(self, texts: list[str]) -> Probabilities:
        """The probabilities of normalised texts. A text's never depend on the others'."""


def read_manifest(path: Path, text_form: str) -> Manifest:
    """A model's manifest.

    :param text_form: what this version's texts look like to a model.
    :raises InputError: the file is missing or damaged, or its model reads texts of another form.
    """
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", _REMEDY) from None
    except msgspec.MsgspecError as error:
        raise InputError(f"{path} is not a model's manifest: {error}", _REMEDY) from None
    if manifest.text_form != text_form:
        raise InputError(f"the model of {path} was made for another form of texts", _REMEDY)
    return manifest


def read_verified(path: Path, manifest: Manifest) -> bytes:
    """One of a model's files.

    :raises InputError: it is missing, or not the file that the manifest names.
    """
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", _REMEDY) from None
    if checksum(payload) != manifest.sha256.get(path.name):
        raise InputError(
            f"{path} is not the file that its manifest names (sha256 differs)", _REMEDY
        )
    return payload


def write_model(folder: Path, files: Mapping[str, bytes], manifest: Manifest) -> None:
    """Write a model's files, and its manifest with their checksums last."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    complete = msgspec.structs.replace(
        manifest, sha256={name: checksum(content) for name, content in files.items()}
    )
    document = msgspec.json.format(msgspec.json.encode(complete), indent=2)
    (folder / f"{manifest.tier}.json").write_bytes(document + b"\n")


def score_by_length(
    lengths: NDArray[np.int64],
    step: int,
    budget: int,
    run: Callable[[NDArray[np.int64], int], list[Floats]],
) -> Probabilities:
    """Score texts in batches of one padded length, which depends on the text alone.

    So nothing that shares a text's batch can change how its numbers are summed.

    :param lengths: words or word pieces a text.
    :param step: lengths are padded to a multiple of it.
    :param budget: most words of a batch, padding included; a longer text is a batch by itself.
    :param run: the model's outputs, in the order of ``OUTPUTS``, for the texts of some numbers,
        padded to a length.
    """
    result = Probabilities.of(np.zeros((len(lengths), sum(WIDTHS)), np.float32))
    padded = np.maximum(-(-lengths // step), 1) * step
    for length in np.unique(padded).tolist():
        same = np.flatnonzero(padded == length)
        size = max(1, budget // length)
        for start in range(0, len(same), size):
            chosen = same[start : start + size]
            for kept, part in zip(result, run(chosen, length), strict=True):
                kept[chosen] = part
    return result


def checksum(payload: bytes) -> str:
    """SHA-256 in hexadecimal, as manifests state it."""
    return hashlib.sha256(payload).hexdigest()


_REMEDY = "restore the folder from the repository, or make it with `python -m inference train`"
