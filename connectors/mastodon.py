"""Mastodon: public posts with a hashtag, of one server. No account is needed.

Also the example of a connector: all that a platform needs is here, and a line in
:mod:`connectors.polling.registry`. The API: https://docs.joinmastodon.org/methods/timelines/#tag,
``/methods/statuses/#index`` and ``/api/rate-limits``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import msgspec

from connectors.authors import load_key
from connectors.polling.connector import Checked, Clock, Connector, Heard
from connectors.polling.http import Answer, ApiClient, judge
from connectors.polling.posts import Posts
from connectors.polling.seen import remember
from connectors.polling.task import Page
from connectors.timestamps import UnreadableTimeError, parse_time
from contracts.errors import SettingsError
from contracts.messages import Deletion, DeletionReason, Message, ProcessedMessage
from contracts.settings import Settings

NAME = "mastodon"
PAGE = 40
CHECKED_AT_ONCE = 20
INTERVAL_S = 30.0
OVERLAP = timedelta(minutes=5)
"""Posts of other servers arrive late, with ids of when they were written."""
ID_BITS = 16
"""Below the milliseconds since 1970 that an id begins with."""
SEEN_MOST = 5000


class Place(msgspec.Struct, frozen=True):
    """Where a hashtag's task is.

    :param newest: greatest id brought; 0 before the first.
    :param at: id that the round goes on behind; null between rounds.
    :param seen: ids that were brought lately.
    """

    newest: int = 0
    at: int | None = None
    seen: list[str] = []


@dataclass(frozen=True)
class HashtagTask:
    """A round goes from a little before the newest post forwards to the present."""

    name: str
    client: ApiClient
    posts: Posts
    interval_s: float = INTERVAL_S
    state_type: type[Place] = Place

    def start(self) -> Place:
        """The first round brings the newest page."""
        return Place()

    def ask(self, state: Place, now: Any) -> Page[Place]:
        """See :meth:`connectors.polling.task.Task.ask`."""
        del now
        behind = state.at if state.at is not None else _earlier(state.newest)
        path = f"/api/v1/timelines/tag/{self.name}"
        statuses = self.client.get(path, {"limit": PAGE, "min_id": behind or None})
        known = set(state.seen)
        fresh = [each for each in statuses if str(each.get("id")) not in known]
        ids = [int(each["id"]) for each in statuses]
        is_last = not behind or len(statuses) < PAGE
        return Page(
            Place(
                newest=max([state.newest, *ids]),
                at=None if is_last else max(ids),
                seen=remember(state.seen, (str(each["id"]) for each in fresh), SEEN_MOST),
            ),
            posts=[m for each in fresh if (m := to_message(each, self.posts))],
            is_last=is_last,
            reads=len(statuses),
        )


@dataclass(frozen=True)
class StatusChecker:
    """Asks the server for statuses by their ids: what it leaves out is gone."""

    client: ApiClient
    posts: Posts
    most: int = CHECKED_AT_ONCE

    def check(self, stored: Sequence[ProcessedMessage], now: Any) -> Checked:
        """See :meth:`connectors.polling.connector.Checker.check`."""
        ids = [self.posts.post_id(message.message_id) for message in stored]
        statuses = {
            str(each["id"]): each for each in self.client.get("/api/v1/statuses", {"id[]": ids})
        }
        read = {post_id: to_message(status, self.posts) for post_id, status in statuses.items()}
        return Checked(
            posts=[
                now_read
                for message, post_id in zip(stored, ids, strict=True)
                if (now_read := read.get(post_id)) and now_read.text != message.text
            ],
            deletions=[
                Deletion(
                    message_id=message.message_id,
                    reason=DeletionReason.DELETED_AT_SOURCE,
                    deleted_at=now,
                    created_at=message.created_at,
                    platform=NAME,
                )
                for message, post_id in zip(stored, ids, strict=True)
                if not read.get(post_id)
            ],
            reads=len(statuses),
        )


def to_message(status: Mapping[str, Any], posts: Posts) -> Message | None:
    """A status as a message; null for what is not public, or whose author is not to be indexed."""
    account = status.get("account") or {}
    if status.get("visibility", "public") != "public" or account.get("noindex"):
        return None
    try:
        created_at = parse_time(status.get("created_at") or "")
    except UnreadableTimeError:
        return None
    parts = (status.get("spoiler_text"), plain(status.get("content") or ""))
    return posts.message(
        post_id=str(status.get("id")),
        text="\n\n".join(part for part in parts if part),
        created_at=created_at,
        author=account.get("url") or account.get("acct"),
        language=status.get("language"),
        extra={
            name: status[name]
            for name in ("replies_count", "reblogs_count", "favourites_count")
            if status.get(name) is not None
        },
    )


class _Text(HTMLParser):
    """The text of HTML; paragraphs and breaks are lines."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        self.parts.append({"p": "\n\n", "br": "\n"}.get(tag, ""))

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(html: str) -> str:
    """The text of a status's HTML."""
    text = _Text()
    text.feed(html)
    text.close()
    return "".join(text.parts).strip()


def connect(settings: Settings, heard: Heard, clock: Clock) -> Connector:
    """See :data:`connectors.polling.connector.Connect`."""
    del clock  # its headers say times, not spans
    ours = settings.mastodon
    if not ours.hashtags:
        raise SettingsError(
            "mastodon has nothing to ask for", "set GROUNDSWELL_MASTODON_HASHTAGS=coffee,tea"
        )

    def look(answer: Answer) -> None:
        reset = None
        try:
            reset = parse_time(answer.headers.get("x-ratelimit-reset", ""))
            heard(float(answer.headers.get("x-ratelimit-remaining", "")), reset)
        except (UnreadableTimeError, ValueError):
            pass  # a server without limits
        judge(answer, reset)

    common = settings.connectors
    posts = Posts(NAME, NAME, load_key(common.author_key), common.keep_handles, common.languages)
    client = ApiClient(NAME, ours.url, common.timeout_seconds, look)

    def quota() -> dict[str, str]:
        instance = client.get("/api/v2/instance")
        return {"server": str(instance.get("title")), "version": str(instance.get("version"))}

    return Connector(
        name=NAME,
        tasks=[HashtagTask(tag.removeprefix("#"), client, posts) for tag in ours.hashtags],
        limit=max(1, int(ours.requests * ours.share)),
        window=timedelta(seconds=ours.window_seconds),
        quota=quota,
        close=client.close,
        checker=StatusChecker(client, posts),
    )


def _earlier(newest: int) -> int:
    """The id of ``OVERLAP`` before a post."""
    return max(0, newest - (OVERLAP // timedelta(milliseconds=1) << ID_BITS))
