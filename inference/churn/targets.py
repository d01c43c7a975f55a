"""Who is left: whether a mention of leaving counts for the configured companies."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from inference.churn.brands import Company, Kind
from inference.churn.events import Event
from inference.churn.vocabulary import COMPANY_MARK, COMPLAINT, PRAISE, YOU

_MARK = re.compile(COMPANY_MARK)
_HOPE = re.compile(r"\b(?:hope|hoping|hopefully|at least|better than|unlike|love|thanks)\b")
_OPENING = r"(?:(?:dear|hey|hi|hello|ok|so|sorry|well|and) )?(?:,? ?)"
_ATTRACTION = re.compile(
    r"\b(?:cheaper|half|better|price|deal|offers?|offering|same|faster|has|approved|instead|twice"
    r"|gave|gives|gets|hello|welcome|quote|quoted|answers?|at least|never had|works?)\b"
)


class Setting(NamedTuple):
    """Which names are configured."""

    has_own: bool
    has_competitors: bool


class Post(NamedTuple):
    """What the targets of one post are judged by: its companies by their marks, and its words."""

    companies: dict[str, Company]
    sentences: Sequence[str]
    joined: frozenset[str]
    joins_you: bool


class Target(NamedTuple):
    """Why a mention does not count (empty where it does), and whom it leaves, as written.

    Whoever ``joins_rival`` goes to a configured competitor.
    """

    reason: str
    name: str
    joins_rival: bool = False


def resolve(event: Event, post: Post, setting: Setting) -> Target:
    """Whether leaving ``event.left`` counts, where it counts for one's own companies only.

    Reasons not to count: ``joining`` and ``other company``.
    """
    left = _company(event.left, post)
    joined = _company(event.joined, post)
    is_you = event.left is not None and left is None and bool(re.fullmatch(YOU, event.left))
    if left is None:
        left = _implied(post, is_you=is_you)
    name = left.name if left else "you" if is_you else ""
    if _is_joining(event, left, joined, post, setting, is_you=is_you):
        return Target("joining", "")
    joins_rival = joined is not None and joined.kind is Kind.RIVAL
    if left is None:
        return Target("", name, joins_rival)
    if setting.has_own and left.kind in {Kind.RIVAL, Kind.NAME}:
        return Target("other company", "")
    if setting.has_own and left.kind is Kind.GUESS and event.left is not None:
        return Target("other company", "")
    if left.kind is Kind.RIVAL:
        return Target("other company", "")
    return Target("", name, joins_rival)


def _company(words: str | None, post: Post) -> Company | None:
    mark = _MARK.search(words or "")
    return post.companies.get(mark[0]) if mark else None


def _is_joining(
    event: Event,
    left: Company | None,
    joined: Company | None,
    post: Post,
    setting: Setting,
    *,
    is_you: bool,
) -> bool:
    if event.joined is None:
        return post.joins_you and not is_you and (left is None or not setting.has_own)
    if joined is None:
        return bool(re.fullmatch(YOU, event.joined))
    if joined.kind is Kind.OWN:
        return True
    if left is not None and left.kind is Kind.OWN:
        return False
    if joined.kind is Kind.MENTION and not is_you:
        others = [company for company in post.companies.values() if company != joined]
        return not others or (event.form == "past" and not setting.has_own)
    # With nobody's side to take, a finished move to a company is that company's gain.
    takes_no_side = not setting.has_own and not setting.has_competitors
    is_praised = any(map(PRAISE.search, post.sentences))
    return is_praised and takes_no_side and event.form == "past" and left is None and not is_you


def _implied(post: Post, *, is_you: bool) -> Company | None:
    """The company that is left where it is not said beside the verb."""
    others = [company for mark, company in post.companies.items() if mark not in post.joined]
    own = [company for company in others if company.kind is Kind.OWN]
    blames_own = any(
        COMPLAINT.search(line) and "OWN" in line and not _HOPE.search(line)
        for line in post.sentences
    )
    if own and (is_you or blames_own):
        return own[0]
    rivals = [
        mark for mark in post.companies if mark.startswith("RIVAL") and mark not in post.joined
    ]
    has_stranger = any(company.kind is Kind.MENTION for company in others)
    for mark in rivals:
        company = post.companies[mark]
        is_handle = company.name.startswith("@")
        sentence = next(line for line in post.sentences if re.search(rf"\b{mark}\b", line))
        is_blamed = bool(COMPLAINT.search(sentence)) and not _ATTRACTION.search(sentence)
        opens = bool(re.match(rf"{_OPENING}{mark} ,", sentence)) or (
            is_you and bool(re.match(rf"{_OPENING}{mark}\b", sentence))
        )
        if not has_stranger and (is_handle or is_blamed or opens):
            return company
    if own:
        return own[0]
    named = [company for company in others if company.kind is Kind.NAME]
    if named and not is_you and not any(company.kind is Kind.MENTION for company in others):
        return named[0] if len(named) == 1 else None
    mentioned = [company for company in others if company.kind is Kind.MENTION]
    return mentioned[0] if mentioned else None
