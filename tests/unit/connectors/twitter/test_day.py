"""X in a time that passes as told: a day's limits, a month's money."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.twitter import connect
from tests.support.platforms.twitter import SEARCH, TwitterServer
from tests.support.platforms.twitter_driver import settings
from tests.support.polling import NOON, Driven, SetClock

LIMIT = 20
"""For the 300 of a window: so that a day has 1,920 requests."""
WINDOW = timedelta(minutes=15)
WINDOWS = 96
WORDS = ("cola", "tea", "milk", "water")


def test_when_the_months_money_is_spent_reading_rests_until_the_next(tmp_path: Path) -> None:
    clock = SetClock(datetime(2026, 12, 31, 23, tzinfo=UTC))
    with TwitterServer(clock) as server:
        given = settings(
            server.url, tmp_path / "key", post_price_usd=0.005, monthly_budget_usd=0.02
        )
        driven = Driven(connect, given, clock)
        posts = [f"twitter:{server.post('cola')}" for _ in range(5)]
        assert sorted(driven.ids(60)) == posts
        posts.append(f"twitter:{server.post('cola again')}")
        assert driven.ids(58 * 60) == []
        assert driven.poller.account.month_cost_usd == 0.025
        assert driven.ids(600) == posts[5:]
        assert clock.now > datetime(2027, 1, 1, tzinfo=UTC)
        driven.poller.close()


def test_a_post_that_two_queries_find_comes_once_and_its_edit_too(tmp_path: Path) -> None:
    clock = SetClock(NOON)
    with TwitterServer(clock) as server:
        queries = [{"name": word, "keywords": [word]} for word in WORDS]
        driven = Driven(connect, settings(server.url, tmp_path / "key", *queries), clock)
        post = server.post("cola or tea")
        assert driven.ids(60) == [f"twitter:{post}"]
        driven.restart()
        clock.advance(60)
        for text in ("cola and tea", "cola or tea"):
            server.edit(post, text)
            assert driven.ids(60) == [f"twitter:{post}"]
        driven.poller.close()


def test_a_day_takes_nearly_all_requests_and_never_one_too_many(tmp_path: Path) -> None:
    clock = SetClock(NOON)
    with TwitterServer(clock, limit=LIMIT) as server:
        queries = [{"name": word, "keywords": [word]} for word in WORDS]
        given = settings(server.url, tmp_path / "key", *queries, requests=LIMIT)
        driven = Driven(connect, given, clock)
        posted = []
        brought = []
        for hour in range(24):
            posted += [server.post(f"{word} at {hour}") for word in WORDS for _ in range(30)]
            brought += driven.ids(3600)
            if hour % 6 == 0:
                driven.restart()
        driven.poller.close()
    asked = [request for request in server.requests if request.path == SEARCH]
    assert {request.status for request in asked} == {200}
    assert 0.9 * LIMIT * WINDOWS <= len(asked) <= LIMIT * WINDOWS
    each = Counter(request.params["query"] for request in asked)
    assert max(each.values()) - min(each.values()) <= LIMIT
    assert Counter(brought) == Counter(f"twitter:{post}" for post in posted)
