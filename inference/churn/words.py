"""Cuts a post into sentences of plain words: contractions, slang and misspellings undone."""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

SENTENCES_MAX = 60
WORDS_MAX = 80
CACHED_WORDS = 1 << 14

_TOKEN = re.compile(
    r"(?P<skip>https?://\S+|www\.\S+|\bRT @\w+:?)|(?P<handle>@\w+)|(?P<tag>#\w+)"
    r"|(?P<word>[^\W_][\w'&+]*(?:-[^\W_][\w'&+]*)*)|(?P<stop>[.!?;\n\u2026]+)"
    r"|(?P<pause>[,:()\u2013\u2014/|\"\u201c\u201d]|->|(?<=\s)-+(?=\s))"
)
_DECIMAL_POINT = re.compile(r"(?<=\d)[.,](?=\d)")
_REPEATED = re.compile(r"(.)\1{2,}")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TAG_VERB = re.compile(
    r"(cancell?ed|cancell?ing|cancel|leaving|leave|switching|switched|switch|goodbye|bye|deleting"
    r"|delete|quitting|quit|ditching|ditch|boycott|dumping|dump|donewith|neveragain|laststraw"
    r"|finalstraw|imout|dropping|drop)(to|from)?(.*)"
)
_TAG_PARTS = {
    "donewith": "done with",
    "neveragain": "never again",
    "laststraw": "last straw",
    "finalstraw": "final straw",
    "imout": "i am out",
}
_ENDINGS = {
    "n't": " not",
    "'m": " am",
    "'re": " are",
    "'ll": " will",
    "'ve": " have",
    "'d": " would",
}
_IS_AFTER = frozenset(
    ["he", "she", "it", "that", "there", "who", "what", "where", "how", "when", "this", "here"]
)


def _read_spellings() -> dict[str, str]:
    lines = Path(__file__).with_name("spellings.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=") for line in lines if not line.startswith("#"))


_PLAIN = _read_spellings()
_MISSPELT = (
    (re.compile(r"(?:canc|cnc)(?:el+|le|l)(?:ations?)"), "cancellation"),
    (re.compile(r"(?:canc|cnc)(?:el+|le|l)(?:ing|in)"), "canceling"),
    (re.compile(r"(?:canc|cnc)(?:el+|le|l)e?d"), "canceled"),
    (re.compile(r"(?:canc|cnc)(?:el+|le)"), "cancel"),
    (re.compile(r"s(?:witch|wich|wtich|wicth|wit|wicht)(?:ing|in)"), "switching"),
    (re.compile(r"s(?:wtich|wicth|wich|wicht)(e?d|es)?"), "switch"),
    (re.compile(r"un?sub?scri?b(?:ing|in)"), "unsubscribing"),
)


class Word(NamedTuple):
    """A word in plain form (``,`` for a pause), its place in the post, and how it was written."""

    form: str
    start: int
    end: int
    is_capital: bool
    is_handle: bool


class Sentence(NamedTuple):
    """At most ``WORDS_MAX`` words, and whether they end in a question mark."""

    words: list[Word]
    is_question: bool


def sentences(text: str) -> list[Sentence]:
    """The first ``SENTENCES_MAX`` sentences of a post; a longer sentence is cut into several."""
    text = _DECIMAL_POINT.sub("0", text.replace("\u2019", "'").replace("\u2018", "'"))
    # All capitals say nothing about names.
    has_case = any(letter.islower() for letter in text)
    found: list[Sentence] = []
    words: list[Word] = []
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "stop" or len(words) >= WORDS_MAX:
            if words:
                found.append(Sentence(words, "?" in match[0]))
            words = []
            if len(found) >= SENTENCES_MAX:
                break
        start, end = match.span()
        if match.lastgroup == "pause":
            words.append(Word(",", start, end, is_capital=False, is_handle=False))
        elif match.lastgroup == "handle":
            words.append(Word(match[0].lower(), start, end, is_capital=True, is_handle=True))
        elif match.lastgroup == "tag":
            words += [
                Word(form, start, end, is_capital=True, is_handle=False)
                for form in _tag_forms(match[0][1:])
            ]
        elif match.lastgroup == "word":
            forms = _forms(match[0].lower())
            # A word all in capitals is loud, not a name; a contraction holds no name.
            is_capital = (
                has_case
                and len(forms) == 1
                and match[0][0].isupper()
                and not match[0][1:].isupper()
            )
            words += [
                Word(form, start, end, is_capital=is_capital, is_handle=False) for form in forms
            ]
    if words and len(found) < SENTENCES_MAX:
        found.append(Sentence(words, is_question=False))
    return found


@lru_cache(maxsize=CACHED_WORDS)
def _forms(word: str) -> tuple[str, ...]:
    plain = _PLAIN.get(word)
    if plain is not None:
        return tuple(plain.split(" "))
    for ending, full in _ENDINGS.items():
        if word.endswith(ending):
            return tuple((word.removesuffix(ending) + full).split(" "))
    if word.endswith("'s"):
        word = word[:-2]
        return (word, "is") if word in _IS_AFTER else (word,)
    word = _REPEATED.sub(r"\1", word.strip("'"))
    for pattern, form in _MISSPELT:
        if pattern.fullmatch(word):
            return (form,)
    return tuple(_PLAIN.get(word, word).split(" "))


def _tag_forms(tag: str) -> list[str]:
    humps = _HUMP.split(tag.replace("_", " ")) if not tag.isupper() else [tag]
    words = " ".join(humps).lower().split()
    if len(words) == 1 and (verb := _TAG_VERB.fullmatch(words[0])):
        words = [part for part in verb.groups() if part]
        words = [*_TAG_PARTS.get(words[0], words[0]).split(), *words[1:]]
    return [form for word in words for form in _forms(word)]
