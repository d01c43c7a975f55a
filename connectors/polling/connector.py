"""What a platform's module gives: everything that the poller and the command line need of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from connectors.polling.task import Task
from contracts.messages import Deletion, Message, ProcessedMessage
from contracts.settings import Settings

Clock = Callable[[], datetime]
"""The time now, aware and UTC."""

Heard = Callable[[float, datetime], None]
"""Told what a platform's headers say: so many more requests, until then."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of stored posts: those that read otherwise now, and those that are gone.

    :param reads: posts that the platform sent: what it may bill.
    """

    posts: Sequence[Message] = field(default_factory=list)
    deletions: Sequence[Deletion] = field(default_factory=list)
    reads: int = 0


class Checker(Protocol):
    """Asks a platform whether stored posts are still there, and as they were."""

    @property
    def most(self) -> int:
        """How many stored posts one request asks about."""

    def check(self, stored: Sequence[ProcessedMessage], now: datetime) -> Checked:
        """Make one request about at most ``most`` posts.

        :raises RateLimitedError, UnavailableError, RefusedError, DeniedError: as tasks do.
        """


@dataclass(frozen=True, kw_only=True)
class Connector:
    """A platform as its settings want it asked.

    :param limit: requests in one ``window``.
    :param checker: null where the platform cannot be asked about posts again.
    :param post_price_usd: what reading one post costs.
    :param monthly_budget_usd: what a month may cost; null: anything.
    :param quota: makes one request that needs the credentials; says what they permit, by name.
    :param volume: makes one request that says how many posts a month a task will bring; null
        where the platform does not tell.
    :param close: lets go of its connections.
    :param notices: what is soon to be seen to, such as a token that expires.
    """

    name: str
    tasks: Sequence[Task[Any]]
    limit: int
    window: timedelta
    quota: Callable[[], dict[str, str]]
    close: Callable[[], None]
    checker: Checker | None = None
    post_price_usd: float = 0.0
    monthly_budget_usd: float | None = None
    volume: Callable[[Task[Any]], float] | None = None
    notices: Callable[[], list[str]] = list


Connect = Callable[[Settings, Heard, Clock], Connector]
"""Builds it and asks nothing yet. :raises SettingsError: what is missing, by its variable."""
