from datetime import timedelta

import pytest

from connectors.polling.errors import RefusedError
from tests.support.platforms.instagram import USER_ID, InstagramServer
from tests.support.platforms.instagram_driver import Driver
from tests.support.polling import NOON, SetClock
from tests.unit.connectors.instagram.conftest import Driven

HOUR = 3600


def asked(server: InstagramServer) -> list[str]:
    return [each.path for each in server.requests]


def test_the_id_of_a_hashtag_is_asked_for_once(driven: Driven, server: InstagramServer) -> None:
    driver = driven("#cola")
    driver.walk()
    driver.walk()
    assert asked(server)[0] == "/ig_hashtag_search"
    assert server.requests[0].params == {"user_id": USER_ID, "q": "cola"}
    assert len(set(asked(server)[1:])) == 1
    assert asked(server)[1].endswith("/recent_media")


def test_the_first_walk_brings_what_is_listed(driven: Driven, server: InstagramServer) -> None:
    server.media("too old #cola", at=NOON - timedelta(hours=25))
    posted = [server.media(f"#cola {n}", at=NOON - timedelta(minutes=9 * n)) for n in range(120)]
    server.media("another #tea")
    driver = driven("#cola")
    pages = driver.walk()
    assert driver.ids == posted
    assert [len(page.posts) for page in pages] == [0, 50, 50, 20]
    assert driver.reads == 120
    assert driver.gaps == 0


def test_a_quick_walk_ends_where_everything_is_known(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    driver = driven("#cola")
    for n in range(200):
        server.media(f"#cola {n}", at=NOON - timedelta(minutes=n))
    driver.walk()
    clock.advance(60)
    new = [server.media(f"new #cola {n}") for n in range(60)]
    begun = len(server.requests)
    driver.walk()
    assert sorted(driver.ids[200:]) == new
    assert len(server.requests) - begun == 3


def test_what_is_pushed_down_while_pages_are_read_ends_no_walk(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    driver = driven("#cola")
    driver.walk()
    clock.advance(60)
    posted = [server.media(f"#cola {n}") for n in range(150)]
    driver.ask()
    posted += [server.media(f"more #cola {n}") for n in range(50)]
    driver.walk()
    driver.walk()
    assert sorted(driver.ids) == posted


def test_what_is_not_in_order_is_found_by_a_whole_walk(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    driver = driven("#cola")
    for n in range(120):
        server.media(f"#cola {n}", at=NOON - timedelta(minutes=n))
    driver.walk()
    clock.advance(60)
    late = server.media("#cola out of order", place=NOON - timedelta(minutes=110))
    driver.walk()
    assert late not in driver.ids
    clock.advance(3 * HOUR)
    driver.walk()
    assert driver.ids[120:] == [late]


def test_a_walk_goes_on_where_its_last_committed_page_ended(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    posted = [server.media(f"#cola {n}") for n in range(130)]
    driver = driven("#cola")
    driver.ask()
    driver.ask()
    restarted = Driver(driver.task, clock, driver.committed)
    restarted.walk()
    assert sorted(driver.ids + restarted.ids) == posted


def test_where_all_pages_have_one_cursor_a_page_that_was_not_committed_comes_later(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    server.has_one_cursor = True
    posted = [server.media(f"#cola {n}") for n in range(230)]
    driver = driven("#cola")
    driver.ask()
    driver.ask()
    lost = Driver(driver.task, clock, driver.committed)
    lost.ask()
    driver.walk()
    assert len(driver.ids) == 180
    clock.advance(3 * HOUR)
    driver.walk()
    assert sorted(driver.ids) == posted


def test_the_same_state_brings_the_same_posts(driven: Driven, server: InstagramServer) -> None:
    for n in range(70):
        server.media(f"#cola {n}")
    driver = driven("#cola")
    driver.ask()
    again = Driver(driver.task, driver.clock, driver.committed)
    assert driver.ask() == again.ask()


def test_media_that_come_twice_are_brought_once(driven: Driven, server: InstagramServer) -> None:
    posted = [server.media(f"#cola {n}") for n in range(130)]
    server.repeats = 20
    driver = driven("#cola")
    driver.walk()
    assert sorted(driver.ids) == posted


def test_what_is_listed_for_a_day_is_brought_once_in_many_walks(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    driver = driven("#cola")
    post = server.media("#cola")
    for _ in range(60):
        driver.walk()
        clock.advance(HOUR / 2)
    assert driver.ids == [post]
    assert driver.gaps == 0
    assert post not in (driver.committed or b"").decode()


def test_more_than_a_day_between_two_walks_is_a_gap(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    driver = driven("#cola")
    driver.walk()
    clock.advance(60)
    server.media("#cola that nobody saw")
    clock.advance(25 * HOUR)
    seen = server.media("#cola")
    driver.walk()
    assert (driver.ids, driver.gaps) == ([seen], 1)
    driver.walk()
    assert driver.gaps == 1


def test_a_walk_that_was_left_for_a_day_starts_anew_as_a_gap(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    for n in range(130):
        server.media(f"#cola {n}")
    driver = driven("#cola")
    driver.ask()
    driver.ask()
    clock.advance(26 * HOUR)
    new = server.media("#cola")
    page = driver.ask()
    assert (page.gaps, page.is_last) == (1, True)
    assert "after" not in server.requests[-1].params
    driver.walk()
    assert driver.ids[50:] == [new]
    assert driver.gaps == 1


def test_a_cursor_that_is_not_taken_any_more_starts_the_walk_anew(
    driven: Driven, server: InstagramServer
) -> None:
    posted = [server.media(f"#cola {n}") for n in range(130)]
    driver = driven("#cola")
    driver.ask()
    driver.ask()
    server.fail(400, 100, message="(#100) Invalid cursors values")
    driver.walk()
    assert sorted(driver.ids) == posted


def test_an_empty_page_with_a_next_one_does_not_end_the_walk(
    driven: Driven, server: InstagramServer
) -> None:
    driver = driven("#cola")
    driver.ask()
    post = server.media("#cola")
    server.garble(b'{"data": [], "paging": {"cursors": {"after": "MA=="}, "next": "http://x"}}')
    assert [page.is_last for page in driver.walk()] == [False, True]
    assert driver.ids == [post]


def test_a_hashtag_that_nobody_uses_is_refused(driven: Driven, server: InstagramServer) -> None:
    server.unknown_hashtags.add("cola")
    with pytest.raises(RefusedError, match="does not exist"):
        driven("#cola").ask()


def test_the_31st_hashtag_in_seven_days_is_refused_and_explained(
    driven: Driven, clock: SetClock
) -> None:
    for n in range(30):
        driven(f"#tag{n}", hashtags=f"tag{n}").walk()
    driver = driven("#cola")
    with pytest.raises(RefusedError, match=r"30 different .* seven days .*INSTAGRAM_HASHTAGS"):
        driver.ask()
    clock.advance(7 * 24 * HOUR)
    driver.walk()


def test_a_task_keeps_since_when_its_hashtag_counts(driven: Driven, clock: SetClock) -> None:
    driver = driven("#cola")
    begun_s = int(NOON.timestamp())
    counted = [driver.ask().state.counted_s]
    clock.advance(6 * 24 * HOUR)
    counted.append(driver.ask().state.counted_s)
    clock.advance(25 * HOUR)
    counted.append(driver.ask().state.counted_s)
    assert counted == [begun_s, begun_s, begun_s + 7 * 24 * HOUR + HOUR]


def test_media_without_a_caption_are_passed_over(driven: Driven, server: InstagramServer) -> None:
    driver = driven("#cola")
    post = server.media("#cola")
    nothing = server.media("#cola")
    server.nodes[nothing].told["caption"] = None
    driver.walk()
    assert driver.ids == [post]
    assert driver.reads == 2
