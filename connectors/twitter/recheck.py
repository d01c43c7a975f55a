"""Stored posts looked up again: which are gone, and which read otherwise now.

https://docs.x.com/x-api/posts/lookup/introduction
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.polling.connector import Checked
from connectors.polling.edits import reads_alike
from connectors.polling.posts import Posts
from connectors.twitter.mapping import (
    EXPANSIONS,
    FIELDS,
    ID,
    PLATFORM,
    REFERENCED,
    VERSIONS,
    Answered,
    Fields,
    to_message,
    versions,
)
from contracts.messages import Deletion, DeletionReason, Message, ProcessedMessage

LOOKUP_POSTS = 100
REASONS = {
    "resource-not-found": DeletionReason.DELETED_AT_SOURCE,
    "not-authorized-for-resource": DeletionReason.REMOVED_BY_PLATFORM,
    "resource-unavailable": DeletionReason.REMOVED_BY_PLATFORM,
    "disallowed-resource": DeletionReason.REMOVED_BY_PLATFORM,
}
"""By the problem type that X names: deleted; the author is suspended or protected; withheld."""
EVERYWHERE = frozenset({"XX", "XY"})
"""What X puts for a country where a post is withheld in all of them."""


class Lookup:
    """Asks what became of posts, 100 at a time."""

    most = LOOKUP_POSTS

    def __init__(self, client: Callable[[], Any], posts: Posts) -> None:
        """:param client: gives the ``tweepy.Client``."""
        self._client = client
        self._posts = posts

    def check(self, stored: Sequence[ProcessedMessage], now: datetime) -> Checked:
        """Look up those that are X's; nothing is asked where none is."""
        asked = {
            post_id: message
            for message in stored
            if message.platform == PLATFORM
            and ID.fullmatch(post_id := self._posts.post_id(message.message_id))
        }
        if not asked:
            return Checked()
        answer = self._client().get_tweets(
            list(asked), expansions=[*EXPANSIONS, REFERENCED, VERSIONS], **FIELDS
        )
        answered = Answered.of(answer)
        latest = _latest(answered)
        reasons = _gone(answer) | {
            post_id: DeletionReason.REMOVED_BY_PLATFORM
            for post_id, post in latest.items()
            if _is_withheld(post)
        }
        deletions = [
            Deletion(
                message_id=message.message_id,
                reason=reasons[post_id],
                deleted_at=now,
                created_at=message.created_at,
                platform=PLATFORM,
            )
            for post_id, message in asked.items()
            if post_id in reasons
        ]
        edited = [
            message
            for post_id, post in latest.items()
            if post_id in asked
            and post_id not in reasons
            and (message := to_message(post, answered.includes, self._posts))
            and _is_edited(asked[post_id], message)
        ]
        return Checked(edited, deletions, answered.reads)


def _latest(answered: Answered) -> dict[str, Fields]:
    """The last version of each post, by the id of its first: X sends it, or beside the older."""
    found: dict[str, Fields] = {}
    for post in answered.posts.values():
        history = versions(post)
        found[str(history[0])] = answered.includes.posts.get(str(history[-1]), post)
    return found


def _gone(answer: Mapping[str, Any]) -> dict[str, DeletionReason]:
    errors = answer.get("errors")
    gone = {}
    told = errors if isinstance(errors, list) else []
    for error in (each for each in told if isinstance(each, Mapping)):
        kind = str(error.get("type", "")).rsplit("/", 1)[-1]
        if error.get("parameter", "ids") == "ids" and kind in REASONS:
            gone[str(error.get("resource_id") or error.get("value"))] = REASONS[kind]
    return gone


def _is_withheld(post: Fields) -> bool:
    withheld = post.get("withheld")
    countries = withheld.get("country_codes") if isinstance(withheld, Mapping) else None
    return isinstance(countries, list) and not EVERYWHERE.isdisjoint(countries)


def _is_edited(stored: ProcessedMessage, found: Message) -> bool:
    """Whether its own post reads otherwise. Imported ones came in words that are not X's."""
    return stored.source == found.source and not reads_alike(stored.text, found.text)
