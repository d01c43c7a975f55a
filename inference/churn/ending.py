"""Verbs that end a bond: cancel, close, terminate, delete, stop."""

import re
from collections.abc import Iterator

from inference.churn.events import (
    CLAUSE_END,
    OBJECT,
    UNKNOWN_OBJECT,
    WITH_COMPANY,
    WRONG_OBJECT,
    Event,
    is_guess,
    owns_a_part,
    verb_form,
)
from inference.churn.vocabulary import ADVERBS, DETERMINERS, FILLERS, MOVABLE

_VERB = re.compile(
    r"\b(?P<verb>cancel(?:ing|ed|s)?|cancellation of|terminat(?:e|es|ing|ed)|clos(?:e|es|ing|ed)"
    r"|clos(?:ure|ing) of|end(?:ing|ed)?|deactivat(?:e|es|ing|ed)|delet(?:e|es|ing|ed)"
    r"|discontinu(?:e|ing|ed)|stop(?:ping|ped)?|shut(?:ting)?|unsubscrib(?:e|es|ing|ed)"
    r"|uninstall(?:ing|ed|s)?|disconnect(?:ing|ed)?|scrap(?:ping|ped)?|kill(?:ing|ed)?"
    r"|axing|axed?|nuk(?:e|ing|ed)|bin(?:ning|ned)?|chuck(?:ing|ed)?(?: in)?|sack(?:ing"
    r"|ed)?(?: off)?|wip(?:e|ing|ed)|remov(?:e|ing|ed)|pull(?:ing|ed)?|withdr(?:aw|awing|ew)"
    r"|drain(?:ing|ed)?|empt(?:y|ying|ied))"
    r"(?: (?:down|out|off|up|and delet(?:e|ing)|and clos(?:e|ing)))?(?!\S)"
)
_TAKES_OUT = ("pull", "withdr", "drain", "empt")
_CANCELS = ("cancel", "unsub")
_SPEAKS_FOR_ITSELF = ("cancel", "unsub", "terminat", "deactivat", "uninst")
_TAKES_A_NAME = (
    "delet",
    "bin",
    "chuck",
    "sack",
    "ax",
    "nuk",
    "uninst",
    "terminat",
    "deactivat",
    "discontinu",
)
_PAUSES_AN_APP = re.compile(r"(?:clos|stop|end|shut|kill|pull|remov|wip|discon)")
_TAKEN_OUT = re.compile(rf" {ADVERBS}{DETERMINERS}{FILLERS}(?:{MOVABLE})(?![^ ,])")
_YOURS = re.compile(r"\b(?:your|with you)\b")


def endings(sentence: str) -> Iterator[Event]:
    """Every bond that a plain sentence speaks of ending."""
    for match in _VERB.finditer(sentence):
        event = _read(match["verb"], match.end(), sentence[match.end() :])
        if event is not None:
            yield event._replace(start=match.start(), form=verb_form(match["verb"]))


def _read(verb: str, end: int, rest: str) -> Event | None:
    """The event of a verb, to which its place and form are still to be added."""
    if verb.startswith(_TAKES_OUT):
        return _taken_out(verb, end, rest)
    cancels = verb.startswith(_CANCELS)
    held = OBJECT.match(rest)
    if held and (
        held["bond"] or held["part"] or cancels or (verb.startswith(_TAKES_A_NAME) and held["mark"])
    ):
        return _with_object(verb, end, rest, held)
    stands_alone = cancels and bool(CLAUSE_END.match(rest))
    if WRONG_OBJECT.match(rest) and not stands_alone:
        return Event("leaving", 0, end, is_wrong=True)
    return _canceled(verb, end, rest, stands_alone=stands_alone) if cancels else None


def _taken_out(verb: str, end: int, rest: str) -> Event | None:
    taken = _TAKEN_OUT.match(rest)
    if taken is None:
        return None
    source = WITH_COMPANY.match(rest, taken.end())
    return Event(
        "leaving",
        0,
        end + (source or taken).end(),
        left=source["left"] if source else None,
        is_clear=bool(source) or verb.startswith("withdr"),
    )


def _canceled(verb: str, end: int, rest: str, *, stands_alone: bool) -> Event | None:
    company = WITH_COMPANY.match(rest)
    if company:
        return Event("leaving", 0, end + company.end(), left=company["left"])
    if stands_alone:
        is_clear = verb_form(verb) != "past" or verb.startswith("unsub")
        return Event("leaving", 0, end, is_clear=is_clear)
    unknown = UNKNOWN_OBJECT.match(rest)
    if unknown is None:
        return None
    return Event("leaving", 0, end + unknown.end(), is_clear=False, is_unknown=True)


def _with_object(verb: str, end: int, rest: str, held: re.Match[str]) -> Event:
    if verb.startswith("stop") and (held["bond"] or "").startswith(("card", "app")):
        return Event("leaving", 0, end, is_wrong=True)
    if owns_a_part(held, rest):
        return Event("leaving", 0, end, is_wrong=True)
    if held["bond"] == "app" and _PAUSES_AN_APP.match(verb):
        return Event("leaving", 0, end, is_wrong=True)
    company = WITH_COMPANY.match(rest, held.end())
    left = held["mark"] or (company["left"] if company else None)
    if left is None and (held["you"] or _YOURS.search(held[0])):
        left = "you"
    is_sure = bool(held["bond"] or held["part"]) or verb.startswith(
        (*_SPEAKS_FOR_ITSELF, *_TAKES_A_NAME)
    )
    return Event(
        "leaving",
        0,
        end + (company or held).end(),
        left=left,
        is_clear=is_sure and (bool(held["part"]) or not is_guess(held["mark"])) and not held["it"],
    )
