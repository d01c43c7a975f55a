"""Examines a post: which rules speak for leaving, which reasons against, and what is around."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from inference.churn.brands import Brands, Company
from inference.churn.context import judge
from inference.churn.events import Event
from inference.churn.prefilter import may_be_about_leaving
from inference.churn.risk import EXCUSES, Finding, Surroundings
from inference.churn.targets import Post, Setting, Target, resolve
from inference.churn.verbs import find
from inference.churn.vocabulary import COMPLAINT, DOMAIN, YOU
from inference.churn.words import Sentence, sentences

EVENTS_MAX = 40
COMPLAINTS_READ_CHARS = 2000

_YOU_OR_HANDLE = re.compile(r"\b(?:you|your|WHO\d+|OWN\d+)\b")


class Examination(NamedTuple):
    """What the rules find in a post: what counts, the reasons why others do not, and the rest."""

    findings: list[Finding]
    excuses: set[str]
    around: Surroundings


class _Line(NamedTuple):
    """A sentence's plain text, and where each of its words starts in it and stands in the post."""

    text: str
    offsets: list[int]
    spans: list[tuple[int, int]]
    is_question: bool

    def written(self, post: str) -> str:
        """The sentence as it stands in the post."""
        return post[self.spans[0][0] : self.spans[-1][1]] if self.spans else ""


class Examiner:
    """Examines posts for one set of names (see ``reader.ChurnReader``)."""

    def __init__(self, own: Sequence[str], competitors: Sequence[str]) -> None:
        self._brands = Brands(own, competitors)
        self._setting = Setting(bool(own), bool(competitors))

    def examine(self, text: str) -> Examination:
        """What the rules find in a post of any length."""
        lines, companies = self._lines(text)
        everything = " , ".join(line.text for line in lines)
        read = [line for line in lines if may_be_about_leaving(line.written(text))]
        events = [(event, line) for line in read for event in find(line.text)][:EVENTS_MAX]
        if not events:
            return Examination(
                [], set(), Surroundings(0, is_about_service=False, is_addressed=False)
            )
        post = Post(
            companies,
            [line.text for line in lines],
            frozenset(
                mark
                for event, _ in events
                for mark in companies
                if mark in (event.joined or "").split()
            ),
            any(_joins_you(event) for event, _ in events),
        )
        findings: list[Finding] = []
        excuses: set[str] = set()
        for event, line in events:
            rule = judge(event, line.text, is_question=line.is_question, post=everything)
            target = resolve(event, post, self._setting)
            excuse = rule if rule in EXCUSES else target.reason
            if excuse:
                excuses.add(excuse)
            else:
                findings.append(_finding(rule, event, line, target))
        around = Surroundings(
            len(set(COMPLAINT.findall(everything[:COMPLAINTS_READ_CHARS]))),
            bool(DOMAIN.search(everything)),
            bool(_YOU_OR_HANDLE.search(everything)),
        )
        return Examination(findings, excuses, around)

    def _lines(self, text: str) -> tuple[list[_Line], dict[str, Company]]:
        companies: dict[str, Company] = {}
        marks: dict[str, str] = {}
        return [
            self._line(sentence, text, companies, marks) for sentence in sentences(text)
        ], companies

    def _line(
        self, sentence: Sentence, text: str, companies: dict[str, Company], marks: dict[str, str]
    ) -> _Line:
        parts: list[str] = []
        offsets: list[int] = []
        spans: list[tuple[int, int]] = []
        offset = 0
        for word in self._brands.mark(sentence.words, text):
            if isinstance(word, Company):
                part = marks.setdefault(
                    f"{word.kind}{word.name.lower()}", f"{word.kind}{len(companies)}"
                )
                companies.setdefault(part, word)
            else:
                part = word.form
            parts.append(part)
            offsets.append(offset)
            spans.append((word.start, word.end))
            offset += len(part) + 1
        return _Line(" ".join(parts), offsets, spans, sentence.is_question)


def _joins_you(event: Event) -> bool:
    return event.joined is not None and event.left is None and bool(re.fullmatch(YOU, event.joined))


def _finding(rule: str, event: Event, line: _Line, target: Target) -> Finding:
    first = bisect_right(line.offsets, event.start) - 1
    last = max(first, bisect_left(line.offsets, event.end) - 1)
    return Finding(
        rule,
        line.spans[first][0],
        line.spans[last][1],
        target.name,
        is_clear=event.is_clear or target.joins_rival,
        is_unknown=event.is_unknown,
    )
