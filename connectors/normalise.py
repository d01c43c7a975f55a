"""One row's cells as a message."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.authors import author_id
from connectors.mapping import is_author
from connectors.source import Unreadable
from connectors.table import Cells, UnreadableRowError
from connectors.timestamps import UnreadableTimeError
from contracts import wire
from contracts.messages import Message, ProcessedMessage

SOURCE = "file"
RESERVED_NAMES = frozenset({*ProcessedMessage.__struct_fields__})


class Normaliser:
    """Cells -> message, or what is sent in its place where the time cannot be read.

    Columns that are no field are kept in ``extra`` under their names (``col_`` before it where a
    message has a field of that name); columns that hold authors are not.
    """

    def __init__(
        self,
        *,
        mapping: Mapping[str, str],
        columns: Sequence[str],
        platform: str,
        author_key: bytes,
        read_time: Callable[[str | float], datetime] | None,
    ) -> None:
        """:param read_time: reads ``created_at``; null: messages are created when they are sent."""
        self._mapping = mapping
        self._platform = platform
        self._author_key = author_key
        self._read_time = read_time
        self._dropped = dropped_columns(mapping, columns)
        self._used = frozenset(mapping.values())

    def __call__(self, cells: Cells, key: str) -> Message | Unreadable:
        """:param key: the message's id where the row has none.

        :raises UnreadableRowError: the text or a field is no text.
        """
        platform = self._text(cells, "platform") or self._platform
        own_id = self._text(cells, "id")
        author = self._text(cells, "author")
        message = Message(
            message_id=_prefixed(own_id, platform) if own_id else key,
            source=SOURCE,
            platform=platform,
            text=self._text(cells, "text") or "",
            created_at=datetime.now(UTC),
            author_id=author_id(author, platform, self._author_key) if author else None,
            extra=self._extra(cells),
            language=self._text(cells, "language"),
            city=self._text(cells, "city"),
            country=self._text(cells, "country"),
            product=self._text(cells, "product"),
            channel=self._text(cells, "channel"),
            url=self._text(cells, "url"),
        )
        if self._read_time is None:
            return message
        written = value_at(cells, self._mapping["created_at"])
        written = written if isinstance(written, int | float | str) else _shown(written)
        try:
            return msgspec.structs.replace(message, created_at=self._read_time(written))
        except UnreadableTimeError as error:
            fields = {**wire.to_object(message), "created_at": str(written)}
            return Unreadable(message.message_id, wire.encode(fields), str(error))

    def _text(self, cells: Cells, field: str) -> str | None:
        column = self._mapping.get(field)
        value = None if column is None else value_at(cells, column)
        if value is None:
            return None
        if isinstance(value, dict | list):
            raise UnreadableRowError(f"{column} is not one value")
        return (value if isinstance(value, str) else _shown(value)) or None

    def _extra(self, cells: Cells) -> dict[str, Any]:
        return {
            f"col_{name}" if name in RESERVED_NAMES else name: value
            for name, value in cells.items()
            if name not in self._used and name not in self._dropped and value not in ("", None)
        }


def value_at(cells: Cells, column: str) -> Any:
    """The value of a column, null where there is none; ``user.name`` reaches into an object."""
    if column in cells:
        return cells[column]
    value: Any = cells
    for name in column.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def dropped_columns(mapping: Mapping[str, str], columns: Sequence[str]) -> frozenset[str]:
    """Columns that hold an author, or an object with one in it: they go nowhere."""
    author = mapping.get("author", "").split(".")[0]
    kept = {column for field, column in mapping.items() if field != "author"}
    return frozenset(
        column
        for column in columns
        if column not in kept and (column == author or is_author(column))
    )


def _prefixed(own_id: str, platform: str) -> str:
    return own_id if own_id.startswith(f"{platform}:") else f"{platform}:{own_id}"


def _shown(value: object) -> str:
    return "" if value is None else wire.encode(value).decode()
