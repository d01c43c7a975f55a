"""Instagram's media and comments as messages.

Hashtag search names nobody, and nothing is done to find out. Of who wrote a comment or tagged the
own account only a hash is kept.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.instagram.fields import Fields, fields, number, text, time
from connectors.polling.posts import Posts
from contracts.messages import Message

NAME = "instagram"
KIND = "kind"
"""Further field of a message: which of these it is."""
HASHTAG = "hashtag"
COMMENT = "comment"
MENTION = "mention"

MEDIA_FIELDS = "id,caption,media_type,permalink,timestamp,like_count,comments_count"
TAGGED_FIELDS = f"{MEDIA_FIELDS},username"
COMMENT_FIELDS = "id,text,timestamp,username,from,like_count,parent_id"


def hashtag_message(media: Fields, hashtag: str, posts: Posts, now: datetime) -> Message | None:
    """Found by a hashtag; null where it says nothing, or is in no language wanted.

    :param now: when it was made, where it does not say.
    """
    return _media(media, posts, now, {KIND: HASHTAG, HASHTAG: hashtag})


def mention_message(media: Fields, posts: Posts, now: datetime) -> Message | None:
    """Of somebody who tagged the own account."""
    return _media(media, posts, now, {KIND: MENTION})


def comment_message(
    comment: Fields, media_id: str, url: str | None, posts: Posts, now: datetime
) -> Message | None:
    """A comment or a reply under the own media.

    :param media_id: what it is under; ``url``: where that is.
    """
    told: Mapping[str, Any] = {
        "media_id": media_id or None,
        "parent_id": text(comment, "parent_id") or None,
        "like_count": number(comment, "like_count"),
    }
    return posts.message(
        post_id=text(comment, "id"),
        text=text(comment, "text"),
        created_at=time(comment, now),
        author=_author(comment),
        url=url,
        extra={KIND: COMMENT} | _known(told),
    )


def _media(media: Fields, posts: Posts, now: datetime, extra: dict[str, Any]) -> Message | None:
    told: Mapping[str, Any] = {
        "media_type": text(media, "media_type") or None,
        "like_count": number(media, "like_count"),
        "comments_count": number(media, "comments_count"),
    }
    return posts.message(
        post_id=text(media, "id"),
        text=text(media, "caption"),
        created_at=time(media, now),
        author=_author(media),
        url=text(media, "permalink") or None,
        extra=extra | _known(told),
    )


def _author(node: Fields) -> str | None:
    """The name comes first: it is told of media and comments alike."""
    by = fields(node.get("from"))
    return text(node, "username") or text(by, "username") or text(by, "id") or None


def _known(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}
