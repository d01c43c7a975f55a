"""Reddit's connector, through PRAW, on a server that behaves as Reddit's API does."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from connectors.polling.errors import DeniedError
from connectors.reddit import connect
from contracts.errors import SettingsError
from contracts.messages import DeletionReason, Message
from contracts.settings import Settings, load
from tests.support.messages import processed
from tests.support.platforms.reddit import CLIENT_ID, CLIENT_SECRET, RedditServer
from tests.support.polling import NOON, Driven, SetClock

MINUTE_S = 60.0
AGENT = "linux:org.example.listens:1.0 (by /u/ann_reads)"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def server(clock: SetClock) -> Iterator[RedditServer]:
    with RedditServer(clock) as server:
        yield server


@pytest.fixture
def environment(server: RedditServer, tmp_path: Path) -> dict[str, str]:
    return {
        "GROUNDSWELL_REDDIT_URL": f"{server.url}/www",
        "GROUNDSWELL_REDDIT_OAUTH_URL": server.url,
        "GROUNDSWELL_REDDIT_CLIENT_ID": CLIENT_ID,
        "GROUNDSWELL_REDDIT_CLIENT_SECRET": CLIENT_SECRET,
        "GROUNDSWELL_REDDIT_USER_AGENT": AGENT,
        "GROUNDSWELL_REDDIT_SUBREDDITS": "cola",
        "GROUNDSWELL_CONNECTORS_AUTHOR_KEY": str(tmp_path / "key"),
    }


@pytest.fixture
def driven(environment: dict[str, str], clock: SetClock) -> Iterator[Driven]:
    driven = Driven(connect, load(environment), clock)
    yield driven
    driven.poller.close()


def brought(driven: Driven, seconds: float = 2 * MINUTE_S) -> list[Message]:
    until = driven.clock.now.timestamp() + seconds
    turns = driven.turns(driven.clock.now.fromtimestamp(until, driven.clock.now.tzinfo))
    return [post for turn in turns for post in turn.posts if isinstance(post, Message)]


def test_submissions_and_comments_are_messages_and_name_nobody(
    driven: Driven, server: RedditServer
) -> None:
    submission = server.submit("cola", "Why &amp; how", "Ask u/bob_writes about it, please do")
    comment = server.comment("cola", "I love it so much, said u/ann_reads", score=7)
    found = {message.message_id: message for message in brought(driven)}
    assert found.keys() == {f"reddit:{submission}", f"reddit:{comment}"}
    said = found[f"reddit:{submission}"]
    assert said.text == "Why & how\n\nAsk @user about it, please do"
    assert (said.language, said.created_at) == ("en", NOON)
    assert said.author_id
    assert said.url == f"https://www.reddit.com/r/cola/comments/{submission[3:]}/"
    assert found[f"reddit:{comment}"].extra["score"] == 7
    assert "ann_reads" not in str(found)


@pytest.mark.parametrize("seed", range(4))
def test_every_item_comes_once_whatever_happens_meanwhile(
    driven: Driven, server: RedditServer, seed: int
) -> None:
    random = Random(seed)
    expected = {server.comment("cola", "first of all")}
    ids = [message.message_id for message in brought(driven)]
    late: list[str] = []
    for number in range(30):
        for _ in range(random.randint(0, 150)):
            expected.add(server.comment("cola", f"number {number}"))
        if random.random() < 0.3 and len(server.order) > 5:
            # Hidden until a moderator approves it.
            late.append(server.order.pop(-2))
        elif late and random.random() < 0.5:
            server.approve_late(late.pop(), 20)
        if random.random() < 0.2:
            driven.restart()
        ids += [message.message_id for message in brought(driven, random.randint(1, 20))]
    for name in late:
        server.approve_late(name, 1)
    ids += [message.message_id for message in brought(driven)]
    assert Counter(ids) == Counter(f"reddit:{name}" for name in expected)
    assert driven.poller.account.gaps == 0


def test_a_walk_whose_place_is_deleted_begins_anew_and_misses_nothing(
    driven: Driven, server: RedditServer
) -> None:
    names = [server.comment("cola", "first")]
    ids = [message.message_id for message in brought(driven)]
    names += [server.comment("cola", f"number {number}") for number in range(450)]
    for turn in driven.turns(driven.clock.now.replace(hour=13)):
        ids += [post.message_id for post in turn.posts if isinstance(post, Message)]
        if len(ids) == 201:
            server.delete(names[-200])
            break
    ids += [message.message_id for message in brought(driven)]
    assert Counter(ids) == Counter(f"reddit:{name}" for name in names)


def test_a_subreddit_that_moves_faster_than_polling_is_a_gap(
    driven: Driven, server: RedditServer
) -> None:
    server.comment("cola", "first")
    brought(driven)
    for number in range(1200):
        server.comment("cola", f"number {number}")
    assert len(brought(driven)) == 1000
    assert driven.poller.account.gaps == 1


def test_only_posts_with_a_keyword_come(
    environment: dict[str, str], server: RedditServer, clock: SetClock
) -> None:
    given = {"GROUNDSWELL_REDDIT_KEYWORDS": "C++, root beer"}
    driven = Driven(connect, load(environment | given), clock)
    wanted = [
        server.comment("cola", "I write c++."),
        server.comment("cola", "A ROOT\n beer for me"),
    ]
    server.comment("cola", "uprooted beers, and C")
    assert {each.message_id for each in brought(driven)} == {f"reddit:{name}" for name in wanted}
    driven.poller.close()


def test_what_is_not_shown_rests_and_the_others_go_on(
    environment: dict[str, str],
    server: RedditServer,
    clock: SetClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = {"GROUNDSWELL_REDDIT_SUBREDDITS": "hidden,nowhere,cola"}
    driven = Driven(connect, load(environment | given), clock)
    server.hide("hidden", 403, "private")
    comment = server.comment("cola", "here")
    assert [each.message_id for each in brought(driven)] == [f"reddit:{comment}"]
    assert "reddit does not show r/hidden/new" in caplog.text
    assert "reddit does not show r/nowhere/comments (there is none of that name)" in caplog.text
    driven.poller.close()


def test_a_token_that_is_no_longer_taken_is_replaced(driven: Driven, server: RedditServer) -> None:
    comments = [server.comment("cola", "first")]
    ids = [each.message_id for each in brought(driven)]
    server.revoke_tokens()
    comments.append(server.comment("cola", "second"))
    ids += [each.message_id for each in brought(driven)]
    assert ids == [f"reddit:{comment}" for comment in comments]
    assert server.tokens == 2


def test_failures_are_waited_out_without_praws_own_patience(
    driven: Driven, server: RedditServer
) -> None:
    comment = server.comment("cola", "first")
    server.fail(503, times=3)
    server.fail(200, b"<html>")
    server.fail(429)
    found = brought(driven, 15 * MINUTE_S)
    assert [each.message_id for each in found] == [f"reddit:{comment}"]
    account = driven.poller.account
    assert (account.errors, account.waits) == (4, 1)
    assert len(server.requests) == account.requests


def test_who_is_not_known_is_told_what_to_check(
    environment: dict[str, str], clock: SetClock
) -> None:
    wrong = {"GROUNDSWELL_REDDIT_CLIENT_SECRET": "wrong"}
    driven = Driven(connect, load(environment | wrong), clock)
    with pytest.raises(DeniedError, match="GROUNDSWELL_REDDIT_CLIENT_ID and"):
        brought(driven)
    driven.poller.close()


@pytest.mark.parametrize(("password", "is_let_in"), [("hunter2", True), ("guess", False)])
def test_a_script_application_has_an_account(
    environment: dict[str, str],
    server: RedditServer,
    clock: SetClock,
    password: str,
    is_let_in: bool,
) -> None:
    account = {
        "GROUNDSWELL_REDDIT_USERNAME": "ann_reads",
        "GROUNDSWELL_REDDIT_PASSWORD": password,
    }
    connector = connect(load(environment | account), lambda _remaining, _reset: None, clock)
    if is_let_in:
        assert connector.quota()["account"] == "u/ann_reads"
        assert server.requests[-1][1] == "/api/v1/me"
    else:
        with pytest.raises(DeniedError, match="GROUNDSWELL_REDDIT_PASSWORD"):
            connector.quota()
    connector.close()


def test_all_that_is_missing_is_named_at_once(clock: SetClock) -> None:
    with pytest.raises(SettingsError, match=r"CLIENT_ID.*CLIENT_SECRET.*USER_AGENT.*SUBREDDITS"):
        connect(load({}), lambda _remaining, _reset: None, clock)


def test_a_user_agent_that_reddit_would_not_like_is_refused(
    environment: dict[str, str], clock: SetClock
) -> None:
    given = load(environment | {"GROUNDSWELL_REDDIT_USER_AGENT": "mozilla"})
    with pytest.raises(SettingsError, match="platform:app id:version"):
        connect(given, lambda _remaining, _reset: None, clock)


def test_stored_posts_are_as_they_are_at_reddit_now(
    environment: dict[str, str], server: RedditServer, clock: SetClock
) -> None:
    settings: Settings = load(environment)
    connector = connect(settings, lambda _remaining, _reset: None, clock)
    kept, edited, deleted, removed = (server.comment("cola", f"number {n}") for n in range(4))
    stored = [
        processed(f"reddit:{name}", NOON, source="reddit", platform="reddit", text=f"number {n}")
        for n, name in enumerate((kept, edited, deleted, removed))
    ]
    stored.append(processed("reddit:t1_gone", NOON, source="reddit", platform="reddit"))
    server.things[edited]["body"] = "otherwise"
    server.delete(deleted)
    server.remove(removed)
    assert connector.checker is not None
    checked = connector.checker.check(stored, NOON)
    assert [(edit.message_id, edit.text) for edit in checked.posts] == [
        (f"reddit:{edited}", "otherwise")
    ]
    assert {each.message_id: each.reason for each in checked.deletions} == {
        f"reddit:{deleted}": DeletionReason.DELETED_AT_SOURCE,
        f"reddit:{removed}": DeletionReason.REMOVED_BY_PLATFORM,
        "reddit:t1_gone": DeletionReason.DELETED_AT_SOURCE,
    }
    connector.close()
