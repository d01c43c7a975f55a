"""X's query language as far as a test server needs it: a query is parsed, and tried on posts."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Post = Mapping[str, Any]
Matches = Callable[[Post], bool]

TOKEN = re.compile(r'\s*(-?\(|\)|-?"[^"]*"|[^\s()"]+)')
WORD = re.compile(r"\w+|[^\w\s]")
OPERATORS = ("from:", "lang:", "is:")


class QueryError(ValueError):
    """It is no query; X says so with 400."""


def parse(query: str) -> Matches:
    """:raises QueryError: it is none."""
    tokens = list(_tokens(query))
    if not any(_is_standalone(token) for token in tokens):
        raise QueryError("There must be at least one positive, standalone operator")
    matches = _alternatives(tokens)
    if tokens:
        raise QueryError(f"no viable alternative at {tokens[0]!r}")
    return matches


def _tokens(query: str) -> Iterator[str]:
    at = 0
    while at < len(query.rstrip()):
        found = TOKEN.match(query, at)
        if not found:
            raise QueryError(f"no viable alternative at character {query[at : at + 1]!r}")
        at = found.end()
        yield found[1]


def _is_standalone(token: str) -> bool:
    return token not in {"(", ")", "OR"} and not token.startswith(("-", "lang:", "is:"))


def _alternatives(tokens: list[str]) -> Matches:
    found = [_sequence(tokens)]
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        found.append(_sequence(tokens))
    return lambda post: any(matches(post) for matches in found)


def _sequence(tokens: list[str]) -> Matches:
    found: list[Matches] = []
    while tokens and tokens[0] not in {")", "OR"}:
        found.append(_unit(tokens))
    if not found:
        raise QueryError("there is nothing where a term should be")
    return lambda post: all(matches(post) for matches in found)


def _unit(tokens: list[str]) -> Matches:
    first = tokens.pop(0)
    if first == "-(":
        raise QueryError("groups cannot be negated")
    if first != "(":
        matches = _term(first.removeprefix("-"))
        return (lambda post: not matches(post)) if first.startswith("-") else matches
    inner = _alternatives(tokens)
    if not tokens or tokens.pop(0) != ")":
        raise QueryError("a parenthesis is not closed")
    return inner


def _term(token: str) -> Matches:
    if not token:
        raise QueryError("there is nothing behind a minus")
    if token.startswith('"'):
        wanted = _words(token[1:-1])
        return lambda post: _has(_words(post["text"]), wanted)
    operator, _, value = token.partition(":")
    value = value.casefold()
    match operator:
        case "from" if value:
            return lambda post: bool(post["username"].casefold() == value)
        case "lang" if value:
            return lambda post: bool(post["lang"].casefold() == value)
        case "is" if value == "retweet":
            return lambda post: bool(post["is_retweet"])
    if ":" in token or token in {"AND", "NOT"}:
        raise QueryError(f"Reference to invalid operator {token!r}")
    name = token.casefold()
    if token[0] in {"#", "@"}:
        return lambda post: name in re.findall(r"[#@]\w+", post["text"].casefold())
    if not re.fullmatch(r"\w+", token):
        raise QueryError(f"no viable alternative at {token!r}")
    return lambda post: name in _words(post["text"])


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def _has(words: list[str], wanted: list[str]) -> bool:
    ends = range(len(words) - len(wanted) + 1)
    return any(words[start : start + len(wanted)] == wanted for start in ends)
