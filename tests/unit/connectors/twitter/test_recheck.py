from typing import Any

import pytest

from connectors.polling.connector import Checked, Checker
from connectors.polling.errors import UnavailableError
from contracts.messages import Deletion, DeletionReason, Message, ProcessedMessage
from tests.support.messages import processed
from tests.support.platforms.twitter import LOOKUP, TwitterServer
from tests.support.polling import SetClock
from tests.unit.connectors.twitter.conftest import NOW, Connected, Driven


@pytest.fixture
def checker(connected: Connected) -> Checker:
    found = connected().checker
    assert found is not None
    return found


def stored(post_id: str, text: str = "I love cola", **fields: Any) -> ProcessedMessage:
    return processed(f"twitter:{post_id}", NOW, text=text, **{"source": "twitter", **fields})


def test_a_post_that_is_as_it_was_changes_nothing(checker: Checker, server: TwitterServer) -> None:
    post = server.post("  fish &amp; chips,\nand cafe\u0301 ")
    found = checker.check([stored(post, "fish & chips,\nand café")], NOW)
    assert found == Checked(reads=1)


def test_posts_that_are_gone_are_deleted_and_say_why(
    checker: Checker, server: TwitterServer
) -> None:
    here, deleted, suspended = (server.post("I love cola") for _ in range(3))
    server.delete(deleted)
    server.suspend(suspended)
    withheld = server.post("I love cola", withheld={"country_codes": ["XX"]})
    in_germany = server.post("I love cola", withheld={"country_codes": ["DE"]})
    asked = [here, deleted, suspended, withheld, in_germany]
    found = checker.check([stored(each) for each in asked], NOW)

    def deletion(post_id: str, reason: DeletionReason) -> Deletion:
        return Deletion(
            message_id=f"twitter:{post_id}",
            reason=reason,
            deleted_at=NOW,
            created_at=NOW,
            platform="twitter",
        )

    assert found.deletions == [
        deletion(deleted, DeletionReason.DELETED_AT_SOURCE),
        deletion(suspended, DeletionReason.REMOVED_BY_PLATFORM),
        deletion(withheld, DeletionReason.REMOVED_BY_PLATFORM),
    ]
    assert found.posts == []
    assert found.reads == 3


def test_an_edited_post_comes_anew(
    checker: Checker, driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    post = server.post("I hate cola")
    driver = driven()
    driver.walk()
    clock.advance(60)
    server.edit(post, "I like cola")
    clock.advance(60)
    server.edit(post, "I love cola")
    found = checker.check([stored(post, "I hate cola")], clock())
    driver.walk()
    assert found.posts == driver.messages[1:]
    assert found.posts[0].message_id == f"twitter:{post}"
    assert checker.check([stored(post, "I love cola")], clock()).posts == []


def test_the_text_of_an_imported_post_stays_as_it_was_imported(
    checker: Checker, server: TwitterServer
) -> None:
    post = server.post("@acme I love cola")
    assert checker.check([stored(post, "I love cola", source="file")], NOW).posts == []


def test_nothing_is_asked_about_posts_of_other_platforms(
    checker: Checker, server: TwitterServer
) -> None:
    others = [
        processed("reddit:1", platform="reddit"),
        processed("twitter:row-7", platform="twitter"),
    ]
    assert checker.check(others, NOW) == Checked()
    assert server.requests == []


def test_a_hundred_posts_are_one_request(checker: Checker, server: TwitterServer) -> None:
    posts = [stored(server.post("I love cola")) for _ in range(checker.most)]
    assert checker.check(posts, NOW) == Checked(reads=100)
    assert [each.path for each in server.requests] == [LOOKUP]


def test_a_lookup_that_fails_tells_of_no_deletion(checker: Checker, server: TwitterServer) -> None:
    server.fail(503)
    with pytest.raises(UnavailableError):
        checker.check([stored(server.post("I love cola"))], NOW)


def test_a_post_that_x_says_nothing_about_stays(checker: Checker, server: TwitterServer) -> None:
    server.garble(
        b'{"errors": [null, {"title": "odd"}, {"type": "x/resource-not-found"}, {"value": 1}]}'
    )
    found = checker.check([stored(server.post("I love cola"))], NOW)
    messages: list[Message] = []
    assert (found.posts, found.deletions) == (messages, [])
