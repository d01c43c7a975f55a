"""Platforms with posts to bring, each on a server that behaves as the platform's API does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.platforms.mastodon import MastodonServer
from tests.support.platforms.reddit import CLIENT_ID, CLIENT_SECRET, RedditServer
from tests.support.platforms.twitter import TOKEN, TwitterServer

MANY = "100000"
QUERIES = json.dumps([{"name": "brand", "keywords": ["cola"]}])


@dataclass(frozen=True)
class Scenario:
    """A platform that can be asked.

    :param post: posts something that is looked for; its message id.
    :param posted: what is there from the start.
    :param requests: how many requests it has answered.
    """

    connector: str
    environment: dict[str, str]
    post: Callable[[int], str]
    requests: Callable[[], int]
    posted: list[str] = field(default_factory=list)


@contextmanager
def mastodon() -> Iterator[Scenario]:
    with MastodonServer(limit=int(MANY)) as server:
        yield Scenario(
            "mastodon",
            {
                "GROUNDSWELL_MASTODON_URL": server.url,
                "GROUNDSWELL_MASTODON_HASHTAGS": "cola",
                "GROUNDSWELL_MASTODON_REQUESTS": MANY,
            },
            lambda number: f"mastodon:{server.post(f'number {number} #cola')}",
            lambda: len(server.requests),
        )


@contextmanager
def twitter() -> Iterator[Scenario]:
    with TwitterServer(limit=int(MANY)) as server:
        yield Scenario(
            "twitter",
            {
                "GROUNDSWELL_TWITTER_BEARER_TOKEN": TOKEN,
                "GROUNDSWELL_TWITTER_QUERIES": QUERIES,
                "GROUNDSWELL_TWITTER_URL": server.url,
                "GROUNDSWELL_TWITTER_REQUESTS": MANY,
                "GROUNDSWELL_TWITTER_WINDOW_SECONDS": "1",
            },
            lambda number: f"twitter:{server.post(f'cola, number {number}')}",
            lambda: len(server.requests),
        )


@contextmanager
def reddit() -> Iterator[Scenario]:
    """In ten subreddits: no listing has more than a thousand."""
    names = [f"cola{number}" for number in range(10)]
    with RedditServer(limit=int(MANY)) as server:
        posted = [f"reddit:{server.comment(name, 'first')}" for name in names]
        yield Scenario(
            "reddit",
            {
                "GROUNDSWELL_REDDIT_URL": f"{server.url}/www",
                "GROUNDSWELL_REDDIT_OAUTH_URL": server.url,
                "GROUNDSWELL_REDDIT_CLIENT_ID": CLIENT_ID,
                "GROUNDSWELL_REDDIT_CLIENT_SECRET": CLIENT_SECRET,
                "GROUNDSWELL_REDDIT_USER_AGENT": "linux:org.example.tests:1 (by /u/nobody)",
                "GROUNDSWELL_REDDIT_SUBREDDITS": ",".join(names),
                "GROUNDSWELL_REDDIT_SUBMISSIONS": "false",
                "GROUNDSWELL_REDDIT_REQUESTS": MANY,
            },
            lambda number: f"reddit:{server.comment(names[number % 10], f'number {number}')}",
            lambda: len(server.requests),
            posted,
        )


SCENARIOS = {"mastodon": mastodon, "reddit": reddit, "twitter": twitter}
