"""Reading the Graph API's JSON, in which any field may be missing or null."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Fields = Mapping[str, Any]


def fields(value: Any) -> Fields:
    """An object; an empty one where it is none."""
    return value if isinstance(value, Mapping) else {}


def nodes(value: Any) -> list[Fields]:
    """The objects of a list that have an id, each once, in their order."""
    found = value if isinstance(value, list) else []
    return list({node["id"]: node for node in map(fields, found) if text(node, "id")}.values())


def text(node: Fields, name: str) -> str:
    """A field's text, less halves of characters, which no encoding can hold."""
    value = node.get(name)
    if not isinstance(value, str):
        return ""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def number(node: Fields, name: str) -> int | None:
    """A field's whole number; null where it has none."""
    value = node.get(name)
    return value if type(value) is int else None


def time(node: Fields, otherwise: datetime) -> datetime:
    """When it was made, UTC; ``otherwise`` where it does not say."""
    try:
        made = datetime.fromisoformat(text(node, "timestamp"))
        return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return otherwise


def seconds(moment: datetime) -> int:
    """Since 1970."""
    return int(moment.timestamp())
