"""The labelled texts that the model is trained and judged on: ``label<TAB>text``, gzip, UTF-8."""

import gzip
import re
from pathlib import Path
from typing import NamedTuple

from contracts.errors import InputError

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class Corpus(NamedTuple):
    """Texts, and beside each its labels (several where raters chose several)."""

    texts: list[str]
    labels: list[list[str]]

    @property
    def first_labels(self) -> list[str]:
        """The label of each text, where each has one."""
        return [labels[0] for labels in self.labels]


def read_corpus(folder: Path, name: str) -> Corpus:
    r"""Read one split, such as ``sentiment/val``.

    What is left in the published files of another program's escaping (``\u2019``, doubled quotes,
    the mask ``[NAME]``) is undone, as no connector would bring it.

    :raises InputError: the file is missing or not of this form.
    """
    path = folder / f"{name}.tsv.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            return _parse(lines.read(), path)
    except (OSError, EOFError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{path} cannot be read: {reason}", "name the folder of the corpora with --data"
        ) from None


def _parse(content: str, path: Path) -> Corpus:
    corpus = Corpus([], [])
    for number, line in enumerate(content.split("\n"), start=1):
        if not line:
            continue
        label, tab, text = line.partition("\t")
        if not tab:
            raise InputError(
                f"{path}, line {number}: no tab", "each line is a label, a tab and a text"
            )
        corpus.labels.append(label.split(","))
        corpus.texts.append(_clean(text))
    return corpus


def _clean(text: str) -> str:
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return text.replace('""', '"').replace("[NAME]", "@user")
