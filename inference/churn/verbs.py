"""Finds every mention of leaving in a plain sentence."""

from collections.abc import Iterator

from inference.churn.ending import endings
from inference.churn.events import Event
from inference.churn.moving import movings
from inference.churn.phrases import PHRASES
from inference.churn.quitting import quittings


def find(sentence: str) -> Iterator[Event]:
    """Every mention of leaving, in no particular order."""
    yield from endings(sentence)
    yield from quittings(sentence)
    yield from movings(sentence)
    for phrase in PHRASES:
        for match in phrase.pattern.finditer(sentence):
            groups = match.groupdict()
            yield Event(
                phrase.rule,
                *match.span(),
                left=groups.get("left") or groups.get("left2") or groups.get("left3"),
                joined=groups.get("joined"),
                is_clear=not phrase.is_vague,
                is_negative=phrase.is_negative,
            )
