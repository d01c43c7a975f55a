"""Whether a stored post reads as it did: its text was cleaned on the way into the store."""

import unicodedata

from ftfy import fix_encoding


def reads_alike(stored: str, found: str) -> bool:
    """Whether two texts are one, but for what cleaning changes."""
    return _written(stored) == _written(found)


def _written(text: str) -> str:
    whole = unicodedata.normalize("NFC", fix_encoding(text))
    return "".join(
        char
        for char in whole
        if not char.isspace() and unicodedata.category(char) not in {"Cc", "Cf"}
    )
