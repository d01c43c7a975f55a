"""Instagram by Meta's Graph API: hashtags, and the own account's comments and mentions.

It takes a professional account that is connected to a Facebook page, and an app with the
permissions ``instagram_basic``, ``instagram_manage_comments`` and ``pages_read_engagement``;
hashtags take the feature "Instagram Public Content Access" as well.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from connectors.authors import load_key
from connectors.instagram.comments import CommentsTask
from connectors.instagram.errors import BASIC, COMMENTS, PAGES
from connectors.instagram.fields import text
from connectors.instagram.graph import Graph, token_of
from connectors.instagram.hashtags import MOST_HASHTAGS, HashtagTask, hashtags_of
from connectors.instagram.mapping import NAME
from connectors.instagram.mentions import MentionsTask
from connectors.instagram.recheck import CommentChecker
from connectors.instagram.token import Token
from connectors.polling.connector import Clock, Connector, Heard
from connectors.polling.errors import RefusedError
from connectors.polling.posts import Posts
from connectors.polling.task import Task
from contracts.errors import SettingsError
from contracts.settings import Settings

PREFIX = "GROUNDSWELL_INSTAGRAM_"
LEAST_INTERVAL_S = 60.0


def connect(settings: Settings, heard: Heard, clock: Clock) -> Connector:
    """See :data:`connectors.polling.connector.Connect`."""
    ours, common = settings.instagram, settings.connectors
    hashtags = _verified(settings)
    posts = Posts(NAME, NAME, load_key(common.author_key), common.keep_handles, common.languages)
    graph = Graph(settings, heard, clock)
    count = len(hashtags) + ours.comments + ours.mentions
    interval_s = max(LEAST_INTERVAL_S, ours.window_seconds / ours.requests * count)
    tasks: list[Task[Any]] = [HashtagTask(each, graph, posts, interval_s) for each in hashtags]
    if ours.comments:
        tasks.append(CommentsTask(graph, posts, interval_s))
    if ours.mentions:
        tasks.append(MentionsTask(graph, posts, interval_s))
    needs = (BASIC, COMMENTS, PAGES) if ours.comments or ours.mentions else (BASIC,)

    def quota() -> dict[str, str]:
        account = graph.get(graph.user_id, {"fields": "id,username"}, (BASIC,))
        told = {"account": text(account, "username") or graph.user_id}
        try:
            told["token expires"] = Token.of(graph.token(), needs).expiry(clock())
        except RefusedError as error:
            told["token expires"] = f"unknown ({error.what})"
        if hashtags:
            told["hashtags in seven days"] = f"{len(_searched(graph))} of {MOST_HASHTAGS}"
        if graph.usage:
            told["used"] = f"{graph.usage.percent:.0f} %"
        return told

    def notices() -> list[str]:
        try:
            return Token.of(graph.token(), needs).notices(clock())
        except RefusedError as error:
            return [f"when the access token expires is not known: {error.what}"]

    return Connector(
        name=NAME,
        tasks=tasks,
        limit=ours.requests,
        window=timedelta(seconds=ours.window_seconds),
        quota=quota,
        close=graph.close,
        checker=CommentChecker(graph, posts),
        notices=notices,
    )


def _searched(graph: Graph) -> Sequence[Any]:
    path = f"{graph.user_id}/recently_searched_hashtags"
    return graph.edge(path, {"limit": MOST_HASHTAGS}, (BASIC,)).nodes


def _verified(settings: Settings) -> list[str]:
    """The hashtags. :raises SettingsError: whatever is missing or wrong, all at once."""
    ours = settings.instagram
    wrong: list[str] = []
    hashtags: list[str] = []
    try:
        token_of(settings)
    except SettingsError as error:
        wrong.append(error.what)
    if not ours.user_id.strip().isdecimal():
        wrong.append(f"{PREFIX}USER_ID is not set to a number, the id of the own account")
    try:
        hashtags = hashtags_of(ours.hashtags)
    except SettingsError as error:
        wrong.append(str(error))
    if not (ours.hashtags or ours.comments or ours.mentions):
        wrong.append(
            f"there is nothing to ask for: set {PREFIX}HASHTAGS, {PREFIX}COMMENTS or "
            f"{PREFIX}MENTIONS"
        )
    if wrong:
        raise SettingsError(f"{NAME}: {'; '.join(wrong)}", "docs/connectors.md says how")
    return hashtags
