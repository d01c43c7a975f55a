"""A platform's post as a message: no handle, an author as a hash only, its language."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.authors import author_id
from contracts.messages import MESSAGE_ID_MAX_CHARS, TEXT_MAX_CHARS, Message

MENTION = re.compile(r"(?<![\w@/.])@\w+(?:[.-]\w+)*(?:@[\w-]+(?:\.[\w-]+)+)?")
"""``@name`` and ``@name@server``; not the @ of a mail address or of a path."""
SOMEBODY = "@user"
"""In place of a handle; texts that models were trained on say it so."""

NAME_MAX_CHARS = 128
URL_MAX_CHARS = 2048
UNDETERMINED = frozenset({"", "und", "zxx", "qam", "qct", "qht", "qme", "qst", "art"})
"""What platforms say where they cannot tell the language, or there is none."""
LEAST_LETTERS = 20
"""Shorter texts do not tell their language."""


@dataclass(frozen=True, slots=True)
class Posts:
    """Makes messages.

    :param source: name of the connector.
    :param platform: where its posts were posted.
    :param author_key: authors are hashed with it.
    :param keep_handles: leave handles in texts.
    :param languages: only posts in these, and those whose language nobody can tell; empty: all.
    """

    source: str
    platform: str
    author_key: bytes
    keep_handles: bool = False
    languages: Collection[str] = ()

    def message(
        self,
        *,
        post_id: str,
        text: str | None,
        created_at: datetime,
        author: str | None = None,
        language: str | None = None,
        city: str | None = None,
        country: str | None = None,
        url: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> Message | None:
        """A post as a message; null where it says nothing, or is in no language wanted.

        :param post_id: the platform's own id.
        :param text: more than a message holds is cut off.
        :param author: handle or id of its author; only its hash is kept.
        :param extra: further fields, none of which names a person.
        """
        text = (text or "").strip()[:TEXT_MAX_CHARS]
        if not text:
            return None
        language = _tag(language) or language_of(text)
        if language and self.languages and language.split("-")[0] not in self.languages:
            return None
        return Message(
            message_id=self.message_id(post_id),
            source=self.source,
            platform=self.platform,
            text=text if self.keep_handles else MENTION.sub(SOMEBODY, text),
            created_at=created_at,
            author_id=author_id(author, self.platform, self.author_key) if author else None,
            language=language,
            city=_name(city),
            country=_name(country),
            url=url if url and len(url) <= URL_MAX_CHARS else None,
            extra=extra or {},
        )

    def message_id(self, post_id: str) -> str:
        """``platform:id``."""
        return f"{self.platform}:{post_id}"[:MESSAGE_ID_MAX_CHARS]

    def post_id(self, message_id: str) -> str:
        """The platform's own id in a message's."""
        return message_id.removeprefix(f"{self.platform}:")


def language_of(text: str) -> str | None:
    """The language that a text is written in, as ISO 639-1; null where it is too short to tell."""
    plain = MENTION.sub("", text)
    if sum(map(str.isalpha, plain)) < LEAST_LETTERS:
        return None
    from py3langid import classify  # its model takes a second to read

    language: str = classify(plain)[0]
    return language


def _tag(language: str | None) -> str | None:
    tag = (language or "").replace("_", "-").lower()
    return None if tag in UNDETERMINED else tag[:NAME_MAX_CHARS]


def _name(value: str | None) -> str | None:
    return (value or "").strip()[:NAME_MAX_CHARS] or None
