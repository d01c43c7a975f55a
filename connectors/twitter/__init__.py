"""X/Twitter: a search task for every query, in the recent posts of X's API v2."""

from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from typing import Any

from connectors.authors import load_key
from connectors.polling.connector import Clock, Connector, Heard
from connectors.polling.posts import Posts
from connectors.polling.task import Task
from connectors.twitter.client import TOKEN, bearer_token, open_client
from connectors.twitter.mapping import PLATFORM
from connectors.twitter.query import VARIABLE, searches
from connectors.twitter.recheck import Lookup
from connectors.twitter.search import SearchTask, Walk
from contracts.errors import SettingsError
from contracts.settings import Settings

MONTH_DAYS = 30
COUNTED_DAYS = 7
"""Counts of recent posts go back so far."""


def connect(settings: Settings, heard: Heard, _clock: Clock) -> Connector:
    """Build it. :raises SettingsError: there is no bearer token, or no query that X takes."""
    twitter, shared = settings.twitter, settings.connectors
    if not (twitter.bearer_token or twitter.queries):
        raise SettingsError(
            f"{TOKEN} and {VARIABLE} are not set", "docs/connectors.md says what goes there"
        )
    bearer_token(settings)
    wanted = searches(twitter.queries, twitter.query_chars)
    posts = Posts(
        PLATFORM, PLATFORM, load_key(shared.author_key), shared.keep_handles, shared.languages
    )
    closing = ExitStack()
    searching = cache(lambda: closing.enter_context(open_client(settings, heard)))
    asking = cache(lambda: closing.enter_context(open_client(settings)))
    walk = Walk(twitter.overlap_seconds, twitter.lookback_seconds)
    interval_s = twitter.window_seconds / twitter.requests * len(wanted)
    tasks = [SearchTask(search, searching, posts, walk, interval_s) for search in wanted]

    def volume(task: Task[Any]) -> float:
        found = next(each for each in wanted if each.name == task.name)
        answer = asking().get_recent_tweets_count(found.text, granularity="day")
        return float(answer["meta"]["total_tweet_count"]) * MONTH_DAYS / COUNTED_DAYS

    def quota() -> dict[str, str]:
        usage = asking().request("GET", "/2/usage/tweets").json().get("data") or {}
        told = {
            "posts read this month": usage.get("project_usage"),
            "most posts a month": usage.get("project_cap"),
            "day on which the month begins": usage.get("cap_reset_day"),
        }
        limits = {"searches": f"{twitter.requests} in {twitter.window_seconds} s"}
        return {name: str(value) for name, value in told.items() if value is not None} | limits

    return Connector(
        name=PLATFORM,
        tasks=tasks,
        limit=twitter.requests,
        window=timedelta(seconds=twitter.window_seconds),
        quota=quota,
        checker=Lookup(asking, posts),
        post_price_usd=twitter.post_price_usd,
        monthly_budget_usd=twitter.monthly_budget_usd,
        volume=volume,
        close=closing.close,
    )
