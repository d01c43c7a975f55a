"""What the poller does with X's connector, in the least form: ask, keep the state, ask again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from connectors.polling.task import Page, Task
from contracts.messages import Message
from contracts.settings import Settings, load
from tests.support.platforms.twitter import TOKEN

BRAND = {"name": "brand", "keywords": ["cola"]}


def settings(
    at: str, key: Path, *queries: Mapping[str, Any], timeout_s: int = 5, **twitter: object
) -> Settings:
    """Those of a connector to the server at a URL; without a query, it looks for cola."""
    return load(
        {
            "GROUNDSWELL_CONNECTORS_AUTHOR_KEY": str(key),
            "GROUNDSWELL_CONNECTORS_TIMEOUT_SECONDS": str(timeout_s),
            "GROUNDSWELL_TWITTER_BEARER_TOKEN": TOKEN,
            "GROUNDSWELL_TWITTER_QUERIES": json.dumps(queries or [BRAND]),
            "GROUNDSWELL_TWITTER_URL": at,
            **{f"GROUNDSWELL_TWITTER_{name.upper()}": str(twitter[name]) for name in twitter},
        }
    )


def read(task: Task[Any], committed: bytes | None) -> Any:
    """The state that was committed last, or the first."""
    return msgspec.json.decode(committed, type=task.state_type) if committed else task.start()


@dataclass
class Driver:
    """A task with its state, which is written and read between any two requests."""

    task: Task[Any]
    clock: Callable[[], datetime]
    committed: bytes | None = None
    messages: list[Message] = field(default_factory=list)
    reads: int = 0
    gaps: int = 0

    def ask(self) -> Page[Any]:
        """One page; committed."""
        page = self.task.ask(read(self.task, self.committed), self.clock())
        self.committed = msgspec.json.encode(page.state)
        self.messages += [post for post in page.posts if isinstance(post, Message)]
        self.reads += page.reads
        self.gaps += page.gaps
        return page

    def walk(self) -> list[Page[Any]]:
        """Pages until the last."""
        pages = [self.ask()]
        while not pages[-1].is_last:
            pages.append(self.ask())
        return pages

    @property
    def ids(self) -> list[str]:
        """What was brought: X's ids."""
        return [message.message_id.removeprefix("twitter:") for message in self.messages]
