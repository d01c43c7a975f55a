"""Verbs with a direction: switch, move, port, go, take; and words of arriving somewhere else."""

import re
from collections.abc import Iterator

from inference.churn.events import (
    CLAUSE_END,
    OBJECT,
    UNKNOWN_OBJECT,
    WRONG_OBJECT,
    Event,
    is_guess,
    verb_form,
)
from inference.churn.vocabulary import (
    ADVERBS,
    COMPANY,
    COMPANY_MARK,
    DETERMINERS,
    ELSEWHERE,
    FILLERS,
    MOVABLE,
    OTHER_COMPANY,
    PLAN_CHANGE,
    THING,
    YOU,
)

_VERB = re.compile(
    r"\b(?P<verb>switch(?:es|ing|ed)?|port(?:s|ing|ed)?|migrat(?:e|es|ing|ed)|mov(?:e|es|ing|ed)"
    r"|chang(?:e|es|ing|ed)|go(?:es|ing)?|went|gone|transfer(?:s|ring|red)?|defect(?:ing|ed)?"
    r"|jump(?:ing|ed)?|head(?:ing|ed)?|tak(?:e|es|ing|en)|took|convert(?:ing|ed)?|shift(?:ing|ed)?"
    r"|off|sign(?:ing|ed)? up|sign(?:ing|ed)?|join(?:ing|ed)?|bring(?:ing)?|giv(?:e|ing)"
    r"|open(?:ing|ed)?|fly(?:ing)?|flew|book(?:ing|ed)?|return(?:ing|ed)?|get(?:ting)?|got"
    r"|buy(?:ing)?"
    r"|bought|shop(?:ping|ped)?|us(?:e|ing|ed)|upgrad(?:e|ing)|resubscribed|hop(?:ping|ped)?"
    r"|send(?:ing)?"
    r"|com(?:e|ing)|came|bank(?:ing|ed)?|order(?:ing|ed)?|stream(?:ing)?)(?!\S)"
)
_STRONG = ("switch", "port", "migrat", "defect")
_GOES = (
    *("go ", "goi", "goes", "gone", "went", "head", "mov", "chang", "transfer", "jump", "tak"),
    *("took", "convert", "shift", "off", "hop", "com", "came"),
)
_LEAVES_FROM = (
    *("switch", "port", "migrat", "defect", "mov", "chang", "transfer", "jump", "tak", "took"),
    *("convert", "shift", "hop", "upgrad", "com", "came"),
)
_CARRIES = (
    "get",
    "mov",
    "transfer",
    "tak",
    "took",
    "bring",
    "giv",
    "send",
    "switch",
    "port",
    "migrat",
)
_TAKES_A_NAME = (
    "us",
    "join",
    "fly",
    "flew",
    "bought",
    "book",
    "shop",
    "bank",
    "order",
    "get",
    "buy",
)
_JOINS_YOU = ("open", "sign", "join", "bring", "com", "came")
_REACH_MAX_WORDS = 5
_NEAR_MAX_WORDS = 2
_TECHNOLOGY = r"(?:fib(?:re|er)|sim only|android|iphone|cash|satellite|starlink|prepaid|cable)"
_CLAUSE = re.compile(r"(?: (?!but\b|because\b|so\b|i\b|we\b)\S+){0,10}")
_AWAY = re.compile(
    rf" (?:away from|from|off of|off|out of) (?:using )?{DETERMINERS}{FILLERS}"
    rf"(?P<left>{COMPANY_MARK}|{YOU}|{COMPANY})(?!\S)"
)
TOWARDS = re.compile(
    rf" (?:to|over to|onto|into|for|with|at|back to) (?:use |using |try |the )?(?:(?:good"
    rf"|old) ){{0,2}}"
    rf"(?P<joined>{COMPANY_MARK}|{YOU}(?! \w+ing)|{OTHER_COMPANY}|{_TECHNOLOGY}"
    r"|an? (?:[a-z-]+ )?(?:credit union|bank|provider|carrier|airline|rival|competitor|courier"
    r"|supplier|network))(?![^ ,])"
)
_BARE_NAME = re.compile(
    rf" (?:the )?(?P<joined>{COMPANY_MARK}|{OTHER_COMPANY})(?=(?: \S+){{0,4}}? (?:from now on"
    rf"|instead|next))"
)
_NEW_PLAN = re.compile(rf" (?:\S+ ){{0,3}}?(?:to|for|onto|from) (?:\S+ ){{0,2}}?{PLAN_CHANGE}\b")
_COMPANIES = re.compile(
    rf" {ADVERBS}{DETERMINERS}(?P<left>(?:\S+ )?(?:banks?|carriers?|providers?|airlines?|networks?"
    rf"|isps?|suppliers?|insurers?|companies|operators?|couriers?|platforms?|vendors?|services"
    rf"|phone companies|{COMPANY_MARK}))(?!\S)"
)
_PORTED = re.compile(
    rf"(?: (?:out|away|over)\b|{OBJECT.pattern}| (?:\S+ ){{0,3}}?(?:numbers?|lines?)\b)"
)
_TAKEN_AWAY = re.compile(
    rf" (?:{DETERMINERS}{FILLERS}(?:{MOVABLE})|everything|it all)(?: to)?(?: \S+)? (?:out|away"
    rf"|{ELSEWHERE}|and (?:go|going|walk|walking|run|running|leaving|leave))(?!\S)"
)
_ARRIVALS = re.compile(
    rf"(?<!to )(?<!in )(?<!at )(?<!for )\b(?P<joined>{COMPANY_MARK})(?: ,)? (?:it is|here (?:i"
    rf"|we) come|next (?:month|week|year|time)"
    r"|gets (?:my|our)|from now on|instead|take me|(?:i am )?all yours)(?!\S)"
    rf"|\b(?:hello|welcome) (?P<joined2>{COMPANY_MARK})(?!\S)"
    rf"|\b(?:be|am|become|becoming) (?:a|an|their) (?:\S+ )?(?P<joined3>{COMPANY_MARK})"
    r" (?:customer|member|user|subscriber)"
    r"|\b(?:book|booked|open|opened|sign|signed|start|starting|started|subscribed|bought|ordered"
    r"|join|joined|joining|try|trying|chose|choosing|picked|got|using) (?:(?!OWN)\S+ ){0,4}?"
    r"(?P<joined4>RIVAL\d+)"
)
_OUT = re.compile(
    rf"\b(?:i am|we are|i will be|we will be|will be|am|count me) {ADVERBS}"
    r"(?:out|gone|off|outta here|out of here|done|through|finished|all done|toast)"
    r"(?: (?:here|for good|forever|for me|altogether))?(?=$| ,| (?:and|if|unless|see|once|when)\b)"
)
_HOUSE_MOVE = re.compile(
    r"\b(?:new (?:address|house|place|flat|home|apartment)|take my \S+ with)\b"
)


def movings(sentence: str) -> Iterator[Event]:
    """Every move from or to a company that a plain sentence speaks of."""
    for match in _VERB.finditer(sentence):
        clause = _CLAUSE.match(sentence, match.end())
        event = _read(match["verb"], match.end(), clause[0] if clause else "")
        if event is not None:
            yield event._replace(start=match.start(), form=verb_form(match["verb"]))
    for match in _ARRIVALS.finditer(sentence):
        joined = match["joined"] or match["joined2"] or match["joined3"] or match["joined4"]
        yield Event(
            "leaving", *match.span(), joined=joined, is_clear=False, is_unknown=is_guess(joined)
        )
    for match in _OUT.finditer(sentence):
        yield Event("leaving", *match.span(), is_clear=False)


def _read(verb: str, end: int, rest: str) -> Event | None:
    """The event of a verb, to which its place and form are still to be added."""
    is_strong = verb.startswith(_STRONG)
    if _NEW_PLAN.match(rest) and not re.search(COMPANY_MARK, rest):
        return Event("leaving", 0, end, is_wrong=True)
    moved = _with_direction(verb, end, rest)
    if moved is not None:
        return moved
    if verb.startswith(("switch", "chang", "mov", "shift")):
        only = _COMPANIES.match(rest)
        name = re.search(COMPANY_MARK, only["left"]) if only else None
        if only and (is_strong or name is None):
            joined = name[0] if name else None
            return Event("leaving", 0, end + only.end(), joined=joined, is_clear=not name)
    if verb.startswith("port"):
        ported = _PORTED.match(rest)
        return Event("leaving", 0, end + ported.end()) if ported else None
    if verb.startswith(_CARRIES):
        away = _TAKEN_AWAY.match(rest)
        if away:
            return Event("leaving", 0, end + away.end())
    return _switched_alone(end, rest) if verb.startswith("switch") else None


def _switched_alone(end: int, rest: str) -> Event | None:
    if CLAUSE_END.match(rest):
        return Event("leaving", 0, end, is_clear=False)
    if WRONG_OBJECT.match(rest):
        return Event("leaving", 0, end, is_wrong=True)
    unknown = re.match(r" (?:over )?to(?=( \S+))", rest)
    if unknown and UNKNOWN_OBJECT.match(rest, unknown.end()):
        return Event("leaving", 0, unknown.end(1) + end, is_clear=False, is_unknown=True)
    return None


def _with_direction(verb: str, end: int, rest: str) -> Event | None:
    towards, away = TOWARDS.search(rest), _AWAY.search(rest)
    is_strong, goes = verb.startswith(_STRONG), f"{verb} ".startswith(_GOES)
    if towards is None and verb.startswith(_TAKES_A_NAME):
        towards = _BARE_NAME.match(rest)
    if away is not None and not verb.startswith(_LEAVES_FROM):
        away = None
    if away is not None and verb.startswith(("com", "came")):
        # Who tells a company that he came over from another has joined it.
        return Event("leaving", 0, end + away.end(), left=away["left"], joined="you")
    if away is None and (towards is None or verb.startswith("upgrad")):
        return None
    joined = towards["joined"] if towards else None
    left = away["left"] if away else None
    between = rest[: towards.start()] if towards else ""
    reach = _REACH_MAX_WORDS if verb.startswith(_CARRIES) else _NEAR_MAX_WORDS
    joins_you = bool(joined) and bool(re.match(YOU, joined or ""))
    gap = len((between if towards else rest[: away.start()] if away else "").split())
    if gap > reach or (joins_you and not (is_strong or goes or verb.startswith(_JOINS_YOU))):
        return None
    is_elsewhere = joined is not None and not re.match(COMPANY_MARK, joined)
    carries = verb.startswith(_CARRIES) and bool(re.search(rf" (?:{MOVABLE})$", between))
    return Event(
        "leaving",
        0,
        end + max(found.end() for found in (towards, away) if found),
        left=left,
        joined=joined,
        is_clear=(is_strong or left is not None or (goes and is_elsewhere) or carries)
        and (not is_guess(joined or left) or bool(joined and left) or is_strong),
        is_unknown=is_guess(joined) and left is None and goes and not carries,
        is_wrong=bool(re.search(rf" (?:{THING})$", between)) or bool(_HOUSE_MOVE.search(rest)),
    )
