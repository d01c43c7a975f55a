"""Verbs and words that leave a company: leave, quit, dump, be done with, get rid of, goodbye."""

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
from inference.churn.moving import TOWARDS
from inference.churn.vocabulary import COMPANY_MARK, COMPLAINT, NOBODY, YOU

_GOODBYE = (
    r"(?:good ?bye|bye|bye bye|see you(?: later| never|(?= (?:OWN|RIVAL|NAME|CAP|WHO)))"
    r"|(?<!for )(?<!been )(?<!took )(?<!wait )so long(?! as| story| ago| since)|adios|adieu"
    r"|farewell"
    r"|good riddance|peace out|sayonara|ciao|later|ta ta)"
)
_VERB = re.compile(
    r"\b(?P<verb>leav(?:e|es|ing)|left|quit(?:s|ting)?|ditch(?:es|ing|ed)?|dump(?:s|ing|ed)?"
    r"|drop(?:s|ping|ped)?|abandon(?:ing|ed)?|boycott(?:ing|ed)?|desert(?:ing|ed)"
    r"|(?:walk|walking|walked|step|stepping|run|running|get|getting|moving|move|moved|turning"
    r"|turn) (?:away|out|off|on|far away|as far away)(?: (?:from|of|on))"
    r"|(?:walk|walking|walked) away|part(?:ing|ed)? (?:ways|company)(?: with)?"
    r"|bail(?:ing|ed)?(?: on| out)?|break(?:ing)? up with|broke up with"
    r"|(?:done|through|finished|over) (?:with|using|paying|dealing with)|so over"
    r"|had (?:it|enough)(?: up to here)? (?:with|of|from)|rid of|free of"
    r"|say(?:ing)? (?:good ?bye|farewell|bye) to|kick(?:ing|ed)?|swap(?:ping|ped)?"
    r"|replac(?:e|ing|ed)|(?:am|are|be|get|getting|us|team|company) off(?= (?:OWN|RIVAL|NAME|CAP))"
    r"|call(?:ing)? (?:it a day|time)(?: with| on)?|(?:see|seeing|seen) the (?:back|last) of"
    r"|wash(?:ing)? (?:my|our) hands of"
    r"|turn(?:ing|ed)? (?:my|our) backs? on|cutting ties with|pull(?:ing)? out of|show(?:ing"
    r"|n)? (?=\S+ the door)"
    r"|jump(?:ing)? ship(?: from)?|abandon(?:ing)? ship|pull(?:ing)? the plug(?: on)?"
    rf"|cut(?:ting)? (?:the cord|ties)(?: with)?|opt(?:ing)? out|{_GOODBYE}(?: ,)?(?: to)?)(?!\S)"
)
_IS_GOODBYE = re.compile(_GOODBYE)
_TAKES_IT = ("done", "so over", "had", "through", "finished")
_NEEDS_OBJECT = (
    "kick",
    "swap",
    "replac",
    "drop",
    "dump",
    "later",
    "quit",
    "bye",
    "say",
    "see",
    "had",
)
_NEEDS_OBJECT_AFTER = (" of", " from", " with", " on", " to", " using", " for")
_SPECIFIC = (
    "rid",
    "ditch",
    "dump",
    "break",
    "walk",
    "part",
    "call",
    "see the",
    "seeing the",
    "seen the",
    "wash",
    "turn",
    "done",
    "over",
    "had",
    "jump",
    "drop",
)
_CAN_FALL = ("card", "app", "sim", "tv", "pass", "line")
_STANDS_ALONE = ("walk", "jump", "pull", "cut", "abandoning ship", "abandon ship")
_SWAPS = ("swap", "replac", "kick")
_NOBODY = re.compile(rf" (?:\S+ )?{NOBODY}(?!\S)")
_OURS = re.compile(r"\b(?:my|our|your|this|the)\b")
_FOR_GOOD = re.compile(r" (?:for good|forever|altogether|once and for all|for ever|permanently)\b")
_DROPPED_OFF = re.compile(r" (?:off|at|by|in|on|to)\b")
_AND_JOIN = re.compile(
    rf" and (?:go|going|switch|switching|mov\w+|join\w*) (?:over )?(?:to|with) "
    rf"(?P<joined>{COMPANY_MARK}|{YOU})"
)


def quittings(sentence: str) -> Iterator[Event]:
    """Every company that a plain sentence speaks of leaving."""
    for match in _VERB.finditer(sentence):
        verb = match["verb"]
        rest = sentence[match.end() :]
        held = _object(verb, rest)
        event = (
            _bare(verb, match.end(), rest)
            if held is None
            else _with_object(verb, match.end(), rest, held)
        )
        rule = (
            "goodbye" if _IS_GOODBYE.match(verb) and not verb.startswith("so over") else "leaving"
        )
        yield event._replace(rule=rule, start=match.start(), form=verb_form(verb))


def _object(verb: str, rest: str) -> re.Match[str] | None:
    held = OBJECT.match(rest)
    if held is None:
        return None
    if held["it"]:
        return held if verb.startswith(_TAKES_IT) else None
    if held["bond"]:
        if verb.startswith("drop") and held["bond"].startswith(_CAN_FALL):
            return None
        is_ours = bool(_OURS.search(held["article"]))
        # "left my card at home" and "quit the app" leave nobody.
        left_behind = verb == "left" and not WITH_COMPANY.match(rest, held.end())
        paused = held["bond"] == "app" and verb.startswith("quit")
        if left_behind or paused or (verb.startswith("leav") and not is_ours):
            return None
    return held


def _bare(verb: str, end: int, rest: str) -> Event:
    if WRONG_OBJECT.match(rest) or _NOBODY.match(rest):
        return Event("leaving", 0, end, is_wrong=True)
    stands_alone = (
        bool(CLAUSE_END.match(rest))
        and not verb.startswith(_NEEDS_OBJECT)
        and not verb.endswith(_NEEDS_OBJECT_AFTER)
    )
    if stands_alone or verb.startswith(_STANDS_ALONE):
        return Event("leaving", 0, end, is_clear=verb.startswith(("jump", "pull")))
    if _IS_GOODBYE.match(verb) and (rest == "" or rest.startswith(" ,")):
        return Event("leaving", 0, end, is_clear=False, is_unknown=True)
    unknown = UNKNOWN_OBJECT.match(rest)
    if unknown is None or COMPLAINT.match(unknown["unknown"]):
        return Event("leaving", 0, end, is_wrong=True)
    return Event("leaving", 0, end + unknown.end(), is_clear=False, is_unknown=True)


def _with_object(verb: str, end: int, rest: str, held: re.Match[str]) -> Event:
    joined = TOWARDS.match(rest, held.end()) or _AND_JOIN.match(rest, held.end())
    owner = None if joined else WITH_COMPANY.match(rest, held.end())
    left = held["mark"] or ("you" if held["you"] or " your " in held[0] else None)
    if left is None and owner:
        left = owner["left"]
    if owns_a_part(held, rest) or (
        verb.startswith("drop") and _DROPPED_OFF.match(rest, held.end())
    ):
        return Event("leaving", 0, end, is_wrong=True)
    says_goodbye = bool(_IS_GOODBYE.match(verb))
    is_guessed = is_guess(left) if says_goodbye else (left or "").startswith("CAP")
    is_specific = verb.startswith(_SPECIFIC) or bool(_FOR_GOOD.match(rest, held.end()))
    is_bare_goodbye = bool(held["you"]) and says_goodbye
    is_swap = verb.startswith(_SWAPS)
    return Event(
        "leaving",
        0,
        end + (joined or owner or held).end(),
        left=left,
        joined=joined["joined"] if joined else None,
        is_clear=not (
            (is_guessed and not joined and not is_specific)
            or (is_swap and (joined is None or (is_guess(left) and is_guess(joined["joined"]))))
            or held["it"]
            or is_bare_goodbye
        ),
    )
