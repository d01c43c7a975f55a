"""Sentences with and without the intent to leave, from which the churn output is trained.

There is no public set of churn intent, so this one is written: a small grammar in
``churn_leave.txt`` and ``churn_stay.txt``, one template a line. ``[a|b|]`` is a choice, ``{name}``
a choice from the list of that name in ``churn_words.txt``. What decides is direction ("switching
to you" against "switching to them"), negation ("never leaving"), target ("cancelled my flight"
against "cancelled my contract") and time ("I left years ago, glad to be back"), so the templates
without intent use the same words as those with it. Written for this repository.

People wrap what they want into other talk, so half of the sentences get a piece of an ordinary post
before or after them; it teaches the model that such talk decides nothing.
"""

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
SENTENCES_PER_TEMPLATE = 120
HELD_OUT_EVERY = 6
WRAPPED_SHARE = 0.5
BEFORE_SHARE = 0.5
CAPITAL_SHARE = 0.4
APOSTROPHES = ("'", "'", "'", "", "\u2019")

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


class Phrases(NamedTuple):
    """Distinct sentences, and beside each whether it says that a customer is leaving."""

    texts: list[str]
    leaving: list[bool]


def generate(seed: int, ordinary_posts: Sequence[str], *, held_out: bool) -> Phrases:
    """Sentences of the templates for training, or of those kept aside for calibration.

    Every ``HELD_OUT_EVERY``-th template is kept aside, so that the calibration sees wordings that
    the training has not. The same seed gives the same sentences.

    :param ordinary_posts: what sentences are wrapped in.
    """
    chooser = random.Random(seed)  # noqa: S311 - repeatable, not secret
    words = _read_words()
    labels: dict[str, bool] = {}
    for name, leaving in (("churn_leave.txt", True), ("churn_stay.txt", False)):
        for number, template in enumerate(_read_lines(name)):
            if (number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1) == held_out:
                for _ in range(SENTENCES_PER_TEMPLATE):
                    sentence = _dress(_expand(template, words, chooser), chooser)
                    if chooser.random() < WRAPPED_SHARE:
                        sentence = _wrap(sentence, chooser.choice(ordinary_posts), chooser)
                    labels.setdefault(sentence, leaving)
    return Phrases(list(labels), list(labels.values()))


def _expand(template: str, words: dict[str, list[str]], chooser: random.Random) -> str:
    while _SLOT.search(template) or _CHOICE.search(template):
        template = _CHOICE.sub(lambda found: chooser.choice(found[1].split("|")), template)
        template = _SLOT.sub(lambda found: chooser.choice(words[found[1]]), template)
    return " ".join(template.split())


def _dress(sentence: str, chooser: random.Random) -> str:
    """Write it as people do: with and without capitals, apostrophes and full stops."""
    sentence = sentence.replace("'", chooser.choice(APOSTROPHES))
    if chooser.random() < CAPITAL_SHARE:
        sentence = sentence[0].upper() + sentence[1:]
    return sentence + chooser.choice(["", "", ".", ".", "!", "!!", "..."])


def _wrap(sentence: str, post: str, chooser: random.Random) -> str:
    words = post.split()
    piece = " ".join(words[: chooser.randint(3, 20)])
    return f"{piece} {sentence}" if chooser.random() < BEFORE_SHARE else f"{sentence} {piece}"


def _read_lines(name: str) -> list[str]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _read_words() -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for line in _read_lines("churn_words.txt"):
        name, choices = line.split(":", 1)
        words[name] = [choice.strip() for choice in choices.split("|")]
    return words
