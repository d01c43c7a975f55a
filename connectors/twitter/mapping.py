"""X's posts as messages.

X's JSON is read as it is, not through Tweepy's models, which fail on a field that is null. An
edited post is a new post of X with an id of its own; here it keeps the id of its first version.
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.polling.posts import Posts
from connectors.twitter import places
from connectors.twitter.snowflake import time_of
from contracts.messages import Message

PLATFORM = "twitter"
Fields = Mapping[str, Any]

POST_FIELDS = [
    "author_id",
    "created_at",
    "edit_history_tweet_ids",
    "geo",
    "lang",
    "note_tweet",
    "public_metrics",
    "referenced_tweets",
    "withheld",
]
FIELDS: dict[str, list[str]] = {
    "tweet_fields": POST_FIELDS,
    "user_fields": ["location"],
    "place_fields": ["country", "country_code", "full_name", "name", "place_type"],
}
"""What every request wants to know of a post."""
EXPANSIONS = ["author_id", "geo.place_id"]
REFERENCED = "referenced_tweets.id"
VERSIONS = "edit_history_tweet_ids"

ID = re.compile(r"[1-9][0-9]{0,18}")
ISO_639 = {"iw": "he", "in": "id"}
"""X's old names of languages."""


@dataclass(frozen=True, slots=True)
class Includes:
    """What came beside the posts, by id."""

    users: Mapping[str, Fields] = field(default_factory=dict)
    places: Mapping[str, Fields] = field(default_factory=dict)
    posts: Mapping[str, Fields] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: Fields) -> "Includes":
        """Those of an answer of X."""
        included = _fields(answer.get("includes"))
        return cls(*(_by_id(included.get(name)) for name in ("users", "places", "tweets")))


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of X, read.

    :param posts: by id, ascending, each once.
    :param reads: different posts in it, those beside included.
    """

    posts: Mapping[int, Fields]
    includes: Includes
    reads: int

    @classmethod
    def of(cls, answer: Fields) -> "Answered":
        """Read one."""
        found = {
            int(each): post for each, post in _by_id(answer.get("data")).items() if _is_id(each)
        }
        includes = Includes.of(answer)
        reads = len(includes.posts.keys() | map(str, found))
        return cls(dict(sorted(found.items())), includes, reads)


def to_message(post: Fields, includes: Includes, posts: Posts) -> Message | None:
    """A post as a message; null where it has no text, or is in no language wanted.

    :param post: any field but the id may be missing or null.
    """
    own_id = int(post["id"])
    first_id = versions(post)[0]
    author = _text(post, "author_id")
    user = includes.users.get(author, {})
    place = includes.places.get(_text(_fields(post.get("geo")), "place_id"))
    city, country = places.of_place(place) if place else places.of_profile(_text(user, "location"))
    language = _text(post, "lang")
    return posts.message(
        post_id=str(first_id),
        text=full_text(post, includes),
        created_at=_created_at(post) if own_id == first_id else _made_at(first_id),
        author=author or _text(user, "username") or None,
        language=ISO_639.get(language, language),
        city=city,
        country=country,
        url=f"https://x.com/i/web/status/{own_id}",
        extra=_extra(post),
    )


def versions(post: Fields) -> list[int]:
    """The ids of a post's versions, ascending; its own where X tells none."""
    told = [int(each) for each in _list(post.get("edit_history_tweet_ids")) if _is_id(each)]
    return sorted(told) or [int(post["id"])]


def full_text(post: Fields, includes: Includes) -> str:
    """What a post says, uncut; of a retweet what the original says."""
    for reference in map(_fields, _list(post.get("referenced_tweets"))):
        original = includes.posts.get(_text(reference, "id"))
        if original and reference.get("type") == "retweeted":
            post = original
    return html.unescape(_text(_fields(post.get("note_tweet")), "text") or _text(post, "text"))


def _extra(post: Fields) -> dict[str, Any]:
    counted = _fields(post.get("public_metrics"))
    metrics = {name: count for name, count in counted.items() if type(count) is int}
    return {"public_metrics": metrics} if metrics else {}


def _created_at(post: Fields) -> datetime:
    try:
        time = datetime.fromisoformat(_text(post, "created_at"))
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return _made_at(int(post["id"]))


def _made_at(post_id: int) -> datetime:
    """To the second, as X tells it."""
    return time_of(post_id).replace(microsecond=0)


def _by_id(found: Any) -> dict[str, Fields]:
    objects: Iterable[Fields] = map(_fields, _list(found))
    return {str(each["id"]): each for each in objects if _text(each, "id")}


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _fields(value: Any) -> Fields:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(fields: Fields, name: str) -> str:
    """A field's text, less halves of characters, which no encoding can hold."""
    value = fields.get(name)
    if not isinstance(value, str):
        return ""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
