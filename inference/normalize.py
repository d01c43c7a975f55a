"""Posts in the form that every model reads: shorter, and closer to ordinary English.

HTML's escapes are undone, a run of user names becomes ``user``, a link ``http``, ``#HappyBirthday``
two words, what is repeated three times or more two of it, an emoticon a word and an emoji its
Unicode name. Of a text longer than any model reads, the beginning and the end are kept.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

FIRST_CHARS = 600
LAST_CHARS = 200
MOST_EMOJI = 6

# All texts go through each expression as one string; this mark counts as a space.
_BETWEEN = "\x1e"
_LINK = re.compile(r"https?://\S+|www\.\S+")
_USERS = re.compile(r"(?:@\w+[ \t:,]*)+")
_HASHTAG = re.compile(r"#(\w+)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
_DOTS = re.compile(r"\.\.+")
_REPEATED = re.compile(r"([^\x1e])\1\1+")
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_EMOJI_IN_ROW = re.compile(f"(?:{_EMOJI.pattern} *){{{MOST_EMOJI + 1},}}")
_EMOTICONS = {
    "smile": (":)", ":-)", ":))", "=)", "(:", ":]", "^_^", "^^", ":-))"),
    "laugh": (":D", ":-D", "=D"),
    "wink": (";)", ";-)", ";D"),
    "sad": (":(", ":-(", "=(", ":((", ":["),
    "cry": (":'(", ":'-(", ";("),
    "tongue out": (":P", ":-P", ":p", ":-p", "=P"),
    "love": ("<3",),
    "broken heart": ("</3",),
    "unsure": (":/", ":-/", ":\\", ":|", ":-|"),
    "surprised": (":o", ":O", ":-O"),
    "annoyed": ("-_-", ">:("),
}
_WORDS = {sign: f" {words} " for words, signs in _EMOTICONS.items() for sign in signs}
_EMOTICON = re.compile(
    "(?:" + "|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True))) + r")(?!\w)"
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
_QUOTES = (("\u2018", "'"), ("\u2019", "'"), ("\u201c", '"'), ("\u201d", '"'))

# One text for each of the rules above: a model made under other rules can be told by them.
PROBES = (
    "RT @some_one, @other: I can't believe &lt;this&gt;!!! http://example.org/x?y=1 soooo good...",
    "#HappyBirthday2You #NASA \u201cquoted\u201d \u2019tis caf\u00e9 na\u00efve 1,000.50 :-) <3",
    "\U0001f600\U0001f44d\U0001f3fd\u2764\ufe0f" + "\U0001f621" * 9,
    "very " * 300,
)


def normalize(texts: Sequence[str]) -> list[str]:
    """The texts in the models' form, in order. What a text becomes depends on it alone."""
    if not texts:
        return []
    joined = _BETWEEN.join(map(_shortened, texts))
    if "&" in joined:
        joined = html.unescape(joined)
    if not joined.isascii():
        joined = joined.encode("utf-8", "replace").decode()  # half a surrogate pair is a "?"
        for quote, plain in _QUOTES:
            joined = joined.replace(quote, plain)
        joined = _INVISIBLE.sub("", joined)
    joined = _LINK.sub(" http ", joined)
    joined = _USERS.sub(" user ", joined)
    joined = _EMOTICON.sub(_words_of_emoticon, joined)
    joined = _HASHTAG.sub(_words_of_hashtag, joined)
    joined = _REPEATED.sub(r"\1\1", _DOTS.sub(" \u2026 ", joined))
    if not joined.isascii():
        joined = _EMOJI.sub(_named, _EMOJI_IN_ROW.sub(_first_emoji, joined))
    return joined.split(_BETWEEN)


def _shortened(text: str) -> str:
    if len(text) > FIRST_CHARS + LAST_CHARS:
        text = f"{text[:FIRST_CHARS]} \u2026 {text[-LAST_CHARS:]}"
    return text.replace(_BETWEEN, " ")


def _words_of_hashtag(found: "re.Match[str]") -> str:
    return f" {_CAMEL.sub(' ', found[1])} "


def _words_of_emoticon(found: "re.Match[str]") -> str:
    before = found.string[found.start() - 1 : found.start()]
    return found[0] if before.isalnum() else _WORDS[found[0]]


def _first_emoji(found: "re.Match[str]") -> str:
    return "".join(_EMOJI.findall(found[0])[:MOST_EMOJI])


def _named(found: "re.Match[str]") -> str:
    return f" {_emoji_name(found[0])} "


@lru_cache(maxsize=4096)
def _emoji_name(emoji: str) -> str:
    return unicodedata.name(emoji, "").lower().replace("-", " ")
