"""One mention of leaving, and what the three families of verbs share to find it."""

import re
from typing import NamedTuple

from inference.churn.vocabulary import (
    ADVERBS,
    BOND,
    COMPANY,
    COMPANY_MARK,
    DETERMINERS,
    FILLERS,
    IT,
    THING,
    YOU,
)


class Event(NamedTuple):
    """One mention of leaving: its rule, its place in the sentence, and the two companies.

    ``left`` and ``joined`` are words of the sentence (a mark, ``you``, ``another bank``). The
    event ``is_clear`` where its object can only be a company or a bond with one, ``is_wrong``
    where it is something else, ``is_unknown`` where it is a word that the rules do not know.
    ``is_negative`` where its words deny a return. ``form`` is ``base``, ``ing`` or ``past`` for a
    verb, else empty.
    """

    rule: str
    start: int
    end: int
    left: str | None = None
    joined: str | None = None
    is_clear: bool = True
    is_wrong: bool = False
    is_unknown: bool = False
    is_negative: bool = False
    form: str = ""


_PAST = frozenset(["left", "went", "gone", "took", "taken", "got", "had", "broke", "withdrew"])

# What a verb is done to: a company, somebody addressed, a bond, or a bare pronoun.
OBJECT = re.compile(
    rf" {ADVERBS}(?P<article>{DETERMINERS})(?P<fill>{FILLERS})"
    rf"(?:(?P<mark>{COMPANY_MARK})(?: (?:[a-z]+ )?(?P<part>{BOND})(?![^ ,]))?"
    rf"|(?P<you>{YOU})|(?P<bond>{BOND})|(?P<company>{COMPANY})"
    rf"|(?P<it>{IT}))(?![^ ,])(?! (?:{THING})\b(?! (?:with|at)\b))"
)
# A thing among the next words, not the object of another verb.
WRONG_OBJECT = re.compile(
    rf" {ADVERBS}{DETERMINERS}(?:(?!and |or |to |with )[^ ,]+ ){{0,2}}?(?:{THING})\b"
)
# The company that a bond is with, or that is asked to end it.
WITH_COMPANY = re.compile(
    rf" (?:away from|from|off of|off|out of|at|with|to|by) {DETERMINERS}{FILLERS}"
    rf"(?P<left>{COMPANY_MARK}|{YOU}|{COMPANY})\b"
)
# A word that may be the name of a company written small.
UNKNOWN_OBJECT = re.compile(
    rf" {ADVERBS}(?:my |our |the |with )?(?P<unknown>(?!(?:{THING}|with|from|until|these|those|your"
    r"|their|some|more|people|everyone|things?|friends?|family|being|having|trying|going|doing"
    r"|today|tomorrow|tonight|before|after|just|like|what|when|where|which|while|because|there"
    r"|here|life|love|school|class|facebook|twitter|high|again|that|this)\b)[a-z]{4,})(?![^ ,])"
)
CLAUSE_END = re.compile(
    r"(?=$| ,| (?:and|but|if|because|as|when|unless|before|after|today|tonight|tomorrow|now"
    r"|soon|(?:this|next|at|on|in|by) (?:the end|week|weekend|month|year|morning|afternoon|evening"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|summer|january|march|june|once"
    r"|renewal|time)|for good|forever|altogether|permanently|immediately|everything"
    r"|anyway|for|or|until|right|asap|once|first|by|please|lol|then|is|will|over|since|so)\b)"
)


_OWNED = re.compile(r"\b(?:my|our|the|your|a|this)\b")
_NOUN_AFTER = re.compile(
    rf" (?!(?:{BOND}|{COMPANY}|and|or|but|to|for|with|at|in|on|now|today|tonight|tomorrow|if"
    rf"|because"
    r"|after|before|as|so|once|when|until|unless|this|next|asap|soon|please|over|since|by|from|too"
    r"|anyway|forever|immediately|altogether|completely|is|was|will|who|lol)\b)[a-z]{3,}"
)


def owns_a_part(held: re.Match[str], rest: str) -> bool:
    """Whether an ``OBJECT`` is some thing of a company's, as in "my Velmora installation"."""
    return bool(
        held["mark"] and _OWNED.search(held["article"]) and _NOUN_AFTER.match(rest, held.end())
    )


def verb_form(verb: str) -> str:
    """Whether a verb's first word is ``ing``, ``past`` or ``base``."""
    first = verb.split(" ", 1)[0]
    if first.endswith("ing"):
        return "ing"
    return "past" if first.endswith("ed") or first in _PAST else "base"


def is_guess(party: str | None) -> bool:
    """Whether a company is only guessed from a capital or addressed by an unknown handle."""
    return party is not None and party.startswith(("CAP", "WHO"))
