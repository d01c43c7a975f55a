"""Cleansing of a post's text: what a person would read, and nothing else."""

import html
import re
import unicodedata

from ftfy import fix_encoding

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
# What UTF-8 read as Latin-1 or Windows-1252 looks like; only then is the costly repair worth it.
MOJIBAKE = re.compile(r"[ÂÃâðÐÑ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")  # noqa: RUF001
ENTITY = re.compile(r"&#?\w{1,31};")
VISIBLE = re.compile(r"[^\s\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe00-\ufe0f\u3164\u115f\u1160]")
ENTITY_ROUNDS = 2  # posts exported twice carry &amp;amp;


def clean_text(text: str) -> str:
    """The text with broken encoding and entities repaired, control characters and surrogates gone.

    Composed (NFC) and stripped; empty where nothing visible is left.
    """
    for _ in range(ENTITY_ROUNDS):
        if ENTITY.search(text):
            text = html.unescape(text)
    if MOJIBAKE.search(text):
        text = fix_encoding(text)
    text = unicodedata.normalize("NFC", CONTROL.sub("", text)).strip()
    return text if VISIBLE.search(text) else ""
