"""Set phrases of leaving, each with the name of its rule, from ``phrases.tsv``."""

import re
from pathlib import Path
from typing import NamedTuple

from inference.churn.vocabulary import (
    BOND,
    COMPANY,
    COMPANY_MARK,
    DETERMINERS,
    ELSEWHERE,
    FILLERS,
    OTHER_COMPANY,
    YOU,
)

_PARTS = {
    "{mark}": COMPANY_MARK,
    "{you}": YOU,
    "{party}": rf"(?:{COMPANY_MARK}|{YOU}|{DETERMINERS}{FILLERS}{COMPANY})",
    "{bond}": BOND,
    "{company}": COMPANY,
    "{elsewhere}": ELSEWHERE,
    "{other company}": OTHER_COMPANY,
    "{determiners}": DETERMINERS,
    "{fillers}": FILLERS,
    "{not}": r"(?:not|never|no longer|nor)",
    "{use}": (
        r"(?:use|using|fly|flying|flown|order|ordering|bank|banking|book|booking|buy|buying|shop"
        r"|shopping|pay|paying|travel|travell?ing|deal|dealing|do|doing|stream|streaming|ship"
        r"|shipping|spend|spending|trust|trusting|touch|touching|set foot|sign|signing"
        r"|subscrib(?:e|ing)|give|giving|send|sending|download|install|choos(?:e|ing)"
        r"|(?:go|going|come|coming) back (?:to|in|into))"
    ),
    "{last}": (
        r"(?:time|flight|order|bill|payment|month|delivery|purchase|trip|booking|ride|box|parcel"
        r"|season|year|invoice|cent|penny|dime)"
    ),
}


class Phrase(NamedTuple):
    """A pattern for a plain sentence, whose groups hold who is left and who is joined.

    Where ``is_negative`` the phrase holds its own negation. Where ``is_vague`` it means leaving
    only among words about a service.
    """

    rule: str
    pattern: re.Pattern[str]
    is_negative: bool
    is_vague: bool


def _read() -> list[Phrase]:
    path = Path(__file__).with_name("phrases.tsv")
    phrases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        rule, flags, pattern = line.split("\t")
        for name, part in _PARTS.items():
            pattern = pattern.replace(name, part)
        phrase = re.compile(rf"\b(?:{pattern})(?!\S)")
        phrases.append(Phrase(rule, phrase, "denies" in flags, "vague" in flags))
    return phrases


PHRASES = _read()
