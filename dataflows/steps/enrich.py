"""Add product, channel and city where the source gave none, from words of the text."""

import re
import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from contracts.errors import SettingsError
from contracts.messages import Message
from dataflows.steps.work import Outcome, Work

Field = Literal["product", "channel", "city"]
SHIPPED = Path(__file__).parent.parent / "taxonomy.toml"
FIELDS: tuple[Field, ...] = ("product", "channel", "city")


class Taxonomy(msgspec.Struct, forbid_unknown_fields=True):
    """Name -> words that stand for it, whole words in any case; and each city's country."""

    product: dict[str, list[str]] = {}
    channel: dict[str, list[str]] = {}
    city: dict[str, list[str]] = {}
    country: dict[str, str] = {}


def load_taxonomy(path: Path | None) -> Taxonomy:
    """Read a taxonomy file, or the shipped one.

    :raises SettingsError: it is missing or not a taxonomy.
    """
    path = path or SHIPPED
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Taxonomy)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"the taxonomy {path} cannot be used ({error})",
            "GROUNDSWELL_ENRICHMENT_TAXONOMY names a TOML file like dataflows/taxonomy.toml",
        ) from None


class Enrich:
    """Work -> Work with more fields filled."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        """:raises SettingsError: one word stands for two names of one field."""
        self._countries = taxonomy.country
        self._finders = {field: _Finder(field, getattr(taxonomy, field)) for field in FIELDS}

    def __call__(self, work: Work) -> Work:
        """Fill what is null in each message."""
        return Work(work.batch, [self._enriched(outcome) for outcome in work.outcomes])

    def _enriched(self, outcome: Outcome) -> Outcome:
        if not isinstance(outcome, Message):
            return outcome
        found: dict[str, str] = {}
        for field in FIELDS:
            if getattr(outcome, field) is None and (name := self._finders[field](outcome.text)):
                found[field] = name
        city = found.get("city", outcome.city)
        if outcome.country is None and city in self._countries:
            found["country"] = self._countries[city]
        return msgspec.structs.replace(outcome, **found) if found else outcome


class _Finder:
    """Finds the first name that a text has a word of; the longest word where several begin."""

    def __init__(self, field: Field, words: dict[str, list[str]]) -> None:
        """:raises SettingsError: one word stands for two names."""
        name_by_word: dict[str, str] = {}
        for name, of_name in words.items():
            for word in {name.lower(), *map(str.lower, of_name)}:
                if name_by_word.setdefault(word, name) != name:
                    raise SettingsError(
                        f"the taxonomy's word {word!r} stands for {name_by_word[word]} "
                        f"and {name} ({field})",
                        "let each word stand for one name",
                    )
        longest_first = sorted(name_by_word, key=len, reverse=True)
        choice = "|".join(f"({re.escape(word)})" for word in longest_first) or r"(?!)"
        self._names = [name_by_word[word] for word in longest_first]
        self._pattern = re.compile(rf"(?<!\w)(?:{choice})(?!\w)", re.IGNORECASE)

    def __call__(self, text: str) -> str | None:
        hit = self._pattern.search(text)
        return self._names[hit.lastindex - 1] if hit and hit.lastindex else None
