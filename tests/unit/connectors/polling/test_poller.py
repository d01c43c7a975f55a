"""The poller at work on a server that behaves as Mastodon does, in a time that passes as told."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.mastodon import connect
from connectors.polling.errors import DeniedError
from connectors.polling.poller import ACCOUNT
from contracts.errors import SettingsError
from contracts.settings import load
from tests.support.platforms.mastodon import MastodonServer
from tests.support.polling import NOON, Driven, SetClock

MINUTE = 60.0
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def server(clock: SetClock) -> Iterator[MastodonServer]:
    with MastodonServer(clock) as server:
        yield server


@pytest.fixture
def environment(server: MastodonServer, tmp_path: Path) -> dict[str, str]:
    return {
        "GROUNDSWELL_MASTODON_URL": server.url,
        "GROUNDSWELL_MASTODON_HASHTAGS": "cola",
        "GROUNDSWELL_CONNECTORS_AUTHOR_KEY": str(tmp_path / "key"),
    }


@pytest.fixture
def driven(environment: dict[str, str], clock: SetClock) -> Iterator[Driven]:
    driven = Driven(connect, load(environment), clock)
    yield driven
    driven.poller.close()


def test_every_post_comes_once_also_late_ones(
    driven: Driven, server: MastodonServer, clock: SetClock
) -> None:
    posted = [f"mastodon:{server.post('first #cola')}"]
    brought = driven.ids(MINUTE)
    for number in range(500):
        posted.append(f"mastodon:{server.post(f'number {number} #cola')}")
        clock.advance(0.5)
    posted.append(f"mastodon:{server.post('late #cola', late=timedelta(minutes=4))}")
    server.post("another #tea")
    brought += driven.ids(5 * MINUTE)
    assert Counter(brought) == Counter(posted)


def test_a_restart_goes_on_where_the_last_commit_was(
    driven: Driven, server: MastodonServer, clock: SetClock
) -> None:
    posted = []
    brought = []
    for number in range(200):
        posted.append(f"mastodon:{server.post(f'number {number} #cola')}")
        clock.advance(1)
        if number % 7 == 0:
            driven.restart()
        brought += driven.ids(1)
    brought += driven.ids(5 * MINUTE)
    assert Counter(brought) == Counter(posted)


def test_tasks_take_turns_and_no_window_has_more_than_its_limit(
    environment: dict[str, str], server: MastodonServer, clock: SetClock
) -> None:
    tags = [f"tag{number}" for number in range(7)]
    limits = {"GROUNDSWELL_MASTODON_SHARE": "1", "GROUNDSWELL_MASTODON_REQUESTS": "30"}
    server.limit = 30
    given = environment | limits | {"GROUNDSWELL_MASTODON_HASHTAGS": ",".join(tags)}
    driven = Driven(connect, load(given), clock)
    for tag in tags:
        server.post(f"first #{tag}")
    assert len(driven.ids(5 * MINUTE)) == len(tags)
    server.requests.clear()
    for tag in tags:
        for number in range(400):
            server.post(f"{number} #{tag}")
    begun = clock.now
    brought = driven.ids(1800)
    windows = Counter((time - begun) // timedelta(minutes=5) for time, _, _ in server.requests)
    asked = Counter(path for _, path, _ in server.requests)
    assert {status for _, _, status in server.requests} == {200}
    assert max(windows.values()) <= 30
    assert len(server.requests) >= 0.9 * 30 * 6
    assert max(asked.values()) - min(asked.values()) <= 2
    assert len(brought) == len(set(brought))
    driven.poller.close()


def test_a_restart_does_not_forget_what_the_window_has_had(
    driven: Driven, server: MastodonServer
) -> None:
    server.post("first #cola")
    driven.ids(10 * MINUTE)
    used = len(driven.poller.account.requests_ms)
    driven.restart()
    assert len(driven.poller.account.requests_ms) == used > 0


def test_no_answer_is_asked_for_again_ever_later_and_nothing_is_missed(
    driven: Driven, server: MastodonServer, caplog: pytest.LogCaptureFixture
) -> None:
    post = server.post("first #cola")
    server.fail(503, times=2)
    server.fail(200, b"<html>", times=2)
    assert driven.ids(10 * MINUTE) == [f"mastodon:{post}"]
    assert driven.poller.account.errors == 4
    assert "mastodon answers with 503" in caplog.text
    assert "mastodon answers with no JSON" in caplog.text


def test_an_answer_in_an_unknown_shape_lets_its_task_rest(
    driven: Driven, server: MastodonServer, caplog: pytest.LogCaptureFixture
) -> None:
    post = server.post("first #cola")
    server.fail(200, b'[{"id": null}]')
    assert driven.ids(20 * MINUTE) == [f"mastodon:{post}"]
    assert "not understood" in caplog.text


def test_too_many_requests_wait_until_the_server_takes_them_again(
    driven: Driven, server: MastodonServer
) -> None:
    post = server.post("first #cola")
    server.fail(429)
    assert driven.ids(6 * MINUTE) == [f"mastodon:{post}"]
    (refused, *_), *others = server.requests
    assert others[0][0] >= NOON + timedelta(minutes=5) > refused
    assert driven.poller.account.waits == 1


def test_who_is_not_let_in_is_told(driven: Driven, server: MastodonServer) -> None:
    server.fail(403, b'{"error": "no"}')
    with pytest.raises(DeniedError, match="does not let this account in"):
        driven.ids(MINUTE)


def test_without_anything_to_ask_for_the_setting_is_named(clock: SetClock) -> None:
    with pytest.raises(SettingsError, match="GROUNDSWELL_MASTODON_HASHTAGS"):
        Driven(connect, load({}), clock)


def test_what_is_used_and_brought_is_kept(driven: Driven, server: MastodonServer) -> None:
    server.post("first #cola")
    driven.ids(MINUTE)
    assert set(driven.states) == {"cola", ACCOUNT}
    account = driven.poller.account
    assert (account.posts, account.reads, account.gaps) == (1, account.requests, 0)
    assert account.newest_created_at == NOON
