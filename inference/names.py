"""Companies' names in posts, put as words that a model knows: whose they are, not what they are.

Whoever it is that one watches, a model reads ``our company`` for one's own names and ``the
competitor`` for competitors': it need not know a name to tell whom an author leaves, and what it
learnt of a brand does not colour what it says of a post about it.
"""

import re
from collections.abc import Sequence

OWN = "our company"
COMPETITOR = "the competitor"
_INSIDE_HANDLES_MIN_CHARS = 4
_PART = re.compile(r"[^\W_]+")


class Names:
    """The names of one setting. They are found in any case, in handles and in hashtags too."""

    def __init__(self, own: Sequence[str] = (), competitors: Sequence[str] = ()) -> None:
        """A name that is on both lists is one's own."""
        known = dict.fromkeys(competitors, COMPETITOR) | dict.fromkeys(own, OWN)
        # A longer name first: what it begins with may be a name by itself.
        names = sorted((name for name in known if _PART.search(name)), key=len, reverse=True)
        self._words = [known[name] for name in names]
        bodies = "|".join(f"({_body(name)})" for name in names)
        self._pattern = re.compile(rf"(?<![\w@#])(?:{bodies})(?!\w)", re.IGNORECASE)

    def mark(self, texts: Sequence[str]) -> list[str]:
        """The texts, in order, each name replaced."""
        if not self._words:
            return list(texts)
        return [self._pattern.sub(self._word, text) for text in texts]

    def _word(self, found: "re.Match[str]") -> str:
        return self._words[(found.lastindex or 1) - 1]


def _body(name: str) -> str:
    """What matches a name: its words however joined, in a handle or hashtag also a part of it."""
    parts = _PART.findall(name)
    body = r"[\W_]{0,3}".join(map(re.escape, parts))
    before = r"\w*?" if sum(map(len, parts)) >= _INSIDE_HANDLES_MIN_CHARS else ""
    return rf"[@#]{before}{body}\w*|{body}"
