from datetime import UTC, datetime, timedelta, timezone

import pytest

from connectors.instagram.mapping import comment_message, hashtag_message, mention_message
from connectors.polling.posts import Posts
from contracts.messages import Message
from tests.support.polling import NOON

POSTS = Posts("instagram", "instagram", b"k" * 32)
MEDIA = {
    "id": "17900000000000001",
    "caption": "I love #cola by @nina",
    "media_type": "CAROUSEL_ALBUM",
    "permalink": "https://www.instagram.com/p/A/",
    "timestamp": "2026-11-01T12:00:00+0000",
    "like_count": 3,
    "comments_count": 0,
}


def test_media_with_a_hashtag() -> None:
    assert hashtag_message(MEDIA, "cola", POSTS, NOON) == Message(
        message_id="instagram:17900000000000001",
        source="instagram",
        platform="instagram",
        text="I love #cola by @user",
        created_at=datetime(2026, 11, 1, 12, tzinfo=UTC),
        url="https://www.instagram.com/p/A/",
        extra={
            "kind": "hashtag",
            "hashtag": "cola",
            "media_type": "CAROUSEL_ALBUM",
            "like_count": 3,
            "comments_count": 0,
        },
    )


def test_of_an_author_only_a_hash_is_kept() -> None:
    tagged = mention_message(MEDIA | {"username": "Nina"}, POSTS, NOON)
    by = {"id": "7", "username": "nina"}
    comment = {"id": "1", "text": "nice", "from": by, "username": "nina"}
    commented = comment_message(comment, "2", None, POSTS, NOON)
    unnamed = comment_message(
        {"id": "1", "text": "nice", "from": {"id": "7"}}, "2", None, POSTS, NOON
    )
    assert tagged is not None
    assert commented is not None
    assert unnamed is not None
    assert tagged.author_id == commented.author_id is not None
    assert unnamed.author_id not in {None, tagged.author_id}
    assert "nina" not in f"{tagged}{commented}".lower()


@pytest.mark.parametrize(
    ("told", "time"),
    [
        ("2026-11-01T13:00:00+0100", datetime(2026, 11, 1, 12, tzinfo=UTC)),
        ("2026-11-01T12:00:00", datetime(2026, 11, 1, 12, tzinfo=UTC)),
        ("yesterday", NOON),
        ("0001-01-01T00:00:00+2300", NOON),
        (None, NOON),
        (1793534400, NOON),
    ],
)
def test_when_it_was_made(told: object, time: datetime) -> None:
    message = hashtag_message(MEDIA | {"timestamp": told}, "cola", POSTS, NOON)
    assert message is not None
    assert message.created_at == time
    assert message.created_at.utcoffset() == timezone(timedelta(0)).utcoffset(None)


def test_what_says_nothing_is_no_message() -> None:
    assert hashtag_message(MEDIA | {"caption": None}, "cola", POSTS, NOON) is None
    assert comment_message({"id": "1", "text": "  "}, "2", None, POSTS, NOON) is None


def test_the_language_is_detected() -> None:
    caption = "Ich finde dieses Getränk einfach großartig und kaufe es wieder"
    message = hashtag_message(MEDIA | {"caption": caption}, "cola", POSTS, NOON)
    assert message is not None
    assert message.language == "de"
    only = Posts("instagram", "instagram", b"k" * 32, languages=("en",))
    assert hashtag_message(MEDIA | {"caption": caption}, "cola", only, NOON) is None


def test_half_a_character_is_left_out() -> None:
    message = hashtag_message(MEDIA | {"caption": "good \ud83d"}, "cola", POSTS, NOON)
    assert message is not None
    assert message.text == "good"
