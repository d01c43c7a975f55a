"""How people write: capitals or none, typos, drawn-out words, emoji, hashtags."""

import re
from random import Random

EMOJI: dict[str, tuple[str, ...]] = {
    "happy": ("😍", "😊", "🙌", "👏", "❤️", "🎉", "😀", "👍", "💯", "🥰"),
    "amazed": ("😮", "🤯", "😲", "👀"),
    "annoyed": ("🙄", "😒", "😤", "👎", "🤦", "😩"),
    "angry": ("😡", "🤬", "😠", "💢", "🔥"),
    "sad": ("😢", "😭", "💔", "😞"),
    "scared": ("😨", "😰", "😱"),
    "disgusted": ("🤢", "🤮", "🤧"),
    "ironic": ("🙃", "👏", "😂", "🤡"),
}
EMOJI_SHARE = 0.28
TYPO_SHARE = 0.12
DRAWN_OUT_SHARE = 0.05
LOWER_CASE_SHARE = 0.16
SENTENCE_CASE_SHARE = 0.7
HASHTAG_SHARE = 0.18
SHOUTING_SHARE = 0.2
TWICE_SHARE = 0.3
SWAP_SHARE = 0.4
OMIT_SHARE = 0.3
NEIGHBOURS = {
    "a": "s",
    "b": "v",
    "c": "x",
    "d": "f",
    "e": "r",
    "f": "g",
    "g": "h",
    "h": "j",
    "i": "o",
    "j": "k",
    "k": "l",
    "l": "k",
    "m": "n",
    "n": "b",
    "o": "p",
    "p": "o",
    "q": "w",
    "r": "t",
    "s": "d",
    "t": "y",
    "u": "i",
    "v": "b",
    "w": "e",
    "x": "c",
    "y": "u",
    "z": "x",
}
"""The key beside a key."""
DRAWN_OUT = {
    "so": "sooo",
    "really": "reallyyy",
    "love": "looove",
    "great": "greaaat",
    "why": "whyyy",
    "please": "pleaseee",
    "never": "neverrr",
    "no": "nooo",
    "way": "waaay",
    "wow": "wooow",
}
_WORD = re.compile(r"[a-z]{4,}")
_DRAWN_OUT = re.compile(r"\b(" + "|".join(DRAWN_OUT) + r")\b", re.IGNORECASE)
_SENTENCE_START = re.compile(r"(^|[.!?]+ )([a-z])")


def styled(text: str, *, mood: str | None, tags: tuple[str, ...], random: Random) -> str:
    """A text as somebody would post it.

    :param mood: which of :data:`EMOJI` fit; null: none.
    :param tags: what a hashtag could name.
    """
    text = _cased(text, mood, random)
    if random.random() < DRAWN_OUT_SHARE:
        text = _DRAWN_OUT.sub(lambda word: DRAWN_OUT[word.group().lower()], text, count=1)
    if random.random() < TYPO_SHARE:
        text = _with_typo(text, random)
    if random.random() < HASHTAG_SHARE:
        tag = tags[int(random.random() * len(tags))]
        text = f"{text} #{tag.replace(' ', '')}"
    if mood and random.random() < EMOJI_SHARE:
        emoji = EMOJI[mood]
        chosen = emoji[int(random.random() * len(emoji))]
        text = f"{text} {chosen * (2 if random.random() < TWICE_SHARE else 1)}"
    return text


def _cased(text: str, mood: str | None, random: Random) -> str:
    drawn = random.random()
    if drawn < LOWER_CASE_SHARE:
        return text.lower()
    if drawn < LOWER_CASE_SHARE + SENTENCE_CASE_SHARE:
        text = _SENTENCE_START.sub(lambda start: start.group(1) + start.group(2).upper(), text)
    if mood == "angry" and random.random() < SHOUTING_SHARE:
        first, end, rest = text.partition(". ")
        return first.upper() + end + rest
    return text


def _with_typo(text: str, random: Random) -> str:
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = words[int(random.random() * len(words))]
    at = word.start() + 1 + int(random.random() * (len(word.group()) - 2))
    kind = random.random()
    if kind < SWAP_SHARE:
        return f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"
    if kind < SWAP_SHARE + OMIT_SHARE:
        return text[:at] + text[at + 1 :]
    return text[:at] + NEIGHBOURS[text[at]] + text[at + 1 :]
