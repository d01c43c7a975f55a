import logging
from datetime import timedelta

import pytest

from connectors.polling.errors import RefusedError, UnavailableError
from tests.support.platforms.instagram import InstagramServer
from tests.support.platforms.instagram_driver import Driver
from tests.support.polling import NOON, SetClock
from tests.unit.connectors.instagram.conftest import Driven

HOUR = 3600
DAY = 24 * HOUR


def paths(server: InstagramServer) -> list[str]:
    return [each.path.rsplit("/", 1)[-1] for each in server.requests]


def test_comments_and_replies_under_own_media_are_brought(
    driven: Driven, server: InstagramServer
) -> None:
    media = server.own_media("our news")
    comment = server.comment(media, "I love it")
    reply = server.comment(comment, "me too", username="ann")
    driver = driven("comments")
    driver.walk()
    assert sorted(driver.ids) == [comment, reply]
    told = {each.message_id.removeprefix("instagram:"): each for each in driver.messages}
    assert told[comment].extra == {"kind": "comment", "media_id": media, "like_count": 3}
    assert told[reply].extra["parent_id"] == comment
    assert told[comment].url == f"https://www.instagram.com/p/{media}/"
    assert told[comment].author_id != told[reply].author_id


def test_media_whose_number_of_comments_is_the_same_are_not_asked_about(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    media = [server.own_media(f"news {n}") for n in range(3)]
    for each in media:
        server.comment(each, "nice")
    driver = driven("comments")
    driver.walk()
    clock.advance(60)
    server.requests.clear()
    new = server.comment(media[1], "nice again")
    driver.walk()
    assert driver.ids[3:] == [new]
    assert [each.path.strip("/").split("/")[0] for each in server.requests[1:]] == [media[1]]


def test_each_request_is_a_page_and_the_state_is_all_that_is_known(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    media = [server.own_media(f"news {n}") for n in range(3)]
    posted = [server.comment(each, f"number {n}") for each in media for n in range(70)]
    posted += [server.comment(posted[0], f"reply {n}") for n in range(120)]
    driver = driven("comments")
    pages = 0
    brought: list[str] = []
    committed = None
    while True:
        restarted = Driver(driver.task, clock, committed)
        begun = len(server.requests)
        page = restarted.ask()
        assert len(server.requests) == begun + 1
        brought += restarted.ids
        committed = restarted.committed
        pages += 1
        if page.is_last:
            break
    assert sorted(brought) == sorted(posted)
    assert pages == 1 + 3 * 2 + 2
    assert "replies" in paths(server)


def test_a_reply_to_an_old_comment_is_found_below_many_known_ones(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    media = server.own_media("news")
    old = server.comment(media, "first")
    clock.advance(60)
    for n in range(130):
        server.comment(media, f"later {n}")
    driver = driven("comments")
    driver.walk()
    clock.advance(60)
    reply = server.comment(old, "I am late")
    driver.walk()
    assert driver.ids[131:] == [reply]


def test_a_comment_that_comes_where_another_goes_is_found_within_a_day(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    media = server.own_media("news")
    gone = server.comment(media, "first")
    driver = driven("comments")
    driver.walk()
    clock.advance(60)
    server.delete(gone)
    new = server.comment(media, "second")
    driver.walk()
    assert driver.ids == [gone]
    clock.advance(DAY)
    driver.walk()
    assert driver.ids == [gone, new]


def test_what_was_written_long_before_the_first_round_is_not_brought(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    old = server.own_media("old news", at=NOON - timedelta(days=30))
    server.comment(old, "a month ago", at=NOON - timedelta(days=29))
    young = server.own_media("news", at=NOON - timedelta(days=2))
    known = server.comment(young, "yesterday", at=NOON - timedelta(days=1))
    driver = driven("comments")
    driver.walk()
    assert driver.ids == [known]
    clock.advance(60)
    new = server.comment(old, "now")
    driver.walk()
    assert driver.ids == [known, new]


def test_older_media_are_listed_every_few_hours(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    media = [server.own_media(f"news {n}", at=NOON - timedelta(hours=n)) for n in range(150)]
    driver = driven("comments")
    driver.walk()
    clock.advance(60)
    far, near = server.comment(media[140], "far down"), server.comment(media[3], "near the top")
    driver.walk()
    assert driver.ids == [near]
    clock.advance(6 * HOUR)
    driver.walk()
    assert driver.ids == [near, far]


def test_what_is_brought_is_brought_once_in_many_days(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    driver = driven("comments")
    media = server.own_media("news")
    posted = []
    for n in range(120):
        posted.append(server.comment(media, f"number {n}"))
        driver.walk()
        clock.advance(HOUR)
    assert driver.ids == posted
    assert len(driver.committed or b"") < 3000


def test_media_that_are_deleted_while_they_are_walked_through_are_left(
    driven: Driven, server: InstagramServer
) -> None:
    first, second = server.own_media("one"), server.own_media("two")
    for n in range(70):
        server.comment(second, f"under two {n}")
    kept = [server.comment(first, f"under one {n}") for n in range(3)]
    driver = driven("comments")
    driver.ask()
    driver.ask()
    server.delete(second)
    driver.walk()
    assert set(kept) <= set(driver.ids)
    driver.walk()
    assert len(driver.ids) == len(set(driver.ids)) == 53


def test_a_comment_whose_replies_are_gone_is_left(driven: Driven, server: InstagramServer) -> None:
    media = server.own_media("news")
    comment = server.comment(media, "first")
    for n in range(60):
        server.comment(comment, f"reply {n}")
    other = server.comment(media, "second")
    driver = driven("comments")
    driver.ask()
    driver.ask()
    server.delete(comment)
    driver.walk()
    assert len(driver.ids) == 52
    assert other in driver.ids


def test_media_that_are_refused_do_not_hold_up_the_others(
    driven: Driven, server: InstagramServer, caplog: pytest.LogCaptureFixture
) -> None:
    refused, media = server.own_media("live"), server.own_media("news")
    later = server.comment(refused, "cannot be read now")
    comment = server.comment(media, "nice")
    server.fail(400, 100, path=f"{refused}/comments", message="Live comments are not supported")
    driver = driven("comments")
    with caplog.at_level(logging.WARNING):
        driver.walk()
    assert driver.ids == [comment]
    assert "Live comments are not supported" in caplog.text
    driver.walk()
    assert driver.ids == [comment, later]


def test_a_cursor_that_is_not_taken_starts_the_walk_anew(
    driven: Driven, server: InstagramServer
) -> None:
    media = server.own_media("news")
    posted = [server.comment(media, f"number {n}") for n in range(120)]
    driver = driven("comments")
    driver.ask()
    driver.ask()
    server.fail(400, 100, message="(#100) Invalid cursors values")
    driver.walk()
    assert sorted(driver.ids) == posted


def test_comments_that_are_written_while_they_are_read_come_once(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    media = server.own_media("news")
    posted = [server.comment(media, f"number {n}") for n in range(160)]
    driver = driven("comments")
    driver.ask()
    driver.ask()
    posted += [server.comment(media, f"meanwhile {n}") for n in range(70)]
    server.delete(posted[3])
    driver.walk()
    clock.advance(60)
    driver.walk()
    assert sorted(driver.ids) == [each for each in posted if each != posted[3]]


def test_what_slips_past_a_walk_is_found_by_the_next_one_to_the_end(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    media = server.own_media("news")
    posted = [
        server.comment(media, f"number {n}", at=NOON - timedelta(hours=2, minutes=n))
        for n in range(80)
    ]
    driver = driven("comments")
    driver.ask()
    driver.ask()
    server.delete(posted[7])
    driver.walk()
    assert sorted({*posted} - {*driver.ids}) == [posted[50]]
    clock.advance(DAY)
    driver.walk()
    assert sorted(driver.ids) == posted


def test_a_comment_that_shows_late_is_brought(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    media = server.own_media("old news", at=NOON - timedelta(days=30))
    late = server.comment(media, "nice", at=NOON - timedelta(minutes=50), late_s=HOUR)
    driver = driven("comments")
    driver.walk()
    assert driver.ids == []
    clock.advance(HOUR)
    driver.walk()
    assert driver.ids == [late]


def test_many_replies_to_several_comments_are_all_brought(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    media = server.own_media("news")
    posted = [server.comment(media, "first")]
    for n in range(60):
        clock.advance(1)
        posted.append(server.comment(media, f"number {n}"))
    for above in (posted[0], posted[1], posted[60]):
        posted += [server.comment(above, f"reply {n}") for n in range(60)]
    driver = driven("comments")
    driver.walk()
    assert sorted(driver.ids) == posted


def test_without_the_right_to_comments_it_is_named(driven: Driven, server: InstagramServer) -> None:
    server.own_media("news")
    server.scopes.remove("instagram_manage_comments")
    with pytest.raises(RefusedError, match="need instagram_manage_comments"):
        driven("comments").ask()


def test_a_failure_in_between_loses_nothing(driven: Driven, server: InstagramServer) -> None:
    media = server.own_media("news")
    posted = [server.comment(media, f"number {n}") for n in range(60)]
    driver = driven("comments")
    driver.ask()
    server.fail(500, times=2)
    for _ in range(2):
        with pytest.raises(UnavailableError):
            driver.ask()
    driver.walk()
    assert sorted(driver.ids) == posted
