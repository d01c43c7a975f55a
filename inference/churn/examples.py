"""Messages written for this repository, each labelled with whether its author leaves a company.

``development.tsv`` is what the rules were worked with. ``further.tsv`` teaches the models, but for
what ``held_out`` keeps back: with that the models' word and the rules' are weighed against each
other. ``unseen.tsv`` was written apart from all of it and is only counted.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inference.names import Names

DEVELOPMENT = Path(__file__).with_name("development.tsv")
UNSEEN = Path(__file__).with_name("unseen.tsv")
FURTHER = Path(__file__).with_name("further.tsv")
COLUMNS = 3
SMOOTHING = 0.02
# What was written in a row is much alike: it goes one way together.
_IN_A_ROW, _HELD_OUT_EVERY = 20, 5


class Example(NamedTuple):
    """A labelled post, and the names that it is read with."""

    is_leaving: bool
    own: tuple[str, ...]
    competitors: tuple[str, ...]
    text: str


def read_examples(path: Path) -> list[Example]:
    """Posts as ``label<TAB>own<TAB>competitors<TAB>text``, names separated by commas.

    :raises ValueError: a line is not of this form.
    """
    examples = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        label, *columns = line.split("\t")
        if label not in {"leaving", "staying"} or len(columns) != COLUMNS:
            raise ValueError(f"{path}, line {number}: not label, own, competitors and text")
        own, competitors, text = columns
        examples.append(Example(label == "leaving", _names(own), _names(competitors), text))
    return examples


def taught() -> list[Example]:
    """What the models learn from."""
    return [example for example, is_held_out in _further() if not is_held_out]


def held_out() -> list[Example]:
    """What they do not."""
    return [example for example, is_held_out in _further() if is_held_out]


def marked(examples: Sequence[Example]) -> list[str]:
    """The texts as a model reads them, names replaced."""
    return [Names(each.own, each.competitors).mark([each.text])[0] for each in examples]


def leaving(examples: Sequence[Example]) -> NDArray[np.float32]:
    """The labels as targets a little short of certainty, ``[examples, 1]``."""
    labels = np.array([[each.is_leaving] for each in examples], np.float32)
    return SMOOTHING + labels * (1 - 2 * SMOOTHING)


def _further() -> list[tuple[Example, bool]]:
    return [
        (example, number // _IN_A_ROW % _HELD_OUT_EVERY == 0)
        for number, example in enumerate(read_examples(FURTHER))
    ]


def _names(column: str) -> tuple[str, ...]:
    return tuple(name for name in column.split(",") if name)
