"""Whether a text may be English: the shipped models read nothing else.

A language that the platform states decides. Where it states none, the script of the letters and a
few dozen stop words of other European languages do, and only clear cases are refused: what is
refused is not scored, what is let through is scored as English.
"""

import re
from pathlib import Path

_UNDETERMINED = frozenset({"", "und", "zxx", "mul"})
_MIN_FOREIGN_LETTERS = 2
_MIN_WORDS = 4
_MIN_STOP_WORDS = 2
_READ_CHARS = 1000

_FOREIGN_LETTER = re.compile("[\u0370-\u1dff\u1f00-\u1fff\u2c00-\u2dff\u3040-\ua4cf\ua4d0-\ud7ff]")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_LATIN_LETTER = re.compile("[A-Za-z\u00c0-\u024f]")


def _read_stop_words() -> dict[str, frozenset[str]]:
    lines = Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8").splitlines()
    named = (line.split(":", 1) for line in lines if not line.startswith("#"))
    return {language: frozenset(words.split()) for language, words in named}


_STOP_WORDS = _read_stop_words()
_ENGLISH = _STOP_WORDS.pop("en")
_FOREIGN: frozenset[str] = frozenset().union(*_STOP_WORDS.values())


def may_be_english(text: str, language: str | None) -> bool:
    """Whether to score a text.

    :param language: a BCP 47 tag such as ``en-GB``, or null (or ``und``) where it is not known.
    """
    tag = (language or "").replace("_", "-").split("-")[0].strip().lower()
    if tag not in _UNDETERMINED:
        return tag in {"en", "eng"}
    return not (_is_in_another_script(text) or _has_foreign_stop_words(text))


def _is_in_another_script(text: str) -> bool:
    if text.isascii():
        return False
    foreign = len(_FOREIGN_LETTER.findall(text))
    return foreign >= _MIN_FOREIGN_LETTERS and foreign > len(_LATIN_LETTER.findall(text))


def _has_foreign_stop_words(text: str) -> bool:
    words = _WORD.findall(text[:_READ_CHARS].lower())
    if len(words) < _MIN_WORDS:
        return False
    foreign = len(_FOREIGN.intersection(words))
    return foreign >= _MIN_STOP_WORDS and foreign > 2 * len(_ENGLISH.intersection(words))
