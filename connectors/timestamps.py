"""Times as people and programs write them, read as aware UTC times, or refused.

Cheap paths come first: epochs, ISO 8601, Twitter's and e-mail's (RFC 2822) dates; ``dateutil``
reads the rest. What could mean two times is refused, never guessed.
"""

import re
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Literal

from dateutil import parser as dateutil_parser
from dateutil import tz

DateOrder = Literal["day", "month"]
"""Which number of 01/03/2024 comes first."""

LONGEST_CHARS = 64
CENTURY_PIVOT = 69
"""Years of two digits: 69 to 99 are 19xx, the rest 20xx (POSIX)."""
_EPOCH_UNITS = {9: 1, 10: 1, 11: 1, 12: 1e3, 13: 1e3, 15: 1e6, 16: 1e6, 18: 1e9, 19: 1e9}
"""Digits before the point -> units in a second."""
_COMPACT_FORMATS = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}
_NUMBER = re.compile(r"(\d+)(\.\d+)?", re.ASCII)
_SHORT_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)", re.ASCII)
_TWITTER = re.compile(r"(\w{3}) (\w{3}) (\d{1,2}) (\d\d:\d\d:\d\d) ([+-]\d{4}) (\d{4})", re.ASCII)
_EMAIL = re.compile(
    r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT|UT|[ECMP][SD]T)", re.ASCII
)
_UTC_NAMES = frozenset({"UTC", "GMT", "Z", "UT"})


class UnreadableTimeError(ValueError):
    """A value is not a time, or could mean two."""


class AmbiguousTimeError(UnreadableTimeError):
    """Day and month of a date cannot be told apart."""


def parse_time(
    value: str | float, zone: tzinfo = UTC, date_order: DateOrder | None = None
) -> datetime:
    """A written time as UTC.

    :param value: text, or a number of seconds, milli-, micro- or nanoseconds since 1970.
    :param zone: what a time without an offset is in.
    :param date_order: what comes first in 01/03/2024.
    :raises AmbiguousTimeError: it is such a date and no order is given.
    :raises UnreadableTimeError: it is no complete date.
    """
    text = str(value).strip()
    if not text or len(text) > LONGEST_CHARS or isinstance(value, bool):
        raise UnreadableTimeError(f"{text[:LONGEST_CHARS]!r} is not a time")
    try:
        if number := _NUMBER.fullmatch(text):
            moment = _from_number(number)
        else:
            moment = _from_text(_with_iso_date(text, date_order))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except UnreadableTimeError:
        raise
    except (ValueError, OverflowError, OSError) as error:
        raise UnreadableTimeError(f"{text!r} is not a time ({error})") from None


def _from_number(number: re.Match[str]) -> datetime:
    whole, fraction = number.groups()
    if not fraction and (compact := _COMPACT_FORMATS.get(len(whole))):
        return datetime.strptime(whole, compact)  # noqa: DTZ007 the caller adds the zone
    units = _EPOCH_UNITS.get(len(whole))
    if units is None:
        raise UnreadableTimeError(f"{number.group()!r} has too few or too many digits for a time")
    return datetime.fromtimestamp(float(number.group()) / units, UTC)


def _with_iso_date(text: str, date_order: DateOrder | None) -> str:
    """The text with a date like 01/03/2024 written as 2024-03-01."""
    found = _SHORT_DATE.search(text)
    if not found:
        return text
    if date_order is None:
        raise AmbiguousTimeError(f"{text!r} could be day first or month first")
    first, second, year = found.groups()
    day, month = (first, second) if date_order == "day" else (second, first)
    if len(year) == len("yy"):
        year = f"{19 if int(year) >= CENTURY_PIVOT else 20}{year}"
    written = f"{year}-{int(month):02}-{int(day):02}"
    datetime.fromisoformat(written)  # dateutil would swap day and month where one is above 12
    return text[: found.start()] + written + text[found.end() :]


def _from_text(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if twitter := _TWITTER.fullmatch(text):
        weekday, month, day, clock, offset, year = twitter.groups()
        return parsedate_to_datetime(f"{weekday}, {day} {month} {year} {clock} {offset}")
    if _EMAIL.fullmatch(text):
        return parsedate_to_datetime(text)
    return _from_dateutil(text)


def _from_dateutil(text: str) -> datetime:
    # What a text leaves out dateutil takes from a default: two defaults show what was left out.
    one, other = (
        dateutil_parser.parse(text, default=default, tzinfos=_named_zone)
        for default in (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001 only compared
    )
    if one != other:
        raise UnreadableTimeError(f"{text!r} lacks a day, month or year")
    return one


def _named_zone(name: str | None, offset_seconds: int | None) -> tzinfo | None:
    if offset_seconds is not None:
        return tz.tzoffset(name, offset_seconds)
    if name is None:
        return None
    if name in _UTC_NAMES:
        return UTC
    raise UnreadableTimeError(f"time zone {name} is not known")
