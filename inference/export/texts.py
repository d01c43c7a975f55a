"""Texts that an exported model is compared and timed on: made here, the same every time."""

from itertools import product
from typing import Final

_OPENINGS: Final = (
    "I absolutely love",
    "Can anyone explain",
    "@support seriously, what is wrong with",
    "Not sure what to think of",
)
_SUBJECTS: Final = (
    "the new app",
    "your delivery service, three weeks and counting,",
    "#CustomerService",
    "Monday's update (v4.2.1)",
)
_ENDINGS: Final = (
    "\N{SMILING FACE WITH HEART-SHAPED EYES}",
    "... I am done, cancel my account!!! https://t.co/a1B2c3",
    "and honestly it isn't half as bad as people say; we will see how it goes next month",
)
_EXTREMES: Final = (
    "",
    " ",
    "?",
    "ok",
    "AAAAAAAAAAAAAAAAAAAAAAAAARGH",
    "so \t so\n\nmuch   space",
    "50% off & more &amp; <b>bold</b>",
    "\N{PILE OF POO}\N{POUTING FACE}\N{LOUDLY CRYING FACE}",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE} na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve",
    "\u043e\u0447\u0435\u043d\u044c \u043f\u043b\u043e\u0445\u043e",
    "\u3068\u3066\u3082\u826f\u3044\u3067\u3059",
    "\u0644\u0627 \u0623\u062d\u0628 \u0647\u0630\u0627",
    "x" * 300,
    "terrible " * 40,
    "first it worked and then it did not " * 30,
    "long beyond all measure, and then some " * 250,
)


def posts() -> list[str]:
    """48 texts of the length of posts."""
    return [" ".join(parts) for parts in product(_OPENINGS, _SUBJECTS, _ENDINGS)]


def varied() -> list[str]:
    """64 texts: posts and what is unlike them, empty, foreign, longer than any model reads."""
    return [*posts(), *_EXTREMES]
