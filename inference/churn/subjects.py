"""Who does what a mention of leaving says: the author, somebody addressed, or other people."""

import re

from inference.churn.events import Event
from inference.churn.vocabulary import COMPANY_MARK

_OTHERS = (
    r"(?:he|she|they|people|everyone|everybody|customers?|users|subscribers|investors|shareholders"
    r"|members|players?|friends?|brothers?|sisters?|mom|mum|dad|mother|father|cousin|neighbou?rs?"
    r"|boss|coworkers?|colleagues?|roommates?|flatmates?|housemates?|gf|bf|boyfriend|girlfriend"
    r"|ex|uncle|aunt|son|daughter|nan|grandma|grandad|grandpa|coach|manager|ceo|cfo|cto|president"
    r"|minister|captain|striker|presenter|host|others|kids|analysts|nobody|who|someone|somebody"
    r"|anyone|anybody|staff|employees|workers|guy|girl|man|woman|dude|lady|hubby|husband|wife"
    r"|buddy|mate|teacher|no one|noone|half|many|folks|millennials|students|lot)"
)
_SUBJECT = re.compile(
    r"\b(?:(?:everyone|everybody|people|others|anyone) (?:i|we) know"
    r"|(?P<first>i|we|me|us|let us|(?:my|our) (?:\S+ )?(?:family|team|company|agency|firm|business"
    r"|office|department|household|wife and i|husband and i|partner and i)|wife and i"
    rf"|husband and i)|(?P<you>you|u)|(?P<other>{_OTHERS}|{COMPANY_MARK}))\b"
)
# What may stand between a subject and its verb.
_AUXILIARIES = re.compile(
    r" ?(?:(?:is|are|was|were|has|have|had|been|be|will|would|may|might|could|can|should|just|also"
    r"|all|now|really|finally|already|even|keep|keeps|kept|saying|says|said|to|going|want|wants"
    r"|wanted|not|never|do|does|did|about|thinking|of|planning|start|started|go|went|know|else"
    r"|ever) ){0,5}"
)
_FIRST = re.compile(r"\b(?:i|we|me|us|my|our|myself|ourselves)\b")
_ASKED = re.compile(r"\b(?:can|could|will|would|please)\b")
_ADVERT = re.compile(
    r"(?:switch|leave|quit|cancel|ditch|dump|move|delete|boycott|join|close)(?!\S)"
)
_AUTHORS = re.compile(r"\b(?:my|our|the|this|both|all|please|me|it)\b")
_SAYS_I = re.compile(r"(?:i|we|count me)\b")
_LOSERS = re.compile(rf"{COMPANY_MARK}|who|nobody")


def is_of_others(event: Event, clause: str, said: str, *, is_question: bool) -> bool:
    """Whether somebody else than the author leaves.

    :param clause: the words before the event, back to the last break.
    :param said: the event's own words.
    """
    subjects = [
        subject
        for subject in _SUBJECT.finditer(clause)
        if not subject["other"] or _AUXILIARIES.fullmatch(clause, subject.end())
    ]
    if _SAYS_I.match(said):
        return False
    last = subjects[-1] if subjects else None
    other = last["other"] if last else None
    if event.rule in {"breaking point", "asking how to leave", "looking elsewhere"}:
        return other is not None and not is_question
    if event.rule not in {"leaving", "goodbye"}:
        # A company may lose a customer; anybody else is talked about.
        return other is not None and not _LOSERS.fullmatch(other)
    if last is not None:
        return _acts(last, event, clause)
    is_imperative = event.form == "base" and not clause.strip()
    return bool(is_imperative and _ADVERT.match(said) and not _AUTHORS.search(said))


def _acts(subject: re.Match[str], event: Event, clause: str) -> bool:
    """Whether the last subject before an event, if not the author, is the one who acts."""
    if subject["first"]:
        return False
    if subject["you"]:
        return not _ASKED.search(clause[: subject.start()])
    tail = clause[subject.end() :]
    if subject["other"] and re.fullmatch(COMPANY_MARK, subject["other"]):
        # "Kestova cancelled my flight" acts; "Kestova, cancel my account" does not.
        return event.form == "past" and (not tail.strip() or "to" not in tail)
    return not _FIRST.search(tail)
