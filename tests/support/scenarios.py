"""Platforms with posts to bring, each on a server that behaves as the platform's API does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.platforms import instagram as graph
from tests.support.platforms.mastodon import MastodonServer
from tests.support.platforms.twitter import TOKEN, TwitterServer

MANY = "100000"
QUERIES = json.dumps([{"name": "brand", "keywords": ["cola"]}])


@dataclass(frozen=True)
class Scenario:
    """A platform that can be asked.

    :param post: posts something that is looked for; its message id.
    :param requests: how many requests it has answered.
    """

    connector: str
    environment: dict[str, str]
    post: Callable[[int], str]
    requests: Callable[[], int]


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
def instagram() -> Iterator[Scenario]:
    with graph.InstagramServer(limit=int(MANY)) as server:
        yield Scenario(
            "instagram",
            {
                "GROUNDSWELL_INSTAGRAM_ACCESS_TOKEN": graph.TOKEN,
                "GROUNDSWELL_INSTAGRAM_USER_ID": graph.USER_ID,
                "GROUNDSWELL_INSTAGRAM_URL": server.url,
                "GROUNDSWELL_INSTAGRAM_HASHTAGS": "cola",
                "GROUNDSWELL_INSTAGRAM_COMMENTS": "false",
                "GROUNDSWELL_INSTAGRAM_MENTIONS": "false",
                "GROUNDSWELL_INSTAGRAM_REQUESTS": MANY,
                "GROUNDSWELL_INSTAGRAM_WINDOW_SECONDS": "1",
            },
            lambda number: f"instagram:{server.media(f'number {number} #cola')}",
            lambda: len(server.requests),
        )


SCENARIOS = {"mastodon": mastodon, "twitter": twitter, "instagram": instagram}
