from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.authors import author_id
from connectors.polling.posts import Posts
from connectors.twitter.mapping import Includes, to_message
from connectors.twitter.places import of_profile
from connectors.twitter.snowflake import id_at
from contracts.messages import Message
from tests.unit.connectors.twitter.conftest import NOW

KEY = bytes(32)
POSTS = Posts("twitter", "twitter", KEY)
ID = str(id_at(NOW))


def message(includes: dict[str, Any] | None = None, **fields: Any) -> Message:
    found = to_message(
        {"id": ID, "text": "I love cola", **fields}, Includes.of({"includes": includes}), POSTS
    )
    assert found is not None
    return found


def test_a_post_as_a_message() -> None:
    found = message(
        {"users": [{"id": "7", "name": "Nina", "username": "nina", "location": "Berlin, Germany"}]},
        author_id="7",
        created_at="2026-03-01T11:59:58.000Z",
        lang="en",
        edit_history_tweet_ids=[ID],
        public_metrics={"like_count": 3, "retweet_count": 0, "quote_count": None},
    )
    assert found == Message(
        message_id=f"twitter:{ID}",
        source="twitter",
        platform="twitter",
        text="I love cola",
        created_at=datetime(2026, 3, 1, 11, 59, 58, tzinfo=UTC),
        author_id=author_id("7", "twitter", KEY),
        language="en",
        city="Berlin",
        country="Germany",
        url=f"https://x.com/i/web/status/{ID}",
        extra={"public_metrics": {"like_count": 3, "retweet_count": 0}},
    )


def test_a_post_that_tells_nothing_but_its_text() -> None:
    found = message()
    assert found.created_at == NOW
    assert (found.author_id, found.language, found.city, found.extra) == (None, None, None, {})


def test_handles_are_nowhere() -> None:
    found = message(
        {"users": [{"id": "7", "name": "Nina", "username": "nina_cooks"}]},
        text="@acme tell @nina_cooks",
        author_id="7",
    )
    assert found.text == "@user tell @user"
    assert "nina" not in repr(found)


def test_entities_are_read_and_long_posts_are_whole() -> None:
    assert message(text="fish &amp; chips &lt;3").text == "fish & chips <3"
    assert (
        message(text="I lov…", note_tweet={"text": "I love &amp; adore"}).text == "I love & adore"
    )


def test_half_a_character_is_left_out() -> None:
    assert message(text="cola \ud83d").text == "cola"


def test_a_retweet_says_what_the_original_says() -> None:
    references = [{"type": "retweeted", "id": "9"}]
    original = {"id": "9", "text": "a long st…", "note_tweet": {"text": "a long story"}}
    retweet: dict[str, Any] = {"text": "RT @nina: a long…", "referenced_tweets": references}
    assert message({"tweets": [original]}, **retweet).text == "a long story"
    assert message(**retweet).text == "RT @user: a long…"
    quote: dict[str, Any] = {
        "text": "so true",
        "referenced_tweets": [{"type": "quoted", "id": "9"}],
    }
    assert message({"tweets": [original]}, **quote).text == "so true"


@pytest.mark.parametrize(("told", "language"), [("iw", "he"), ("in", "id"), ("und", None)])
def test_languages_are_those_of_the_standard(told: str, language: str | None) -> None:
    assert message(lang=told).language == language


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (
            {"place_type": "city", "name": "Manhattan", "full_name": "Manhattan, NY"}
            | {"country_code": "US", "country": "Vereinigte Staaten"},
            ("Manhattan", "United States"),
        ),
        ({"place_type": "city", "full_name": "Lyon, France"}, ("Lyon", None)),
        (
            {"place_type": "neighborhood", "full_name": "Kreuzberg, Berlin", "country_code": "DE"},
            ("Berlin", "Germany"),
        ),
        (
            {"place_type": "admin", "full_name": "Texas, USA", "country_code": "US"},
            (None, "United States"),
        ),
        (
            {"place_type": "country", "full_name": "Wakanda", "country": "Wakanda"},
            (None, "Wakanda"),
        ),
        ({"place_type": "poi", "full_name": "Joe's"}, (None, None)),
    ],
)
def test_a_place_tells_city_and_country(
    place: dict[str, str], expected: tuple[str | None, str | None]
) -> None:
    users = [{"id": "7", "location": "Paris, France"}]
    found = message(
        {"places": [{"id": "p", **place}], "users": users}, geo={"place_id": "p"}, author_id="7"
    )
    assert (found.city, found.country) == expected


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("Berlin, Germany", ("Berlin", "Germany")),
        ("São Paulo, Brazil", ("São Paulo", "Brazil")),
        ("Austin, TX", ("Austin", "United States")),
        ("Portland, Oregon", ("Portland", "United States")),
        ("London, UK", ("London", "United Kingdom")),
        ("St. Louis, USA", ("St. Louis", "United States")),
        ("germany", (None, "Germany")),
        ("Tbilisi, Georgia", (None, None)),
        ("Berlin, DE", (None, None)),
        ("Berlin", (None, None)),
        ("Berlin, Paris, France", (None, None)),
        ("France, Germany", (None, None)),
        ("nowhere, Germany", (None, None)),
        ("🌍, Germany", (None, None)),
        ("", (None, None)),
        (",", (None, None)),
    ],
)
def test_a_profile_tells_where_it_is_plain(
    location: str, expected: tuple[str | None, str | None]
) -> None:
    assert of_profile(location) == expected


def test_an_edited_post_keeps_the_id_and_the_time_of_its_first_version() -> None:
    second = str(int(ID) + (600_000 << 22))
    found = message(
        id=second, created_at="2026-03-01T12:10:00.000Z", edit_history_tweet_ids=[ID, second]
    )
    assert found.message_id == f"twitter:{ID}"
    assert found.created_at == NOW
    assert found.url == f"https://x.com/i/web/status/{second}"


def test_a_post_without_text_is_none() -> None:
    assert to_message({"id": ID, "text": None}, Includes(), POSTS) is None
