"""A cheap first look: most posts hold no word that leaving is ever said with."""

import re
from itertools import groupby
from pathlib import Path

_BEFORE_A_WORD = "[^a-z0-9]"


def _read_stems() -> list[str]:
    lines = Path(__file__).with_name("stems.txt").read_text(encoding="utf-8").splitlines()
    return sorted(line for line in lines if not line.startswith("#"))


def _in_one(stems: list[str]) -> str:
    """The stems as one pattern that tries only those with the right first two letters."""
    by_letter = []
    for letter, same in groupby(stems, key=lambda stem: stem[0]):
        by_pair = [
            pair[1] + "(?:" + "|".join(stem[2:] for stem in group) + ")"
            for pair, group in groupby(same, key=lambda stem: stem[:2])
        ]
        by_letter.append(f"{letter}(?:{'|'.join(by_pair)})")
    return "|".join(by_letter)


_LEAVING_STEM = re.compile(f"{_BEFORE_A_WORD}(?:{_in_one(_read_stems())})")


def may_be_about_leaving(text: str) -> bool:
    """Whether the rules are worth asking; where not, they would find nothing."""
    return _LEAVING_STEM.search(f" {text.lower()}") is not None
