"""An exported model at work: onnxruntime and ``tokenizers``, neither PyTorch nor transformers."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from contracts.errors import InputError
from inference.export.labels import probabilities
from inference.export.manifest import GRAPH, REMEDY, TOKENIZER, Manifest, read_manifest
from inference.providers import device_of, open_session, run

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

# A processor is fastest while what a layer makes of a run stays in its caches.
TOKENS_PER_RUN = {"cpu": 512, "cuda": 16_384}

Floats = NDArray[np.float64]


class ExportedModel:
    """A model that ``python -m inference export`` made.

    :param tokens_per_run: most tokens, padding included, that one run of the graph takes, else
        what suits its device; a single text may have more.
    """

    def __init__(
        self,
        manifest: Manifest,
        session: "InferenceSession",
        tokenizer: "Tokenizer",
        tokens_per_run: int | None = None,
    ) -> None:
        self.manifest = manifest
        self._session = session
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(manifest.max_tokens)
        self._tokens_per_run = tokens_per_run or TOKENS_PER_RUN[device_of(session)]

    @property
    def classes(self) -> tuple[str, ...]:
        """The columns of :meth:`probabilities`."""
        return self.manifest.classes

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """``[texts, classes]``, in the order of the texts and of the contract's classes.

        A text longer than ``max_tokens`` is judged by its beginning. What else is in ``texts``
        changes an answer by rounding only, far less than 0.001.
        """
        # Half of a surrogate pair is no character: it cannot be tokenized.
        whole = [text.encode("utf-8", "replace").decode() for text in texts]
        encodings = self._tokenizer.encode_batch_fast(whole)
        answers = np.zeros((len(texts), len(self.classes)))
        for group in self._groups([len(each.ids) for each in encodings]):
            logits = run(self._session, self._inputs([encodings[place] for place in group]))[0]
            answers[group] = probabilities(
                logits.astype(np.float64),
                self.manifest.labels,
                self.manifest.task,
                are_exclusive=self.manifest.labels_are_exclusive,
            )
        return answers

    def _groups(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Places of texts of about one length, as many as fit into one run."""
        group: list[int] = []
        for place in sorted(range(len(lengths)), key=lengths.__getitem__):
            if group and (len(group) + 1) * lengths[place] > self._tokens_per_run:
                yield group
                group = []
            group.append(place)
        if group:
            yield group

    def _inputs(self, encodings: Sequence["Encoding"]) -> dict[str, NDArray[np.int64]]:
        """What the graph reads, ``[texts, longest]`` each, padded at the end."""
        shape = (len(encodings), max(len(each.ids) for each in encodings))
        columns = {
            "input_ids": np.full(shape, self.manifest.padding_id, np.int64),
            "attention_mask": np.zeros(shape, np.int64),
            "token_type_ids": np.zeros(shape, np.int64),
        }
        for row, each in enumerate(encodings):
            length = len(each.ids)
            columns["input_ids"][row, :length] = each.ids
            columns["attention_mask"][row, :length] = 1
            columns["token_type_ids"][row, :length] = each.type_ids
        return {name: columns[name] for name in self.manifest.inputs}


def load_exported(
    folder: Path,
    *,
    provider: str = "auto",
    threads: int = 1,
    tokens_per_run: int | None = None,
) -> ExportedModel:
    """Load the model in a folder.

    :param provider: ``auto``, ``cpu`` or ``cuda``, as :mod:`inference.providers` has it.
    :param threads: threads of the processor that one run may use.
    :param tokens_per_run: as :class:`ExportedModel` has it.
    :raises InputError: a file is missing or not what the manifest says, a needed package is not
        installed, or there is no such provider.
    """
    manifest = read_manifest(folder)
    tokenizer = load_tokenizer(folder / TOKENIZER)
    session = open_session(folder / GRAPH, provider=provider, threads=threads)
    return ExportedModel(manifest, session, tokenizer, tokens_per_run)


def load_tokenizer(path: Path) -> "Tokenizer":
    """The tokenizer in a file.

    :raises InputError: it is none, or the package ``tokenizers`` is not installed.
    """
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError:
        raise InputError(
            f"{path} needs the package tokenizers", "install it: pip install tokenizers"
        ) from None
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:
        raise InputError(f"{path} is no tokenizer: {error}", REMEDY) from error
