"""What a classifier's outputs stand for: its labels, matched with the contract's classes.

A model names its outputs in its config (``id2label``), in any spelling. Common spellings are known;
what is not known, or could be two things, is refused until the user has said what it stands for.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.errors import InputError
from contracts.messages import EMOTIONS, SENTIMENT_LABELS

NONE: Final = "none"
TOXICITY: Final = "toxicity"
CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "sentiment": SENTIMENT_LABELS,
    "emotion": EMOTIONS,
    TOXICITY: (TOXICITY,),
}
_SPELLINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "sentiment": {"neg": "negative", "neu": "neutral", "pos": "positive"},
    "emotion": {
        "angry": "anger",
        "disgusted": "disgust",
        "fearful": "fear",
        "happiness": "joy",
        "happy": "joy",
        "sad": "sadness",
        "surprised": "surprise",
    },
    TOXICITY: {
        "toxic": TOXICITY,
        "offensive": TOXICITY,
        "neutral": NONE,
        "non toxic": NONE,
        "nontoxic": NONE,
        "not toxic": NONE,
        "non offensive": NONE,
        "not offensive": NONE,
    },
}

Floats = NDArray[np.float64]


def classes_of(task: str) -> tuple[str, ...]:
    """The contract's classes of a task, in their order; of toxicity the one probability.

    :raises InputError: there is no such task.
    """
    if task not in CLASSES:
        raise InputError(f"there is no task {task!r}", f"use --task {'|'.join(CLASSES)}")
    return CLASSES[task]


def match(
    outputs: Sequence[str],
    task: str,
    given: Mapping[str, str] | None,
    *,
    model: str,
    are_exclusive: bool,
) -> dict[str, str]:
    """The class that each output stands for, in the order of the outputs.

    ``NONE`` is an output that toxicity does not read. Several outputs stand for one class only
    where the user says so; their probabilities add up.

    :param outputs: the model's own labels.
    :param given: what the user says that labels stand for; goes before what spellings say.
    :param are_exclusive: whether the probabilities of all outputs add up to one.
    :raises InputError: a label is unknown or ambiguous, or a class has no label.
    """
    classes = classes_of(task)
    given = given or {}
    _check_outputs(outputs, model)
    _check_given(given, outputs, task, model)
    if not are_exclusive and task != TOXICITY:
        raise InputError(
            f"{model} judges each of its labels by itself (multi-label)",
            f"choose a model whose labels exclude each other for {task}",
        )
    found = {output: given.get(output) or _by_spelling(output, task) for output in outputs}
    if not are_exclusive:
        # Each of its probabilities stands alone: those that are not asked for do no harm.
        found = {output: meaning or NONE for output, meaning in found.items()}
    unknown = [output for output, meaning in found.items() if meaning is None]
    if unknown:
        raise InputError(
            f"{model}: what {_listed(unknown)} means for {task} is unknown",
            f"say it: {' '.join(f'--label {output}=CLASS' for output in unknown)}"
            f" where CLASS is one of {_listed(_meanings(task))}",
        )
    labels = {output: meaning for output, meaning in found.items() if meaning is not None}
    _check_ambiguity(labels, given, task, model, are_exclusive=are_exclusive)
    missing = [each for each in classes if each not in labels.values()]
    if missing:
        raise InputError(
            f"{model} has no label for {_listed(missing)}, only {_listed(outputs)}",
            f"choose a model with all of {_listed(classes)}, or say which labels they are:"
            " --label LABEL=CLASS",
        )
    return labels


def probabilities(
    logits: Floats, labels: Mapping[str, str], task: str, *, are_exclusive: bool
) -> Floats:
    """``[texts, outputs]`` to probabilities, ``[texts, classes]`` in the contract's order.

    Softmax where the outputs exclude each other, else the logistic function, as
    ``transformers.TextClassificationPipeline`` has it.
    """
    classes = classes_of(task)
    if are_exclusive:
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        each = powers / powers.sum(axis=1, keepdims=True)
    else:
        each = 0.5 * (1 + np.tanh(0.5 * logits))
    meanings = np.array(list(labels.values()))
    counted: Floats = (meanings[:, None] == np.array(classes)[None, :]).astype(np.float64)
    return np.asarray(each @ counted, np.float64)


def _by_spelling(output: str, task: str) -> str | None:
    spelled = re.sub(r"[\s_-]+", " ", output).strip().lower()
    return spelled if spelled in CLASSES[task] else _SPELLINGS[task].get(spelled)


def _meanings(task: str) -> tuple[str, ...]:
    return (*CLASSES[task], NONE) if task == TOXICITY else CLASSES[task]


def _check_outputs(outputs: Sequence[str], model: str) -> None:
    repeated = [output for output, count in Counter(outputs).items() if count > 1]
    if repeated:
        raise InputError(
            f"{model}: two outputs are called {repeated[0]!r}",
            "correct id2label in its config.json",
        )


def _check_given(given: Mapping[str, str], outputs: Sequence[str], task: str, model: str) -> None:
    for label, meaning in given.items():
        if label not in outputs:
            raise InputError(
                f"--label {label}={meaning}: {model} has no such label",
                f"its labels are {_listed(outputs)}",
            )
        if meaning not in _meanings(task):
            raise InputError(
                f"--label {label}={meaning}: {task} has no class {meaning!r}",
                f"use {_listed(_meanings(task))}",
            )


def _check_ambiguity(
    labels: Mapping[str, str],
    given: Mapping[str, str],
    task: str,
    model: str,
    *,
    are_exclusive: bool,
) -> None:
    for each in CLASSES[task]:
        same = [output for output, meaning in labels.items() if meaning == each]
        if are_exclusive and len(same) == len(labels):
            raise InputError(
                f"{model}: all labels would mean {each}",
                f"say which do not: --label LABEL={NONE}",
            )
        if len(same) < 2 or (are_exclusive and all(output in given for output in same)):  # noqa: PLR2004 - one is plain
            continue
        remedy = "say so with --label for each of them" if are_exclusive else "name only one"
        raise InputError(f"{model}: each of {_listed(same)} would mean {each}", remedy)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
