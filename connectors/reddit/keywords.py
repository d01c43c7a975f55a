"""Which posts are wanted: those with one of some words or phrases."""

import re
from collections.abc import Callable, Iterable


def finder(keywords: Iterable[str]) -> Callable[[str], bool]:
    """Whether a text has one of them, as whole words, in any case; without any, every text does.

    Words of a phrase can have any white space between them.
    """
    patterns = [r"\s+".join(map(re.escape, each.split())) for each in keywords if each.strip()]
    if not patterns:
        return lambda _text: True
    found = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
    return lambda text: found.search(text) is not None
