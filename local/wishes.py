"""What the user of ``make demo`` asks for, by the variables that the README names."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from connectors.polling.registry import PLATFORMS
from contracts.errors import InputError, SettingsError
from local.platform import Search, Wanted

STATE = Path("state")
GENERATOR = "synthetic"
RATE = "40"
PORT = "8000"
PORT_MAX = 65535


@dataclass(frozen=True)
class Wishes:
    """A demo: the platform, and what is sent through it.

    :param input: a file to replay; without one, ``sources`` run, the generator among them at
        ``rate`` messages a second.
    :param once: end when the file is through.
    """

    platform: Wanted
    input: Path | None
    sources: tuple[str, ...]
    rate: float
    once: bool
    opens_browser: bool


def read_wishes(given: Mapping[str, str]) -> Wishes:
    """The wishes that the variables of ``make help`` name.

    :raises SettingsError: a variable does not fit.
    :raises InputError: the file is not there.
    """
    once = given.get("ONCE") == "1"
    has_display = sys.platform == "darwin" or "DISPLAY" in given
    return Wishes(
        platform=Wanted(
            folder=STATE,
            port=_port(given.get("PORT") or PORT),
            search=_search(given.get("SEARCH") or "sqlite"),
            kafka=given.get("KAFKA") or None,
            redis=given.get("REDIS") or None,
            elasticsearch=given.get("ELASTICSEARCH") or None,
        ),
        input=_input(given.get("INPUT")),
        sources=_sources(given.get("SOURCES") or GENERATOR),
        rate=_rate(given.get("RATE") or RATE),
        once=once,
        opens_browser=has_display and given.get("OPEN") != "0" and not once,
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= PORT_MAX:
        raise SettingsError(f"PORT={text} is not a port", f"use a number from 1 to {PORT_MAX}")
    return int(text)


def _search(text: str) -> Search:
    for store in get_args(Search):
        if text == store:
            found: Search = store
            return found
    raise SettingsError(
        f"SEARCH={text} is not a history store", f"use {' or '.join(get_args(Search))}"
    )


def _input(text: str | None) -> Path | None:
    if not text:
        return None
    path = Path(text)
    if not path.is_file():
        raise InputError(f"INPUT={text}: there is no such file", "give a CSV, TSV or JSONL file")
    return path


def _sources(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in {GENERATOR, *PLATFORMS}:
            raise SettingsError(
                f"SOURCES={text}: there is no source {name!r}",
                f"there are {', '.join([GENERATOR, *PLATFORMS])}",
            )
    return names


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise SettingsError(f"RATE={text} is not a rate", "give messages a second, such as 40")
    return rate
