import time
from datetime import UTC, datetime, timedelta

import pytest

from connectors.polling.errors import (
    DeniedError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
)
from connectors.twitter.snowflake import id_at, moved_back, time_of
from tests.support.platforms.twitter import SEARCH, TwitterServer
from tests.support.platforms.twitter_driver import Driver
from tests.support.polling import SetClock
from tests.unit.connectors.twitter.conftest import NOW, Driven

DAY_S = 24 * 3600


def searches(server: TwitterServer) -> list[dict[str, str]]:
    return [dict(each.params) for each in server.requests if each.path == SEARCH]


def test_the_first_walk_looks_back_a_little(driven: Driven, server: TwitterServer) -> None:
    server.post("an old cola", at=NOW - timedelta(seconds=901))
    known = server.post("a new cola", at=NOW - timedelta(seconds=899))
    driver = driven(lookback_seconds=900)
    pages = driver.walk()
    assert driver.ids == [known]
    assert [page.is_last for page in pages] == [True]
    assert driver.gaps == 0


def test_without_looking_back_the_first_walk_starts_where_search_is_now(
    driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    server.post("cola", at=NOW - timedelta(seconds=60))
    driver = driven(lookback_seconds=0)
    driver.walk()
    assert driver.ids == []
    clock.advance(60)
    fresh = server.post("cola again")
    driver.walk()
    assert driver.ids == [fresh]


def test_pages_go_down_and_the_next_walk_starts_at_the_newest(
    driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    posted = [server.post(f"cola {n}", at=NOW - timedelta(seconds=400 - n)) for n in range(250)]
    driver = driven()
    pages = driver.walk()
    assert [len(page.posts) for page in pages] == [100, 100, 50]
    assert sorted(driver.ids) == posted
    assert driver.reads == 250
    clock.advance(60)
    new = server.post("cola!")
    driver.walk()
    assert driver.ids[250:] == [new]
    asked = searches(server)[-1]
    assert "until_id" not in asked
    assert int(asked["since_id"]) > int(posted[200])


def test_a_walk_goes_on_where_its_last_committed_page_ended(
    driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    posted = [server.post(f"cola {n}", at=NOW - timedelta(seconds=300 - n)) for n in range(250)]
    driver = driven()
    driver.ask()
    clock.advance(3)
    late = server.post("posted between two pages: cola")
    restarted = Driver(driver.task, clock, driver.committed)
    restarted.walk()
    restarted.walk()
    assert sorted(driver.ids + restarted.ids) == [*posted, late]


def test_the_same_state_brings_the_same_posts(driven: Driven, server: TwitterServer) -> None:
    for n in range(150):
        server.post(f"cola {n}")
    driver = driven()
    page = driver.ask()
    again = Driver(driver.task, driver.clock, driver.committed)
    third = Driver(driver.task, driver.clock, driver.committed)
    assert again.ask() == third.ask()
    assert len(page.posts) == 100


def test_a_post_that_search_finds_late_is_brought_and_none_twice(
    driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    driver = driven(overlap_seconds=15)
    driver.walk()
    late = server.post("late cola", late_s=20)
    clock.advance(10)
    early = server.post("early cola")
    driver.walk()
    assert driver.ids == [early]
    clock.advance(10)
    driver.walk()
    assert driver.ids == [early, late]
    for _ in range(5):
        clock.advance(10)
        driver.walk()
    assert driver.ids == [early, late]


def test_posts_are_not_read_again_and_again_where_nobody_posts(
    driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    driver = driven(overlap_seconds=15)
    server.post("cola")
    for _ in range(1000):
        clock.advance(3)
        driver.walk()
    assert len(driver.ids) == 1
    assert driver.reads < 20


def test_a_post_that_comes_twice_in_an_answer_is_brought_once(
    driven: Driven, server: TwitterServer
) -> None:
    posted = [server.post(f"cola {n}") for n in range(120)]
    server.repeats = 10
    driver = driven()
    driver.walk()
    assert sorted(driver.ids) == posted


def test_an_empty_page_with_more_behind_it_does_not_end_the_walk(
    driven: Driven, server: TwitterServer
) -> None:
    post = server.post("cola")
    token = f"b26v{int(post) + 1:x}"
    body = f'{{"meta": {{"result_count": 0, "next_token": "{token}"}}}}'
    server.garble(body.encode())
    driver = driven()
    assert [page.is_last for page in driver.walk()] == [False, True]
    assert driver.ids == [post]


def test_an_edited_post_is_brought_anew_under_its_first_id(
    driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    driver = driven()
    first = server.post("I hate cola", at=NOW)
    driver.walk()
    clock.advance(600)
    second = server.edit(first, "I love cola")
    driver.walk()
    assert driver.ids == [first, first]
    edited = driver.messages[1]
    assert edited.text == "I love cola"
    assert edited.created_at == NOW
    assert edited.url == f"https://x.com/i/web/status/{second}"


def test_after_more_than_seven_days_the_walk_goes_as_far_as_x_does_and_counts_a_gap(
    driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    driver = driven()
    server.post("cola")
    driver.walk()
    clock.advance(60)
    server.post("cola that is out of reach")
    clock.advance(8 * DAY_S)
    posted = [server.post(f"cola {n}", at=clock() - timedelta(days=6)) for n in range(120)]
    driver.walk()
    assert sorted(driver.ids[1:]) == posted
    assert driver.gaps == 1
    driver.walk()
    assert driver.gaps == 1


def test_a_week_without_posts_is_no_gap(
    driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    driver = driven()
    server.post("cola")
    for _ in range(20):
        driver.walk()
        clock.advance(DAY_S)
    post = server.post("cola at last")
    driver.walk()
    assert driver.ids[1:] == [post]
    assert driver.gaps == 0


def test_a_walk_that_was_left_in_the_middle_for_too_long_ends_as_a_gap(
    driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    for n in range(150):
        server.post(f"cola {n}")
    driver = driven()
    driver.ask()
    clock.advance(9 * DAY_S)
    page = driver.ask()
    assert (page.posts, page.is_last, page.gaps) == ([], True, 1)
    new = server.post("cola")
    driver.walk()
    assert driver.ids[100:] == [new]


def test_the_rate_limit_is_told(
    driven: Driven, heard: list[tuple[float, datetime]], server: TwitterServer
) -> None:
    driven().walk()
    assert heard == [(299, datetime(2026, 3, 1, 12, 15, tzinfo=UTC))]
    assert server.requests[0].status == 200


def test_too_many_requests_wait_for_the_next_window(
    driven: Driven, server: TwitterServer, clock: SetClock
) -> None:
    server.limit = 1
    driver = driven()
    driver.walk()
    with pytest.raises(RateLimitedError) as caught:
        driver.walk()
    assert caught.value.until == datetime(2026, 3, 1, 12, 15, tzinfo=UTC)
    clock.advance(900)
    driver.walk()


def test_a_used_up_monthly_cap_is_a_limit_without_a_known_end(
    driven: Driven, server: TwitterServer
) -> None:
    kind = "https://api.twitter.com/2/problems/usage-capped"
    server.fail(429, title="UsageCapExceeded", detail="Usage cap exceeded: Monthly", type=kind)
    with pytest.raises(RateLimitedError, match="this month") as caught:
        driven().ask()
    assert caught.value.until is None


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_fails_is_unavailable_and_nothing_is_lost(
    driven: Driven, server: TwitterServer, status: int
) -> None:
    post = server.post("cola")
    server.fail(status, times=2)
    driver = driven()
    for _ in range(2):
        with pytest.raises(UnavailableError, match=str(status)):
            driver.ask()
    driver.walk()
    assert driver.ids == [post]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"data": [', b"[]", b"null", b'"x"', b"\xff", b'{"errors": []}']
)
def test_an_answer_that_is_none_is_unavailable(
    driven: Driven, server: TwitterServer, body: bytes
) -> None:
    server.garble(body)
    with pytest.raises(UnavailableError):
        driven().ask()


def test_a_body_that_is_cut_is_unavailable(driven: Driven, server: TwitterServer) -> None:
    server.cut()
    with pytest.raises(UnavailableError, match="not reached"):
        driven().ask()


def test_a_body_that_is_slow_is_unavailable_in_time(driven: Driven, server: TwitterServer) -> None:
    driver = driven(timeout_s=1)
    server.drip(20)
    begun = time.monotonic()
    with pytest.raises(UnavailableError, match="too slowly"):
        driver.ask()
    assert time.monotonic() - begun < 5


def test_a_server_that_is_not_there_is_unavailable(driven: Driven, server: TwitterServer) -> None:
    driver = driven(url="http://127.0.0.1:1")
    with pytest.raises(UnavailableError, match="not reached"):
        driver.ask()
    assert server.requests == []


def test_a_wrong_token_names_the_setting(driven: Driven) -> None:
    driver = driven(bearer_token="wrong")  # noqa: S106 -- of no account
    with pytest.raises(DeniedError, match=r"bearer token .*GROUNDSWELL_TWITTER_BEARER_TOKEN"):
        driver.ask()


@pytest.mark.parametrize(("status", "remedy"), [(403, "access level"), (402, "buy some")])
def test_missing_rights_say_which(
    driven: Driven, server: TwitterServer, status: int, remedy: str
) -> None:
    server.fail(status, detail="You must attach your App to a Project")
    with pytest.raises(DeniedError, match=f"attach your App.*{remedy}"):
        driven().ask()


def test_a_query_that_x_does_not_take_is_refused_in_its_words(
    driven: Driven, server: TwitterServer
) -> None:
    server.query_chars = 10
    with pytest.raises(RefusedError, match="query must be of 1 to 10 characters"):
        driven().ask()


def test_errors_beside_the_posts_are_fine(driven: Driven, server: TwitterServer) -> None:
    server.garble(
        b'{"data": [{"id": "%d", "text": "cola", "edit_history_tweet_ids": null}],'
        b'"errors": [{"title": "Not Found Error", "parameter": "referenced_tweets.id"}],'
        b'"meta": {"result_count": 1}}' % id_at(NOW)
    )
    driver = driven()
    driver.walk()
    assert [message.text for message in driver.messages] == ["cola"]


def test_ids_tell_the_time() -> None:
    moment = datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=UTC)
    assert time_of(id_at(moment)) == moment
    assert time_of(1212092628029698048) == datetime(2019, 12, 31, 19, 26, 16, 771000, tzinfo=UTC)
    assert time_of(moved_back(id_at(moment), 15)) == moment - timedelta(seconds=15)
