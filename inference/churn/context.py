"""How a mention of leaving is meant: a plan, a threat, a question, a thought, or not at all."""

import re

from inference.churn.events import Event
from inference.churn.excuses import Mention, excuse

_BREAK = re.compile(
    r" (?:,|but|because|though|although|so|since|then|while|when|that|hence)(?= |$)"
)
_WINDOW_WORDS = 12
_CONDITION = re.compile(
    r"\b(?:if|unless|until|one more|another|next time|or (?:else|i|we)|otherwise|or ?$|keep"
    r"|last chance|last warning|do not make|before i|by (?:monday|tuesday|wednesday|thursday"
    r"|friday|saturday|sunday|tomorrow|tonight|noon|the end))\b"
)
_CONDITION_AFTER = re.compile(r"\b(?:if|unless|until)\b")
_MILD = re.compile(
    r"\b(?:think|thinking|consider|considering|contemplat\w+|tempted|debating|might|may|maybe"
    r"|perhaps|wondering|toying|pondering|mulling|half a mind|looking (?:at|to|into)|should i"
    r"|should we|possibly|tempting|wonder|could)(?: \S+){0,4} ?$"
)
_HOW = re.compile(
    r"\b(?:how|where|what|which|who|can|could|is there|any|anyone|possible|want|wish|need|like|help"
    r"|trying|let me|easiest|quickest|way)\b"
)
_ASK = re.compile(
    r"\b(?:how (?:do|can|to|would|could|long|is|soon)|where (?:do|can)|what is the|is there|can i"
    r"|can we|any way|way (?:to|of)|possible to|anyone know|(?:quickest|easiest|best) way|let me"
    r"|help me|who do i)\b"
)
_ASKS = re.compile(
    r"(?:so |ok |hi |hey |please )?(?:is there|how (?:do|can|much|long)|what is"
    r"|where (?:do|can|is)|anyone know|can (?:i|you|we|someone))\b"
)


def judge(event: Event, sentence: str, *, is_question: bool, post: str) -> str:
    """What a mention amounts to: one of ``risk.RULES``, or why it does not count.

    Reasons not to count: ``other thing``, ``other people``, ``denied``, ``past``, ``averted``.

    :param sentence: plain words of the sentence that the event is in.
    :param is_question: whether the sentence ends in a question mark.
    :param post: plain words of the whole post.
    """
    before = sentence[: event.start]
    breaks = [match.end() for match in _BREAK.finditer(before)]
    words = before[breaks[-1] if breaks else 0 :].split()[-_WINDOW_WORDS:]
    mention = Mention(
        event,
        "".join(f"{word} " for word in words),
        before,
        sentence[event.start : event.end],
        sentence[event.end :],
        post,
        is_question or bool(_ASKS.match(sentence)),
    )
    return excuse(mention) or _rule(mention)


def _rule(mention: Mention) -> str:
    rule = mention.event.rule
    is_conditional = bool(_CONDITION.search(mention.before))
    if rule == "no longer a customer":
        return "threat" if is_conditional or mention.is_question else rule
    if rule not in {"leaving", "goodbye"}:
        return rule
    is_mild = bool(_MILD.search(mention.clause))
    asks = mention.is_question and bool(_HOW.search(mention.clause)) and not is_mild
    if asks or _ASK.search(mention.clause):
        return "asking how to leave"
    if is_conditional or _CONDITION_AFTER.search(mention.after):
        return "threat"
    return "considering" if is_mild else rule
