"""Gives each task of a connector its turn, within what its platform allows: one request at a time.

Never waits: a turn either makes a request or says when the next one is possible.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import msgspec

from connectors.polling import metrics
from connectors.polling.account import Account
from connectors.polling.budget import RequestBudget
from connectors.polling.connector import Clock, Connect, Connector
from connectors.polling.errors import RateLimitedError, RefusedError, UnavailableError
from connectors.polling.task import Page, Task
from connectors.source import Content, key_of
from contracts.backoff import Pauses
from contracts.errors import ServerError
from contracts.messages import Deletion, Message
from contracts.settings import Settings

ACCOUNT = "account"
RECENT = "recent"
RECENT_POSTS = 2000
DIGEST_BYTES = 6
FIRST_PAUSE_S = 1.0
MOST_PAUSE_S = 300.0
RATE_LIMITED = timedelta(minutes=1)
"""How long to wait where the platform does not say."""
REST = timedelta(minutes=15)
"""How long a task rests whose request was refused."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one request brought, and the states by name that go with it into one transaction."""

    posts: Sequence[Content]
    deletions: Sequence[Deletion]
    states: dict[str, bytes]


class Recent(msgspec.Struct, frozen=True):
    """What was brought lately, as two tasks can find one post.

    :param said: digest of a post's id -> digest of what it said last.
    """

    said: dict[str, str] = {}


class Poller:
    """A connector at work, from the states that were last committed.

    Every turn that it returns is to be committed before the next is asked for; who cannot commit
    one makes another poller, from the states that are there.
    """

    def __init__(
        self, connect: Connect, settings: Settings, states: Mapping[str, bytes], clock: Clock
    ) -> None:
        """:raises SettingsError: the connector's settings do not suffice."""
        self.connector: Connector = connect(settings, self._heard, clock)
        self._clock = clock
        self.account = _decoded(states.get(ACCOUNT), Account) or Account()
        self._recent = _decoded(states.get(RECENT), Recent) or Recent()
        self._budget = RequestBudget(
            self.connector.limit, self.connector.window, self.account.requests_ms
        )
        self._tasks = list(self.connector.tasks)
        self._states = {task.name: _state(task, states.get(task.name)) for task in self._tasks}
        begin = clock()
        self._due = {task.name: begin for task in self._tasks}
        self._rounds: dict[str, datetime] = {}
        self._pauses = Pauses(FIRST_PAUSE_S, MOST_PAUSE_S)
        self._not_before = begin
        self._is_spent = False
        self.awake_at = begin

    @property
    def is_idle(self) -> bool:
        """Whether every task has brought all that there was, and rests until its next round."""
        return all(due > self._clock() for due in self._due.values())

    def close(self) -> None:
        """Let go of the platform."""
        self.connector.close()

    def turn(self) -> Turn | None:
        """Make the request that is due; null where none is, or it brought nothing.

        ``awake_at`` then says when the next turn is worth it.

        :raises DeniedError: the platform does not let this account in.
        """
        now = self._clock()
        task = min(self._tasks, key=lambda task: self._due[task.name])
        if (wait := self._wait(task, now)) is not None:
            self.awake_at = wait
            return None
        self.awake_at = now
        self.account.requests += 1
        metrics.REQUESTS.labels(self.connector.name).inc()
        self._rounds.setdefault(task.name, now)
        # Behind all others that are due, also where it fails.
        self._due[task.name] = now
        self._tasks.remove(task)
        self._tasks.append(task)
        try:
            page: Page[Any] = task.ask(self._states[task.name], now)
        except RateLimitedError as error:
            self._budget.block(error.until or self._clock() + RATE_LIMITED)
            self.account.waits += 1
            metrics.WAITS.labels(self.connector.name).inc()
            logger.info("%s: %s", self.connector.name, error)
        except UnavailableError as error:
            pause_s = self._pauses.next_s()
            self._not_before = self._clock() + timedelta(seconds=pause_s)
            self._failed(task, f"{error}; in {pause_s:.0f} s")
        except (RefusedError, ServerError) as error:
            self._due[task.name] = now + REST
            self._failed(task, f"{error}; it rests for {REST}")
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            # An answer in a shape that nobody documents ends no connector.
            self._due[task.name] = now + REST
            self._failed(task, f"its answer is not understood; it rests for {REST}")
            logger.exception("%s: %s", self.connector.name, task.name)
        else:
            self._pauses.reset()
            return self._bring(task, page, now)
        return None

    def _wait(self, task: Task[Any], now: datetime) -> datetime | None:
        """When a request can be made, if not now; else one is taken from the budget."""
        if spent_until := self.account.spent_until(self.connector, now):
            if not self._is_spent:
                self._is_spent = True
                logger.warning(
                    "%s: the month's budget of %.2f USD is spent; it goes on at %s",
                    self.connector.name,
                    self.connector.monthly_budget_usd,
                    spent_until,
                )
            return spent_until
        self._is_spent = False
        wait = max(self._not_before, self._due[task.name])
        return wait if wait > now else self._budget.take(now)

    def _bring(self, task: Task[Any], page: Page[Any], now: datetime) -> Turn:
        name = self.connector.name
        states = {task.name: page.state}
        if len(self._tasks) > 1 and page.posts:
            page = self._without_recent(page)
            states[RECENT] = self._recent
        self._states[task.name] = page.state
        if page.is_last:
            begun = self._rounds.pop(task.name)
            if page.next_s is not None:
                self._due[task.name] = now + timedelta(seconds=page.next_s)
            else:
                self._due[task.name] = max(now, begun + timedelta(seconds=task.interval_s))
        if page.gaps:
            logger.warning("%s: %s: posts were missed", name, task.name)
        self.account.add(page, self.connector.post_price_usd, now)
        self.account.requests_ms = self._budget.used_ms
        metrics.brought(name, page, self.account, now)
        states[ACCOUNT] = self.account
        return Turn(
            page.posts,
            page.deletions,
            {each: msgspec.json.encode(state) for each, state in states.items()},
        )

    def _without_recent(self, page: Page[Any]) -> Page[Any]:
        """The page, less what another task has brought, word for word."""
        said = dict(self._recent.said)
        fresh = []
        for post in page.posts:
            text = post.text.encode() if isinstance(post, Message) else post.payload
            key, digest = _digest(key_of(post).encode()), _digest(text)
            if said.pop(key, None) != digest:
                fresh.append(post)
            said[key] = digest
        self._recent = Recent(dict(list(said.items())[-RECENT_POSTS:]))
        return replace(page, posts=fresh)

    def _failed(self, task: Task[Any], why: str) -> None:
        self.account.errors += 1
        metrics.ERRORS.labels(self.connector.name).inc()
        logger.warning("%s: %s: %s", self.connector.name, task.name, why)

    def _heard(self, remaining: float, reset: datetime) -> None:
        self._budget.heard(self._clock(), remaining, reset)


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def _state(task: Task[Any], stored: bytes | None) -> Any:
    state = _decoded(stored, task.state_type)
    return task.start() if state is None else state


def _decoded(stored: bytes | None, kind: type[Any]) -> Any:
    return None if stored is None else msgspec.json.decode(stored, type=kind)
