"""A submission or a comment as a message, of what PRAW has: it asks for nothing more."""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.polling.posts import SOMEBODY, Posts
from contracts.messages import Message

PUBLIC_URL = "https://www.reddit.com"
DELETED = "[deleted]"
REMOVED = "[removed]"
USER = re.compile(r"(?<![\w/])/?u/[\w-]{3,20}", re.IGNORECASE)
KEPT = ("subreddit_name_prefixed", "score", "num_comments", "over_18", "link_flair_text")


def fullname(thing: Any) -> str:
    """Reddit's id of a thing, such as ``t3_abc``."""
    return str(vars(thing).get("name") or "")


def text_of(fields: Mapping[str, Any]) -> str:
    """What is said: title and text of a submission, or a comment's body."""
    parts = (fields.get("title"), fields.get("selftext") or fields.get("body"))
    return html.unescape("\n\n".join(str(part).strip() for part in parts if part))


def is_gone(fields: Mapping[str, Any]) -> str | None:
    """``[deleted]`` where its author took it back, ``[removed]`` where others did; else null."""
    said = {str(fields.get(name)).strip() for name in ("selftext", "body", "title")}
    if REMOVED in said or fields.get("removed_by_category") or fields.get("banned_by"):
        return REMOVED
    if DELETED in said or ("author" in fields and fields["author"] is None):
        return DELETED
    return None


def to_message(thing: Any, posts: Posts) -> Message | None:
    """A message; null for what is gone, says nothing, or has no time."""
    fields = vars(thing)
    created = fields.get("created_utc")
    if is_gone(fields) or not fullname(thing) or not isinstance(created, int | float):
        return None
    author = fields.get("author")
    permalink = fields.get("permalink")
    text = text_of(fields)
    return posts.message(
        post_id=fullname(thing),
        text=text if posts.keep_handles else USER.sub(SOMEBODY, text),
        created_at=datetime.fromtimestamp(created, UTC),
        author=vars(author).get("name") if author is not None else None,
        url=f"{PUBLIC_URL}{permalink}" if permalink else None,
        extra={name: fields[name] for name in KEPT if fields.get(name) is not None},
    )
