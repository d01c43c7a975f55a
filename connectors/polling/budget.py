"""How many requests a platform takes, in what time; its own headers have the last word."""

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import cast

from pyrate_limiter import InMemoryBucket, Rate, RateItem

MARGIN_MS = 1000
"""By so much longer than the platform's is the stretch counted here: requests travel."""


class RequestBudget:
    """Spreads ``limit`` requests evenly over every ``window``; never lets more through.

    The times of the requests of the last window survive a restart as ``used_ms``.
    """

    def __init__(self, limit: int, window: timedelta, used_ms: list[int] | None = None) -> None:
        """:param used_ms: when earlier requests were made, in ms since 1970."""
        spacing = ceil((window / timedelta(milliseconds=1) + MARGIN_MS) / limit)
        self.spacing = timedelta(milliseconds=spacing)
        self._bucket = InMemoryBucket([Rate(limit, spacing * limit)])
        self._bucket.items = [RateItem("", used) for used in sorted(used_ms or ())]
        self._not_before = datetime.fromtimestamp(0, UTC)

    @property
    def used_ms(self) -> list[int]:
        """When requests were made that still count."""
        return [item.timestamp for item in self._bucket.items]

    def take(self, now: datetime) -> datetime | None:
        """Take one request now; or, where there is none, when to ask again."""
        if now < self._not_before:
            return self._not_before
        moment = _ms(now)
        self._bucket.leak(moment)
        item = RateItem("", moment)
        if not self._bucket.put(item):
            wait_ms = cast(int, self._bucket.waiting(item))  # this kind of bucket knows at once
            return now + timedelta(milliseconds=max(1, wait_ms))
        self._not_before = now + self.spacing
        return None

    def heard(self, now: datetime, remaining: float, reset: datetime) -> None:
        """What the platform's headers say: so many more requests until then."""
        if reset <= now:
            return
        free = now + (reset - now) / remaining if remaining >= 1 else reset
        self._not_before = max(self._not_before, free)

    def block(self, until: datetime) -> None:
        """Let nothing through until then."""
        self._not_before = max(self._not_before, until)


def _ms(time: datetime) -> int:
    return int(time.timestamp() * 1000)
