"""A clock that is set, and a poller that is driven by it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors.polling.connector import Connect
from connectors.polling.poller import Poller, Turn
from connectors.source import key_of
from contracts.settings import Settings

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


class SetClock:
    """A time that a test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def number(self) -> int:
        """Of the microsecond."""
        return int(self.now.timestamp() * 1_000_000)

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Driven:
    """A poller whose time passes as it likes; what it brings counts as committed."""

    def __init__(self, connect: Connect, settings: Settings, clock: SetClock) -> None:
        self.connect = connect
        self.settings = settings
        self.clock = clock
        self.states: dict[str, bytes] = {}
        self.poller = Poller(connect, self.settings, self.states, clock)

    def restart(self) -> None:
        """As after a crash: from what was committed."""
        self.poller.close()
        self.poller = Poller(self.connect, self.settings, self.states, self.clock)

    def turns(self, until: datetime) -> Iterator[Turn]:
        """What it brings until then."""
        while self.clock.now < until:
            if turn := self.poller.turn():
                self.states |= turn.states
                yield turn
            self.clock.now = max(self.clock.now, min(self.poller.awake_at, until))

    def ids(self, seconds: float) -> list[str]:
        """The ids of the posts that it brings in so much time."""
        until = self.clock.now + timedelta(seconds=seconds)
        return [key_of(post) for turn in self.turns(until) for post in turn.posts]
