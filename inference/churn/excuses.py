"""Why a mention of leaving does not count: another thing, other people, denied, past, averted."""

import re
from collections.abc import Callable
from typing import NamedTuple

from inference.churn.events import Event
from inference.churn.subjects import is_of_others


class Mention(NamedTuple):
    """An event and the plain words around it.

    ``clause`` is what stands before it, back to the last break; ``before`` and ``after`` are the
    rest of its sentence, ``said`` its own words, ``post`` all sentences.
    """

    event: Event
    clause: str
    before: str
    said: str
    after: str
    post: str
    is_question: bool


_NOT_DENIAL = re.compile(
    r"\b(?:can not (?:\S+ )?wait|not (?:only|just|sure|hesitate|afraid|worth|happy|good|working"
    r"|impressed|acceptable|okay|ok|having|dealing|putting|surprised|gonna lie|kidding|joking|even)"
    r"|no (?:choice|option|other|wonder|problem|regrets?)|not help but|why (?:have|did|do|am|has)"
    r" (?:i|we)|not regret|not (?:\S+ ){0,3}(?:stay|continue|renew)|not know why"
    r"|do not make (?:me|us)|never been (?:so|more|closer)|never (?:thought|looked)"
    r"|not let (?:me|us)"
    r"|not (?:be )?too late|not long (?:until|till|before)|nothing (?:stops|keeps|left))\b"
)
_DENIAL = re.compile(
    r"\b(?:not|never|no|neither|nor|without|refuse[sd]?(?: to)?|nah|hardly|nowhere)"
    r"(?: (?!i\b|we\b|you\b|and\b|is\b)\S+){0,5} ?$"
    r"|\b(?:not|never) (?:think|believe|see|feel like|plan|imagine|intend|want|need|ever)"
    r"(?: (?:that|of|about|how|why))?(?: (?:i|we|me|us|myself))?(?: \S+){0,3} ?$"
    r"|\bno (?:way|chance|reason|plans?|need|intention|desire|point)(?: \S+){0,4} ?$"
    r"|\b(?:stop(?:ped)?|kept|keeps?|keeping|prevent\w*|talk(?:ed|ing)) (?:me|us) (?:from|out of)"
    r"(?: \S+){0,2} ?$|\bwhy (?:would|should) (?:i|we|anyone|anybody|you|people)(?: \S+){0,2} ?$"
    r"|^(?:why )?would (?:i|we)(?: \S+){0,1} ?$"
    r"|\b(?:against|instead of|rather than|(?:do not|please do not|stop)) ?$"
)
_EAGER = re.compile(r"\b(?:not (?:\S+ )?wait|not (?:only|just))\b")
_MILD_DENIAL = re.compile(r"\b(?:doubt|until|complain|wait that|problem|sorry|miss)\b")
_NEAR_CHARS = 20
_AVERTED = re.compile(
    r"\b(?:was|were|had been) (?:(?!i\b|we\b|and\b)\S+ ){0,2}(?:going|about|ready|set|planning"
    r"|thinking|considering|tempted|close|all|gonna|on the verge|looking)(?: \S+){0,4} ?$"
    r"|\b(?:almost|nearly)(?: \S+){0,2} ?$|\bchanged (?:my|our) minds? (?:about|on) ?$"
    r"|\b(?:thought|considered|contemplated|evaluated|debated)(?: (?:about|of))?(?: \S+){0,2} ?$"
)
_STAYED = re.compile(
    r"\b(?:decided against|changed my mind|chang\w+ (?:my|our) minds?|talk(?:ed|ing) (?:me|us) out"
    r"|convinced (?:me|us) to stay|(?:i|we) stayed|stay(?:ing|ed)? (?:put|with|after all)"
    r"|sorted (?:it|everything)|fair play|glad i (?:did not|stuck|stayed)|won (?:me|us) back"
    r"|makes? up for|not going anywhere|matched the offer|stick(?:ing)? (?:with|around)"
    r"|customer for life|renewed|fixed (?:it|everything|my))\b"
)
_WHY_STAY = re.compile(r"\b(?:why|reasons?)(?: \S+){0,3}? stay(?:ing)?\b")
_SETTLED = re.compile(
    r"\b(?:settled|confirm\w*|sealed|decided|definitely|made up|convinced me to|now i am|but now)\b"
)
_UNREAL = re.compile(r"\b(?:would have|would of|if it (?:was|were|is) not for|were it not)\b")
_BUT_FOR = re.compile(r"\bif it (?:was|were) not for\b")
_IF_I = re.compile(r"\bif (?:i|we) (?:ever )?$")
_LONG_AGO = re.compile(
    r"\b(?:(?:years?|months?|ages|decades?|weeks?|long time|while) (?:ago|back)|back in"
    r"|(?:in|since) (?:19|20)\d\d|last (?:year|summer|winter|spring|fall|autumn|decade|month)"
    r"|years back|when i was|way back|before (?:i|we) (?:joined|came|switched|moved)|used to"
    r"|ever since|once upon|in the past|since (?:i|we|leaving|switching)|after leaving"
    r"|when (?:i|we) left|a year (?:with|at|on))\b"
)
_SINCE_THEN = re.compile(
    r"\b(?:since then|never looked back|best (?:decision|thing|move)|glad (?:i|we)|been a dream"
    r"|still happy)\b"
)
_REGRETTED = re.compile(
    r"\b(?:should have|wish (?:i|we)(?: had)?|could have|ought to have)(?: \S+){0,5}?"
    r" (?:ago|back|last year)\b"
)
_RECENT = re.compile(r"\b(?:just|finally|today|should have)\b")
_NOW = re.compile(r"\b(?:am|are)\b")
_AFTERWARDS = re.compile(r"\b(?:after|since|from|before) $")
_FIRST = re.compile(r"\b(?:i|we|me|us|my|our|myself|ourselves)\b")
_BEFORE_NOUN = re.compile(r"\b(?:the|a|an|was|were|got|get|gets|been|being|is|are|of) ?$")
_PASSIVE = re.compile(
    r"\b(?:was|were|been|being|got|getting|gets|is|are)(?: (?!i\b|we\b)\S+){0,4} ?$"
)
_CONSIDER_IT = re.compile(
    r"\b(?:consider|want|would like|need|get|have|having|getting|wanted) (?:\S+ ){1,4}?(?:to be )?$"
)
_NOISE = re.compile(r"\bnoises? ?$")
_DONE_TO_AUTHOR = re.compile(
    r"\b(?:why|was|were|without|by mistake|by accident|by error|want it back|reopen|restore|they"
    r"|got (?:my|our|closed|canceled)|you (?:have |just )?(?:closed|canceled|deleted|terminated))\b"
)
_PUBLISHED = re.compile(
    r"\b(?:guide|tips|article|blog|surveys?|reports?|study|podcast|analysts?|rumou?rs?)\b"
)


def excuse(mention: Mention) -> str:
    """The first reason, of ``risk.EXCUSES``, why a mention does not count; empty for none."""
    return next((reason for reason, holds in _REASONS if holds(mention)), "")


def _is_other_thing(mention: Mention) -> bool:
    event, clause = mention.event, mention.clause
    if event.is_wrong or (event.form == "ing" and _NOISE.search(clause)):
        return True
    if event.form != "past":
        return False
    if _BEFORE_NOUN.search(clause) and not _CONSIDER_IT.search(clause):
        return True
    is_bare = " " not in mention.said and bool(clause)
    return is_bare and (not _FIRST.search(clause) or bool(_PASSIVE.search(clause)))


def _is_of_others(mention: Mention) -> bool:
    event = mention.event
    sentence = mention.before + mention.said + mention.after
    is_phrase = event.rule == "leaving" and not event.form
    return bool(
        (is_phrase and _DONE_TO_AUTHOR.search(sentence))
        or _PUBLISHED.search(mention.post)
        or is_of_others(event, mention.clause, mention.said, is_question=mention.is_question)
    )


def _is_denied(mention: Mention) -> bool:
    if mention.event.is_negative:
        near = mention.said + mention.after[:_NEAR_CHARS]
        return bool(_EAGER.search(mention.said) or _MILD_DENIAL.search(near))
    return bool(_DENIAL.search(mention.clause)) and not _NOT_DENIAL.search(mention.clause)


def _is_past(mention: Mention) -> bool:
    form, clause = mention.event.form, mention.clause
    if form == "ing" and _AFTERWARDS.search(clause):
        return True
    before, after = mention.before.rpartition(" ,")[2], mention.after.partition(" ,")[0]
    segment = _REGRETTED.sub("", before + mention.said + after)
    sentence = mention.before + mention.said + mention.after
    if (
        not form
        or form == "base"
        or not (_LONG_AGO.search(segment) or _SINCE_THEN.search(sentence))
    ):
        return False
    return not (_RECENT.search(clause) or (form == "ing" and _NOW.search(clause)))


def _is_averted(mention: Mention) -> bool:
    clause, post = mention.clause, mention.post
    if _UNREAL.search(clause) or _BUT_FOR.search(mention.before + mention.said + mention.after):
        return True
    if _IF_I.search(clause) and not mention.is_question:
        return True
    return not _SETTLED.search(post) and bool(
        _AVERTED.search(clause) or _STAYED.search(_WHY_STAY.sub("", post))
    )


_REASONS: tuple[tuple[str, Callable[[Mention], bool]], ...] = (
    ("other thing", _is_other_thing),
    ("other people", _is_of_others),
    ("denied", _is_denied),
    ("averted", _is_averted),
    ("past", _is_past),
)
