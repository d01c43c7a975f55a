import logging
import time
from datetime import datetime, timedelta

import pytest

from connectors.polling.errors import (
    DeniedError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
)
from contracts.errors import GroundswellError
from tests.support.platforms.instagram import PUBLIC_CONTENT, TOKEN, InstagramServer
from tests.support.polling import NOON, SetClock
from tests.unit.connectors.instagram.conftest import Connected, Driven

Heard = list[tuple[float, datetime]]


def test_an_expired_token_says_how_to_get_a_new_one(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    server.expires_at = NOON + timedelta(hours=1)
    driver = driven("#cola")
    driver.walk()
    clock.advance(3600)
    with pytest.raises(DeniedError, match=r"has expired .*long-lived.*INSTAGRAM_ACCESS_TOKEN"):
        driver.walk()


def test_a_revoked_token_says_why(driven: Driven, server: InstagramServer) -> None:
    server.is_revoked = True
    with pytest.raises(DeniedError, match="the password was changed"):
        driven("mentions").ask()


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80002])
def test_too_many_requests_are_a_limit(driven: Driven, server: InstagramServer, code: int) -> None:
    server.fail(403, code, is_transient=True)
    with pytest.raises(RateLimitedError) as caught:
        driven("#cola").ask()
    assert caught.value.until is None


def test_a_limit_says_when_it_ends(
    driven: Driven, server: InstagramServer, clock: SetClock, heard: Heard
) -> None:
    server.limit = 2
    driver = driven("mentions")
    driver.walk()
    clock.advance(600)
    driver.walk()
    with pytest.raises(RateLimitedError) as caught:
        driver.walk()
    assert caught.value.until == NOON + timedelta(hours=1)
    assert heard[-1] == (0.0, NOON + timedelta(hours=1))
    clock.advance(3000)
    driver.walk()


def test_usage_slows_requests_down_as_it_nears_the_whole(
    driven: Driven, server: InstagramServer, heard: Heard
) -> None:
    server.limit = 100
    driver = driven("mentions")
    for _ in range(80):
        driver.walk()
    assert heard == []
    for _ in range(20):
        driver.walk()
    left = [remaining for remaining, _ in heard]
    assert left == sorted(left, reverse=True)
    assert left[0] == pytest.approx(190)
    assert left[-1] == pytest.approx(12)
    assert {reset for _, reset in heard} == {NOON + timedelta(hours=1)}


@pytest.mark.parametrize("code", [1, 2])
def test_an_outage_is_unavailable(driven: Driven, server: InstagramServer, code: int) -> None:
    server.fail(500, code)
    with pytest.raises(UnavailableError):
        driven("#cola").ask()


def test_what_passes_is_unavailable(driven: Driven, server: InstagramServer) -> None:
    server.fail(400, 12345, is_transient=True)
    with pytest.raises(UnavailableError, match="12345"):
        driven("#cola").ask()


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_fails_is_unavailable_and_nothing_is_lost(
    driven: Driven, server: InstagramServer, status: int
) -> None:
    post = server.media("#cola")
    server.fail(status, times=2)
    driver = driven("#cola")
    for _ in range(2):
        with pytest.raises(UnavailableError, match=str(status)):
            driver.ask()
    driver.walk()
    assert driver.ids == [post]


def test_a_missing_feature_rests_its_tasks_only(driven: Driven, server: InstagramServer) -> None:
    server.features.clear()
    with pytest.raises(RefusedError, match=PUBLIC_CONTENT):
        driven("#cola").ask()
    driven("mentions").walk()


def test_without_the_basic_right_nothing_works(driven: Driven, server: InstagramServer) -> None:
    server.scopes.clear()
    with pytest.raises(DeniedError, match="instagram_basic"):
        driven("#cola").ask()


@pytest.mark.parametrize("code", [3, 10, 200, 299])
def test_where_no_right_is_named_all_that_are_needed_are(
    driven: Driven, server: InstagramServer, code: int
) -> None:
    server.fail(403, code, message="Application does not have permission for this action")
    named = "instagram_basic, instagram_manage_comments, pages_read_engagement"
    with pytest.raises(RefusedError, match=named):
        driven("mentions").ask()


def test_an_app_that_is_blocked_is_denied(driven: Driven, server: InstagramServer) -> None:
    server.fail(400, 200, message="API access blocked.")
    with pytest.raises(DeniedError, match="App Dashboard"):
        driven("#cola").ask()


def test_what_nobody_documents_is_refused_in_its_words(
    driven: Driven, server: InstagramServer
) -> None:
    server.fail(400, 368, message="Temporarily blocked", error_user_msg="Please wait")
    with pytest.raises(RefusedError, match="Temporarily blocked: Please wait; code 368"):
        driven("#cola").ask()


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b'{"data": [', b"[1]", b"null", b'"x"', b"\xff", b"{}"),
        *(b'{"data": null}', b'{"data": {}}', b'{"error": null}', b'{"error": "x"}'),
    ],
)
def test_an_answer_that_is_none_is_unavailable(
    driven: Driven, server: InstagramServer, body: bytes
) -> None:
    server.garble(body)
    with pytest.raises(UnavailableError):
        driven("mentions").ask()


def test_an_error_with_a_status_of_success_is_one(driven: Driven, server: InstagramServer) -> None:
    server.garble(b'{"error": {"code": 190, "message": "no"}}')
    with pytest.raises(DeniedError):
        driven("mentions").ask()


def test_a_body_that_is_cut_is_unavailable(driven: Driven, server: InstagramServer) -> None:
    server.cut()
    with pytest.raises(UnavailableError, match="not reached"):
        driven("mentions").ask()


def test_a_body_that_is_slow_is_unavailable_in_time(
    driven: Driven, server: InstagramServer
) -> None:
    driver = driven("mentions", timeout_s=1)
    server.drip(20)
    begun = time.monotonic()
    with pytest.raises(UnavailableError, match="too slowly"):
        driver.ask()
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("header", ["", "x", "[]", "null", '{"1": [null, {"call_count": "x"}]}'])
def test_usage_that_cannot_be_read_is_passed_over(
    driven: Driven, server: InstagramServer, heard: Heard, header: str
) -> None:
    server.usage_headers = {"X-App-Usage": header, "X-Business-Use-Case-Usage": header}
    driven("mentions").walk()
    assert heard == []


def test_the_token_is_nowhere_to_be_seen(
    connected: Connected,
    driven: Driven,
    server: InstagramServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = []
    with caplog.at_level(logging.DEBUG):
        for n in range(120):
            server.media(f"#cola {n}")
        driver = driven("#cola")
        driver.walk()
        connector = connected()
        said += [str(connector.quota()), str(connector.notices()), repr(connector)]
        for status in (400, 401, 500):
            server.fail(status, message=f"Malformed access token {TOKEN}", code=190)
            with pytest.raises(GroundswellError) as caught:
                driver.ask()
            said += [str(caught.value), repr(caught.value)]
        server.fail(400)
        server.garble(f"Malformed access token {TOKEN}".encode())
        for _ in range(2):
            with pytest.raises(GroundswellError) as caught:
                driver.ask()
            said.append(str(caught.value))
    assert "debug_token" in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN not in "".join(said)
    assert TOKEN.encode() not in (driver.committed or b"")
