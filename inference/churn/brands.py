"""Marks the companies in a sentence: one's own, its competitors', other known ones, and guesses."""

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from inference.churn.words import Word

_NAME_PART = re.compile(r"[^\W_][\w'&+]*(?:-[^\W_][\w'&+]*)*")
_HANDLE_NAME_MIN_CHARS = 4


class Kind(StrEnum):
    """Which company a mark stands for; the value is the mark's text in a sentence."""

    OWN = "OWN"
    RIVAL = "RIVAL"
    NAME = "NAME"
    GUESS = "CAP"
    MENTION = "WHO"


class Company(NamedTuple):
    """A company named in a post, as it was written, and the place of its words."""

    kind: Kind
    name: str
    start: int
    end: int


def _read_companies() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    lines = Path(__file__).with_name("companies.txt").read_text(encoding="utf-8").splitlines()
    clear: set[str] = set()
    capital_only: set[str] = set()
    no_name: set[str] = set()
    for line in lines:
        if line.startswith(":"):
            capital_only.update(line[1:].split())
        elif line.startswith("-"):
            no_name.update(line[1:].split())
        elif not line.startswith("#"):
            clear.update(line.split())
    return frozenset(clear), frozenset(capital_only), frozenset(no_name)


_COMPANIES, _CAPITAL_ONLY, _NO_NAME = _read_companies()


class Brands:
    """The configured names, ready to be found in sentences."""

    def __init__(self, own: Sequence[str], competitors: Sequence[str]) -> None:
        self._by_first_word: dict[str, list[tuple[tuple[str, ...], Kind]]] = {}
        self._squashed: dict[str, Kind] = {}
        # One's own are entered last and so win where a name is on both lists.
        for kind, names in ((Kind.RIVAL, competitors), (Kind.OWN, own)):
            for name in names:
                parts = tuple(_NAME_PART.findall(name.lower().replace("\u2019", "'")))
                if parts:
                    self._by_first_word.setdefault(parts[0], []).append((parts, kind))
                    self._squashed["".join(parts)] = kind
        for choices in self._by_first_word.values():
            choices.sort(key=lambda choice: (-len(choice[0]), choice[1]))

    def mark(self, words: list[Word], text: str) -> list[Word | Company]:
        """The words, those of a company's name replaced by the company."""
        marked: list[Word | Company] = []
        position = 0
        while position < len(words):
            word = words[position]
            length, kind = self._at(words, position)
            if kind is None:
                marked.append(word)
            else:
                end = words[position + length - 1].end
                name = text[word.start : end].removesuffix("'s").removesuffix("\u2019s")
                marked.append(Company(kind, name, word.start, end))
            position += length
        return marked

    def _at(self, words: list[Word], position: int) -> tuple[int, Kind | None]:
        word = words[position]
        if word.is_handle:
            return 1, self._of_handle(word.form[1:])
        for parts, kind in self._by_first_word.get(word.form, ()):
            if tuple(later.form for later in words[position : position + len(parts)]) == parts:
                return len(parts), kind
        if word.form in self._squashed:
            return 1, self._squashed[word.form]
        if word.form in _COMPANIES or (word.is_capital and word.form in _CAPITAL_ONLY):
            return 1, Kind.NAME
        opens = position == 0 or words[position - 1].form == ","
        if not word.is_capital or opens or word.form in _NO_NAME or not word.form.isalpha():
            return 1, None
        length = 1
        for later in words[position + 1 : position + 3]:
            if not later.is_capital or later.is_handle or later.form in _NO_NAME:
                break
            length += 1
        return length, Kind.GUESS

    def _of_handle(self, handle: str) -> Kind:
        handle = handle.replace("_", "")
        best = ""
        for squashed in self._squashed:
            is_inside = len(squashed) >= _HANDLE_NAME_MIN_CHARS and squashed in handle
            if (is_inside or handle.startswith(squashed)) and len(squashed) > len(best):
                best = squashed
        return self._squashed[best] if best else Kind.MENTION
