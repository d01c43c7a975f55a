"""The ``fields`` parameter of the Graph API: ``id,replies.limit(50){id,text}``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Wanted = Mapping[str, "Nested"]


@dataclass(frozen=True)
class Nested:
    """What is wanted of an edge or an object behind a field."""

    fields: Wanted = field(default_factory=dict)
    limit: int = 25


def parse(text: str) -> dict[str, Nested]:
    """The fields, and what is wanted of each. :raises ValueError: it is none."""
    found: dict[str, Nested] = {}
    rest = text
    while rest:
        name, limit = "", 25
        while rest and rest[0] not in ",.{":
            name, rest = name + rest[0], rest[1:]
        if rest.startswith(".limit("):
            number, rest = rest.removeprefix(".limit(").split(")", 1)
            limit = int(number)
        inner = ""
        if rest.startswith("{"):
            end = _end(rest)
            inner, rest = rest[1:end], rest[end + 1 :]
        if not name or (rest and not rest.startswith(",")):
            raise ValueError(text)
        found[name] = Nested(parse(inner), limit)
        rest = rest[1:]
    return found


def _end(text: str) -> int:
    depth = 0
    for place, char in enumerate(text):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if not depth:
            return place
    raise ValueError(text)
