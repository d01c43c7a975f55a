"""A text classifier as Hugging Face keeps it: config, weights and tokenizer, checked to fit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from contracts.errors import InputError
from inference.export.manifest import Source
from inference.export.quiet import quietly

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MOST_TOKENS: Final = 512
FEWEST_TOKENS: Final = 8
INPUTS: Final = ("input_ids", "attention_mask", "token_type_ids")
COMMON_WORDS: Final = "this is what the people like and do not like"
_HUB_NAME: Final = re.compile(r"[\w-][\w.-]*(/[\w.-]+)?")
_TOKENIZER_FILES: Final = (
    "tokenizer.json",
    "vocab.json",
    "vocab.txt",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
)


class Classifier(NamedTuple):
    """A loaded classifier.

    ``outputs`` are its labels in the order of its logits; they ``are_exclusive`` where their
    probabilities add up to one. ``max_tokens`` counts special tokens too.
    """

    source: Source
    network: Any  # a PreTrainedModel, whose methods are half typed
    tokenizer: "PreTrainedTokenizerBase"
    outputs: tuple[str, ...]
    are_exclusive: bool
    max_tokens: int
    padding_id: int
    inputs: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last part of where it comes from."""
        return Path(self.source.model).name


def load_classifier(model: str) -> Classifier:
    """Load a classifier from a folder or, by its name, from the hub. Foreign code is never run.

    :param model: a folder that ``save_pretrained`` wrote, or a name such as ``owner/name``.
    :raises InputError: it cannot be loaded, is no trained classifier, or has no fast tokenizer.
    """
    from transformers import AutoConfig

    where = _find(model)
    with quietly(), _explained(where):
        config = AutoConfig.from_pretrained(where, trust_remote_code=False)
    outputs, are_exclusive = _read_outputs(config, where)
    revision = getattr(config, "_commit_hash", None)
    with quietly(), _explained(where):
        network = _load_network(where, revision)
        tokenizer = _load_tokenizer(where, revision)
    source = Source(model=where, revision=revision, architecture=type(network).__name__)
    max_tokens = _max_tokens(network, tokenizer, where)
    inputs = _inputs(network, tokenizer)
    tokenizer.model_input_names = list(inputs)
    return Classifier(
        source,
        network,
        tokenizer,
        outputs,
        are_exclusive,
        max_tokens,
        _padding_id(network, tokenizer, where),
        inputs,
    )


def _find(model: str) -> str:
    """The folder, with what it must hold, or the hub's name."""
    folder = Path(model).expanduser()
    if not folder.exists():
        if _HUB_NAME.fullmatch(model):
            return model
        raise InputError(f"there is no folder {model}", _FOLDER)
    folder = folder.resolve()
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder} has no config.json", _FOLDER)
    if not any((folder / name).is_file() for name in _TOKENIZER_FILES):
        raise InputError(f"{folder} has no tokenizer ({', '.join(_TOKENIZER_FILES)})", _FOLDER)
    return str(folder)


@contextmanager
def _explained(where: str) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    # Loaders of configs, weights and tokenizers raise what they like, of no common base.
    except Exception as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
        remedy = _FOLDER if Path(where).is_dir() else _HUB
        raise InputError(f"{where} cannot be loaded: {reason}", remedy) from error


def _read_outputs(config: Any, where: str) -> tuple[tuple[str, ...], bool]:
    """The labels in the order of the outputs, and whether they exclude each other."""
    names: dict[int, str] = {int(place): str(name) for place, name in config.id2label.items()}
    if sorted(names) != list(range(len(names))) or not names:
        raise InputError(
            f"{where}: id2label in config.json does not number its labels 0, 1, 2, ...",
            "correct it in a copy of the model",
        )
    problem = getattr(config, "problem_type", None)
    if problem == "regression":
        raise InputError(f"{where} is a regression, its output is no probability", _CHOOSE)
    outputs = tuple(names[place] for place in range(len(names)))
    return outputs, len(outputs) > 1 and problem != "multi_label_classification"


def _load_network(where: str, revision: str | None) -> Any:
    import torch
    from transformers import AutoModelForSequenceClassification

    network: Any
    network, report = AutoModelForSequenceClassification.from_pretrained(
        where,
        revision=revision or "main",
        dtype=torch.float32,
        trust_remote_code=False,
        output_loading_info=True,
    )
    # Weights that are not there are drawn at random, and nothing but a notice says so.
    missing = sorted({*report["missing_keys"], *report["mismatched_keys"]}, key=str)
    if missing:
        raise InputError(
            f"{where} is no trained classifier: {len(missing)} weights, such as {missing[0]},"
            " are not among its files",
            _CHOOSE,
        )
    return network.eval()


def _load_tokenizer(where: str, revision: str | None) -> "PreTrainedTokenizerBase":
    from transformers import AutoTokenizer

    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        where, revision=revision or "main", trust_remote_code=False
    )
    if not tokenizer.is_fast:
        raise InputError(
            f"the tokenizer of {where}, {type(tokenizer).__name__}, has no tokenizer.json form",
            "choose a model with a fast tokenizer",
        )
    # Without its files a tokenizer of the right class still loads, and knows no words.
    known = set(tokenizer(COMMON_WORDS)["input_ids"]) - set(tokenizer.all_special_ids)
    if not known:
        raise InputError(f"the tokenizer of {where} knows no English words", _FOLDER)
    if not tokenizer("")["input_ids"]:
        raise InputError(
            f"the tokenizer of {where} adds no special tokens: an empty text would be nothing",
            "choose a BERT-, RoBERTa- or DistilBERT-like classifier",
        )
    return tokenizer


def _max_tokens(network: Any, tokenizer: "PreTrainedTokenizerBase", where: str) -> int:
    """How long a text may be.

    RoBERTa's positions begin after the number of its padding; its tokenizers often name no limit.
    """
    import torch

    limit: int = min(MOST_TOKENS, tokenizer.model_max_length)
    for name, part in network.named_modules():
        if name.endswith("position_embeddings") and isinstance(part, torch.nn.Embedding):
            first = 0 if part.padding_idx is None else part.padding_idx + 1
            limit = min(limit, part.num_embeddings - first)
    if limit < FEWEST_TOKENS:
        raise InputError(f"{where} reads at most {limit} tokens of a text", _CHOOSE)
    if len(tokenizer) > network.get_input_embeddings().num_embeddings:
        raise InputError(f"the tokenizer of {where} has more tokens than its network", _FOLDER)
    return limit


def _inputs(network: Any, tokenizer: "PreTrainedTokenizerBase") -> tuple[str, ...]:
    """What the tokenizer makes and the network takes: they come from different makers."""
    taken = signature(network.forward).parameters
    return tuple(name for name in INPUTS if name in tokenizer.model_input_names and name in taken)


def _padding_id(network: Any, tokenizer: "PreTrainedTokenizerBase", where: str) -> int:
    for each in (tokenizer.pad_token_id, network.config.pad_token_id):
        if isinstance(each, int):
            return each
    raise InputError(f"{where} has no padding token", "choose a model that has one")


_FOLDER: Final = "give a folder that save_pretrained wrote for model and tokenizer, or a hub name"
_HUB: Final = "check the name and the connection to the hub, or give a local folder"
_CHOOSE: Final = "choose a model that was trained to classify texts"
