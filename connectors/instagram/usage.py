"""How much of what the Graph API allows is used: it tells percentages, no numbers of requests.

``X-App-Usage`` is the app's last hour, ``X-Business-Use-Case-Usage`` the account's; the highest of
their figures counts. Up to 80 % nothing is slowed. From there the requests of a window become
fewer in proportion, down to one in five minutes; a window rolls, so what was used comes back little
by little. Where the API says in how many minutes it takes requests again, there are none until
then. https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

APP = "x-app-usage"
ACCOUNT = "x-business-use-case-usage"
PERCENTAGES = ("call_count", "total_cputime", "total_time")
REGAIN = "estimated_time_to_regain_access"
SLOWED_FROM = 80
WHOLE = 100
LONGEST = timedelta(minutes=5)
SENSIBLE = 1_000_000
"""Greater figures, percent or minutes, are not believed."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What is used.

    :param percent: of the app's or the account's allowance, whichever is the higher.
    :param regain: how long no request is taken; zero while they are.
    """

    percent: float
    regain: timedelta

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Usage | None":
        """What headers say; null where they say nothing."""
        told = [*_objects(headers.get(APP)), *_objects(headers.get(ACCOUNT))]
        percents = [_number(each.get(name)) for each in told for name in PERCENTAGES]
        minutes = max((_number(each.get(REGAIN)) for each in told), default=0.0)
        return cls(max(percents), timedelta(minutes=minutes)) if percents else None

    def left(self, limit: int, window: timedelta, now: datetime) -> tuple[float, datetime] | None:
        """How many more requests, until when; null where nothing is to be slowed.

        :param limit: requests in one ``window``, as the settings want it.
        """
        if self.regain:
            return 0.0, now + self.regain
        if self.percent <= SLOWED_FROM:
            return None
        share = max(0.0, (WHOLE - self.percent) / (WHOLE - SLOWED_FROM))
        return max(limit * share, window / LONGEST, 1.0), now + window


def _objects(header: str | None) -> Iterator[Mapping[str, Any]]:
    """The app's header is an object; the account's has lists of them, by account."""
    try:
        told = json.loads(header or "{}")
    except ValueError:
        return
    if not isinstance(told, dict):
        return
    yield told
    for accounts in told.values():
        if isinstance(accounts, list):
            yield from (each for each in accounts if isinstance(each, dict))


def _number(value: Any) -> float:
    is_sensible = isinstance(value, int | float) and 0 <= value <= SENSIBLE
    return float(value) if is_sensible else 0.0
