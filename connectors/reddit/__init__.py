"""Reddit: submissions and comments of subreddits, by PRAW.

Not by PRAW's streams, which drop comments under load (praw#1043).
"""

from datetime import timedelta
from typing import Literal

from connectors.authors import load_key
from connectors.polling.connector import Clock, Connector, Heard
from connectors.polling.posts import Posts
from connectors.reddit.client import NAME, Client
from connectors.reddit.keywords import finder
from connectors.reddit.listing import ListingTask
from connectors.reddit.recheck import Info
from contracts.settings import Settings


def connect(settings: Settings, heard: Heard, clock: Clock) -> Connector:
    """See :data:`connectors.polling.connector.Connect`."""
    ours, common = settings.reddit, settings.connectors
    client = Client(settings, heard, clock)
    posts = Posts(NAME, NAME, load_key(common.author_key), common.keep_handles, common.languages)
    is_wanted = finder(ours.keywords)
    kinds: list[Literal["new", "comments"]] = []
    if ours.submissions:
        kinds.append("new")
    if ours.comments:
        kinds.append("comments")

    def quota() -> dict[str, str]:
        path = "api/v1/me" if ours.username else f"r/{ours.subreddits[0]}/about"
        client.get(path, "this account" if ours.username else path)
        who = f"u/{ours.username}" if ours.username else "read-only"
        return {"account": who, "requests": f"{ours.requests} in {ours.window_seconds} s"}

    return Connector(
        name=NAME,
        tasks=[
            ListingTask(subreddit.removeprefix("r/"), kind, client, posts, is_wanted)
            for subreddit in ours.subreddits
            for kind in kinds
        ],
        limit=ours.requests,
        window=timedelta(seconds=ours.window_seconds),
        quota=quota,
        close=client.close,
        checker=Info(client, posts),
    )
