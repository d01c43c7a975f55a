import pytest

from connectors.polling.connector import Checked, Checker
from connectors.polling.errors import RefusedError, UnavailableError
from contracts.messages import DeletionReason, ProcessedMessage
from tests.support.messages import processed
from tests.support.platforms.instagram import InstagramServer
from tests.support.polling import NOON
from tests.unit.connectors.instagram.conftest import Connected

HOWS = ["", "named", "first", "unnamed"]
"""How the API answers where one of the ids is gone."""


@pytest.fixture
def checker(connected: Connected) -> Checker:
    found = connected().checker
    assert found is not None
    return found


@pytest.fixture
def media(server: InstagramServer) -> str:
    return server.own_media("news")


def stored(post_id: str, text: str = "nice", kind: str = "comment") -> ProcessedMessage:
    return processed(
        f"instagram:{post_id}",
        NOON,
        text=text,
        source="instagram",
        platform="instagram",
        extra={"kind": kind, "media_id": "1"},
        url="https://www.instagram.com/p/1/",
    )


def gone(checked: Checked) -> list[str]:
    return [each.message_id.removeprefix("instagram:") for each in checked.deletions]


def test_comments_that_are_as_they_were_are_left_alone(
    checker: Checker, server: InstagramServer, media: str
) -> None:
    comments = [server.comment(media, "nice") for _ in range(50)]
    checked = checker.check([stored(each) for each in comments], NOON)
    assert checked == Checked(reads=50)
    assert len(server.requests) == 1


@pytest.mark.parametrize("how", HOWS)
def test_deleted_comments_are_gone_and_no_others(
    checker: Checker, server: InstagramServer, media: str, how: str
) -> None:
    server.refuses_ids = how
    comments = [server.comment(media, "nice") for _ in range(20)]
    deleted = [comments[3], comments[17]]
    for each in deleted:
        server.delete(each)
    checked = checker.check([stored(each) for each in comments], NOON)
    assert sorted(gone(checked)) == deleted
    assert {each.reason for each in checked.deletions} == {DeletionReason.DELETED_AT_SOURCE}
    assert checked.deletions[0].created_at == NOON
    assert checked.posts == []


@pytest.mark.parametrize("how", HOWS)
def test_a_single_comment_is_gone(
    checker: Checker, server: InstagramServer, media: str, how: str
) -> None:
    server.refuses_ids = how
    comment = server.comment(media, "nice")
    server.delete(comment)
    assert gone(checker.check([stored(comment)], NOON)) == [comment]


@pytest.mark.parametrize("how", HOWS)
def test_what_cannot_be_told_in_a_few_requests_is_left_for_the_next_round(
    checker: Checker, server: InstagramServer, media: str, how: str
) -> None:
    server.refuses_ids = how
    left = {server.comment(media, "nice") for _ in range(50)}
    deleted = sorted(left)[::2]
    for each in deleted:
        server.delete(each)
    rounds = 0
    found: set[str] = set()
    while len(found) < len(deleted):
        checked = checker.check([stored(each) for each in sorted(left)], NOON)
        found |= {*gone(checked)}
        left -= found
        rounds += 1
    assert sorted(found) == deleted
    assert rounds <= 25


def test_a_comment_that_reads_otherwise_comes_anew(
    checker: Checker, server: InstagramServer, media: str
) -> None:
    comment = server.comment(media, "I love it")
    same = server.comment(media, "well @nina  said\n")
    server.edit(comment, "I hate it")
    asked = [stored(comment, "I love it"), stored(same, "well @user said")]
    checked = checker.check(asked, NOON)
    assert [(each.message_id, each.text) for each in checked.posts] == [
        (f"instagram:{comment}", "I hate it")
    ]
    assert checked.posts[0].url == asked[0].url
    assert checked.deletions == []


def test_media_of_others_are_not_asked_about(checker: Checker, server: InstagramServer) -> None:
    found, tagged = server.media("#cola"), server.tag("look")
    server.delete(found)
    checked = checker.check([stored(found, kind="hashtag"), stored(tagged, kind="mention")], NOON)
    assert checked == Checked()
    assert server.requests == []


def test_imported_posts_are_not_asked_about(checker: Checker, server: InstagramServer) -> None:
    imported = processed("instagram:1", NOON, text="nice", source="file", platform="instagram")
    assert checker.check([imported], NOON) == Checked()
    assert server.requests == []


@pytest.mark.parametrize("how", HOWS)
def test_a_missing_right_deletes_nothing(
    checker: Checker, server: InstagramServer, media: str, how: str
) -> None:
    server.refuses_ids = how
    comment = server.comment(media, "nice")
    server.scopes.remove("instagram_manage_comments")
    server.fail(400, 100, error_subcode=33, message=f"Object with ID '{comment}' does not exist")
    with pytest.raises(RefusedError, match="instagram_manage_comments"):
        checker.check([stored(comment)], NOON)


def test_a_failure_deletes_nothing(checker: Checker, server: InstagramServer, media: str) -> None:
    comment = server.comment(media, "nice")
    server.fail(500)
    with pytest.raises(UnavailableError):
        checker.check([stored(comment)], NOON)
