"""Reads a post for churn: the risk that its author leaves a company, and the words that say so.

A signal reads ``rule: 'words'`` or ``rule: 'words' (from Company)``: the rule that spoke (one of
``risk.RULES``), the author's own words, and the company that is left where the post names it
(``you`` where it is addressed). Example: ``leaving: 'switching to Kestova' (from Velmora)``. Where
the model alone takes a post for leaving, the signal is ``wording:`` and the clause it took most so.
"""

from collections.abc import Sequence
from math import exp
from operator import mul
from pathlib import Path
from typing import NamedTuple

from inference.churn.examine import Examiner
from inference.churn.prefilter import may_be_about_leaving
from inference.churn.risk import (
    RISK_DECIMALS,
    WEIGHTS,
    Feelings,
    Finding,
    features,
    probability,
    read_weights,
)

SIGNALS_FROM_RISK = 0.3
SIGNALS_MAX = 3
SIGNAL_WORDS_MAX_CHARS = 80


def signal(rule: str, words: str) -> str:
    """A rule and the words that it goes by, on one line and in valid Unicode."""
    line = " ".join(words.split())[:SIGNAL_WORDS_MAX_CHARS]
    return f"{rule}: '{line.encode(errors='replace').decode()}'"


class ChurnReading(NamedTuple):
    """The risk, 0..1, and at most three signals, the strongest first; none below 0.3."""

    risk: float
    signals: list[str]


class ChurnReader:
    """Reads posts for one set of names. Reading never raises and has no state.

    :param own: one's own companies; only leaving one of them counts. Who is addressed (``you``, a
        handle that is no competitor's) or not named counts as one of them, unless a competitor
        is clearly the one who is left.
    :param competitors: leaving one of them does not count.
    """

    def __init__(
        self,
        own: Sequence[str] = (),
        competitors: Sequence[str] = (),
        weights_path: Path = WEIGHTS,
    ) -> None:
        """:raises InputError: the weights cannot be read."""
        self._examiner = Examiner(own, competitors)
        self._weights = weights = read_weights(weights_path)
        self._ordinary = tuple(weights[name] for name in ("bias", *Feelings._fields))

    def read(self, text: str, feelings: Feelings) -> ChurnReading:
        """The churn risk of one post.

        :param text: the post, of any length; the first sentences count (see ``words``).
        :param feelings: what the models say of it.
        """
        if not may_be_about_leaving(text):
            bias, *weights = self._ordinary
            total = bias + sum(map(mul, weights, feelings))
            return ChurnReading(round(1.0 / (1.0 + exp(-total)), RISK_DECIMALS), [])
        seen = self._examiner.examine(text)
        found = features(seen.findings, seen.excuses, seen.around, feelings)
        risk = round(probability(found, self._weights), RISK_DECIMALS)
        signals = self._signals(seen.findings, text) if risk >= SIGNALS_FROM_RISK else []
        return ChurnReading(risk, signals)

    def _signals(self, findings: list[Finding], text: str) -> list[str]:
        signals: list[str] = []
        taken: list[tuple[int, int]] = []
        for finding in sorted(findings, key=self._weakness):
            if any(finding.start < end and start < finding.end for start, end in taken):
                continue
            taken.append((finding.start, finding.end))
            target = f" (from {finding.target})" if finding.target else ""
            signals.append(signal(finding.rule, text[finding.start : finding.end]) + target)
        return signals[:SIGNALS_MAX]

    def _weakness(self, finding: Finding) -> tuple[float, int]:
        name = finding.rule if finding.is_clear else f"unclear {finding.rule}"
        return -self._weights[name], finding.start - finding.end
