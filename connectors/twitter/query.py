"""What to search for, in X's query language.

``(cola OR "root beer" OR #cola OR from:acme OR @acme) -spam (lang:en OR lang:de) -is:retweet``

https://docs.x.com/x-api/posts/search/integrate/build-a-query
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from contracts.errors import SettingsError
from contracts.platforms import Query

VARIABLE = "GROUNDSWELL_TWITTER_QUERIES"

BARE = re.compile(r"\w+")
CONNECTIVES = frozenset({"and", "or", "not"})
UNQUOTABLE = frozenset('"\\“”„‟″')
"""There is no way to write these inside quotes."""
ACCOUNT = re.compile(r"[A-Za-z0-9_]{1,15}")
HASHTAG = re.compile(r"(?!\d+$)[\w\u200c\u200d]{1,100}")
"""The joiners are letters of Persian and of Indian scripts."""
_LANGUAGES = (
    "am ar bg bn bo bs ca ckb cs cy da de dv el en es et eu fa fi fr gu hi hi-Latn hr ht hu hy in "
    "is it iw ja ka km kn ko lo lt lv ml mr my ne nl no or pa pl ps pt ro ru sd si sk sl sr sv ta "
    "te th tl tr ug uk ur vi zh-CN zh-TW"
)
LANGUAGES = _LANGUAGES.split()
OTHERWISE = {"he": ("iw",), "id": ("in",), "nb": ("no",), "zh": ("zh-CN", "zh-TW")}
"""What X calls otherwise than ISO 639-1 does."""
RETWEETS = "-is:retweet"


@dataclass(frozen=True, slots=True)
class Search:
    """One search query.

    :param name: what its state is kept under: the query's name; where a query is too long for
        one search, that and a hash of the terms that this one has.
    """

    name: str
    text: str
    retweets: bool = False


def searches(queries: Sequence[Query], most_chars: int) -> list[Search]:
    """The searches that together find what the queries want.

    :param most_chars: longest query that X takes.
    :raises SettingsError: no query, one that cannot be written, or two with the same name.
    """
    if not queries:
        raise SettingsError(
            f"{VARIABLE} names no query",
            'set it to a JSON list, such as [{"name": "brand", "keywords": ["acme"]}]',
        )
    found = [search for query in queries for search in _Writer(query).searches(most_chars)]
    names = [search.name for search in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SettingsError(f"{VARIABLE}: two queries are named {twice!r}", "rename one of them")
    return found


class _Writer:
    """Writes one query; every error says which."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def searches(self, most_chars: int) -> list[Search]:
        """The query in as few searches as its terms in their order allow."""
        terms = _once(self._terms())
        if not terms:
            raise self._error("searches for nothing", "give it keywords, phrases or hashtags")
        conditions = "".join(f" {condition}" for condition in _once(self._conditions()))
        parts: list[list[str]] = [[]]
        for term in terms:
            if parts[-1] and len(_any_of([*parts[-1], term]) + conditions) > most_chars:
                parts.append([])
            parts[-1].append(term)
            if len(chars := _any_of(parts[-1]) + conditions) > most_chars:
                raise self._error(
                    f"is {len(chars)} characters long with {term} alone, X takes {most_chars}",
                    "shorten it, exclude less, or set GROUNDSWELL_TWITTER_QUERY_CHARS to what "
                    "your access level takes",
                )
        name = self._query.name
        return [
            Search(
                name if len(parts) == 1 else f"{name}/{_digest(part)}",
                _any_of(part) + conditions,
                self._query.retweets,
            )
            for part in parts
        ]

    def _terms(self) -> Iterator[str]:
        query = self._query
        yield from (self._keyword(word) for word in query.keywords)
        yield from (self._quoted("phrase", phrase) for phrase in query.phrases)
        yield from (self._hashtag(hashtag) for hashtag in query.hashtags)
        for account in query.accounts:
            handle = self._account(account)
            yield from (f"from:{handle}", f"@{handle}")

    def _conditions(self) -> Iterator[str]:
        yield from (f"-{self._excluded(word)}" for word in self._query.excluded)
        languages = _once(
            f"lang:{code}" for name in self._query.languages for code in self._language(name)
        )
        if languages:
            yield _any_of(languages)
        if not self._query.retweets:
            yield RETWEETS

    def _keyword(self, word: str) -> str:
        word = word.strip()
        if len(word.split()) > 1:
            raise self._error(
                f"has the keyword {word!r}, which is more than one word", "make it a phrase"
            )
        if word[:1] in {"#", "@"}:
            raise self._error(
                f"has the keyword {word!r}", "put hashtags in hashtags, handles in accounts"
            )
        return self._word("keyword", word)

    def _excluded(self, word: str) -> str:
        word = word.strip()
        if word.startswith("#"):
            return self._hashtag(word)
        return f"@{self._account(word)}" if word.startswith("@") else self._word("excluded", word)

    def _word(self, kind: str, word: str) -> str:
        """Bare where that can be read as nothing but a word; else in quotes."""
        is_bare = BARE.fullmatch(word) and word.casefold() not in CONNECTIVES
        quoted = self._quoted(kind, word)
        return word if is_bare else quoted

    def _quoted(self, kind: str, phrase: str) -> str:
        phrase = " ".join(phrase.split())
        if not any(map(_is_found, phrase)):
            raise self._error(
                f"has the {kind} {phrase!r}, in which there is nothing to find",
                "give it a letter, a digit or an emoji",
            )
        if bad := next((char for char in phrase if char in UNQUOTABLE or _is_unseen(char)), None):
            raise self._error(
                f"has the {kind} {phrase!r} with {bad!r}, which X cannot search for", "leave it out"
            )
        return f'"{phrase}"'

    def _hashtag(self, hashtag: str) -> str:
        name = hashtag.strip().removeprefix("#")
        if not HASHTAG.fullmatch(name):
            raise self._error(
                f"has the hashtag {hashtag!r}",
                "a hashtag has letters, digits and _ only, and not only digits",
            )
        return f"#{name}"

    def _account(self, account: str) -> str:
        handle = account.strip().removeprefix("@")
        if not ACCOUNT.fullmatch(handle):
            raise self._error(
                f"has the account {account!r}", "a handle has 1 to 15 of A-Z, a-z, 0-9 and _"
            )
        return handle

    def _language(self, name: str) -> Sequence[str]:
        code = name.strip().replace("_", "-").lower()
        known = OTHERWISE.get(code) or [each for each in LANGUAGES if each.lower() == code]
        if not known:
            raise self._error(
                f"has the language {name!r}, which X does not tell",
                f"it tells {', '.join(LANGUAGES)}",
            )
        return known

    def _error(self, what: str, remedy: str) -> SettingsError:
        return SettingsError(f"{VARIABLE}: query {self._query.name!r} {what}", remedy)


def _once(terms: Iterable[str]) -> list[str]:
    """Each once, in any case, in the order in which they came first."""
    found: dict[str, str] = {}
    for term in terms:
        found.setdefault(term.casefold(), term)
    return list(found.values())


def _any_of(terms: Sequence[str]) -> str:
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"


def _digest(terms: Sequence[str]) -> str:
    return blake2b("\n".join(terms).encode(), digest_size=4).hexdigest()


def _is_found(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char) == "So"


def _is_unseen(char: str) -> bool:
    """Control characters, surrogates and what is not assigned; joiners are parts of words."""
    return unicodedata.category(char) in {"Cc", "Cs", "Cn", "Co"}
