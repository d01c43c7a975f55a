"""A day of Instagram in a time that passes as told."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from connectors.instagram import connect
from tests.support.platforms.instagram import InstagramServer
from tests.support.platforms.instagram_driver import settings
from tests.support.polling import NOON, Driven, SetClock

LIMIT = 60
"""For the 200 of an hour: so that a day has 1,440 requests."""
HOURS = 26
WORDS = ("cola", "tea", "milk")


def test_a_day_brings_everything_once_and_makes_no_request_too_many(tmp_path: Path) -> None:
    clock = SetClock(NOON)
    with InstagramServer(clock, limit=LIMIT) as server:
        given = settings(server.url, tmp_path / "key", hashtags=",".join(WORDS), requests=LIMIT)
        driven = Driven(connect, given, clock)
        media = [server.own_media(f"news {n}", at=NOON - timedelta(days=n)) for n in range(5)]
        posted = []
        brought = []
        for hour in range(HOURS):
            posted += [server.media(f"#{word} at {hour}") for word in WORDS for _ in range(20)]
            posted += [server.comment(each, f"at {hour}") for each in media]
            posted.append(server.tag(f"at {hour}"))
            brought += driven.ids(3600)
            if hour % 6 == 0:
                driven.restart()
        brought += driven.ids(6 * 3600)
        accounted = driven.poller.account
        driven.poller.close()
    asked = [request for request in server.requests if request.at < NOON + timedelta(days=1)]
    assert {request.status for request in asked} == {200}
    assert accounted.waits == accounted.errors == accounted.gaps == 0
    assert len(asked) <= LIMIT * 24
    hours = [int((request.at - NOON) / timedelta(hours=1)) for request in asked]
    assert max(Counter(hours).values()) <= LIMIT
    assert Counter(brought) == Counter(f"instagram:{post}" for post in posted)


def test_where_the_platform_allows_less_than_the_settings_requests_become_fewer(
    tmp_path: Path,
) -> None:
    clock = SetClock(NOON)
    with InstagramServer(clock, limit=LIMIT) as server:
        given = settings(server.url, tmp_path / "key", hashtags="cola", requests=10 * LIMIT)
        driven = Driven(connect, given, clock)
        posted = []
        brought = []
        for hour in range(6):
            posted.append(server.media(f"#cola at {hour}"))
            brought += driven.ids(3600)
        brought += driven.ids(3600)
        waits = driven.poller.account.waits
        driven.poller.close()
    assert brought == [f"instagram:{post}" for post in posted]
    assert waits <= 7
    statuses = Counter(request.status for request in server.requests)
    assert statuses[200] >= 0.8 * LIMIT * 7
    assert statuses[400] == waits
