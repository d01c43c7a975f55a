"""What an exported folder holds: the graph, the tokenizer, and a manifest that vouches for both."""

import hashlib
from pathlib import Path
from typing import Final, Literal

import msgspec

from contracts.errors import InputError
from inference.export.labels import CLASSES

MANIFEST: Final = "manifest.json"
GRAPH: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
LOGITS: Final = "logits"

Precision = Literal["fp32", "fp16", "int8"]


class Source(msgspec.Struct, kw_only=True, frozen=True):
    """Where a model comes from: a hub name or folder, its commit on the hub, its class."""

    model: str
    revision: str | None
    architecture: str


class Parity(msgspec.Struct, kw_only=True, frozen=True):
    """How close ONNX comes to PyTorch.

    ``largest_difference`` is of probabilities, over all texts and classes; ``same_class_share`` is
    the part of texts for which both find the same class most likely (0.5 decides on toxicity).
    """

    texts: int
    largest_difference: float
    limit: float
    same_class_share: float


class Speed(msgspec.Struct, kw_only=True, frozen=True):
    """Messages a second on the processor of the exporting machine, tokenizing included."""

    texts: int
    threads: int
    torch_messages_per_second: float
    onnx_messages_per_second: float
    ratio: float


class Manifest(msgspec.Struct, kw_only=True, frozen=True):
    """What is known of an exported model.

    ``version`` is derived from the files and labels; ``labels`` says what each output stands for,
    in the order of the outputs; ``inputs`` are the graph's, int64 ``[batch, length]`` each, and its
    output is ``LOGITS``, ``[batch, outputs]``.
    """

    name: str
    version: str
    task: str
    precision: Precision
    sha256: dict[str, str]
    labels: dict[str, str]
    labels_are_exclusive: bool
    max_tokens: int
    padding_id: int
    inputs: list[str]
    source: Source
    libraries: dict[str, str]
    parity: Parity | None = None
    speed: Speed | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """The contract's classes, in their order."""
        return CLASSES[self.task]


def version_of(sha256: dict[str, str], labels: dict[str, str]) -> str:
    """Twelve hexadecimal digits that change with the files or with what the outputs mean."""
    payload = msgspec.json.encode([sorted(sha256.items()), list(labels.items())])
    return hashlib.sha256(payload).hexdigest()[:12]


def checksum(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, read piece by piece.

    :raises InputError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", REMEDY) from None


def read_manifest(folder: Path) -> Manifest:
    """A folder's manifest, after both files were found to be what it says.

    :raises InputError: a file is missing or is not what the manifest says.
    """
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", REMEDY) from None
    except msgspec.MsgspecError as error:
        raise InputError(f"{path} is not an exported model's manifest: {error}", REMEDY) from None
    if manifest.task not in CLASSES:
        raise InputError(f"{path}: there is no task {manifest.task!r}", REMEDY)
    for name in (GRAPH, TOKENIZER):
        if checksum(folder / name) != manifest.sha256.get(name):
            raise InputError(
                f"{folder / name} is not the file that {MANIFEST} names (sha256 differs)", REMEDY
            )
    return manifest


REMEDY: Final = "make the folder again with `python -m inference export`"
