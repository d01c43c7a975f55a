"""One thing that a platform is asked for again and again: a query, a subreddit, a hashtag."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec

from connectors.source import Content
from contracts.messages import Deletion

S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Page(Generic[S]):
    """What one request brought.

    :param posts: messages, and what could not be made one.
    :param state: where to go on: written with the posts, in one transaction.
    :param is_last: whether the task has nothing more to ask for now.
    :param next_s: seconds after which it wants to be asked again then; null: its interval says.
    :param reads: posts that the platform sent, new or not: what it may bill.
    :param gaps: stretches of posts that are known to be missed.
    """

    state: S
    posts: Sequence[Content] = field(default_factory=list)
    deletions: Sequence[Deletion] = field(default_factory=list)
    is_last: bool = True
    next_s: float | None = None
    reads: int = 0
    gaps: int = 0


class Task(Protocol[S]):
    """A task keeps nothing between two requests: its state is all that it knows."""

    @property
    def name(self) -> str:
        """What its state is kept under: permanent."""

    @property
    def interval_s(self) -> float:
        """Seconds from the start of one round of requests to the next."""

    @property
    def state_type(self) -> type[S]:
        """Read leniently: a field of a newer version needs a default."""

    def start(self) -> S:
        """The state before the first request."""

    def ask(self, state: S, now: datetime) -> Page[S]:
        """Make one request; ``state`` is not changed.

        The same state brings the same posts again, and each post once over all pages.

        :raises RateLimitedError, UnavailableError, RefusedError, DeniedError: as in
            :mod:`connectors.polling.errors`.
        """
