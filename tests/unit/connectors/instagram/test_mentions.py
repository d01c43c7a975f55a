from datetime import timedelta

from tests.support.platforms.instagram import InstagramServer
from tests.support.platforms.instagram_driver import Driver
from tests.support.polling import NOON, SetClock
from tests.unit.connectors.instagram.conftest import Driven

HOUR = 3600


def test_media_that_the_account_is_tagged_in_are_brought(
    driven: Driven, server: InstagramServer
) -> None:
    server.own_media("our news")
    tagged = server.tag("look at @our.brand", username="nina")
    driver = driven("mentions")
    driver.walk()
    assert driver.ids == [tagged]
    message = driver.messages[0]
    assert message.text == "look at @user"
    assert message.extra["kind"] == "mention"
    assert message.author_id is not None
    assert "nina" not in str(message)


def test_the_first_walk_passes_over_what_is_older_than_a_week(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    for n in range(120):
        server.tag(f"old {n}", at=NOON - timedelta(days=8 + n))
    young = server.tag("young", at=NOON - timedelta(days=6))
    driver = driven("mentions")
    driver.walk()
    clock.advance(60)
    late = server.tag("an old one that was tagged today", at=NOON - timedelta(days=400))
    server.nodes[late].place = clock()
    driver.walk()
    clock.advance(6 * HOUR)
    driver.walk()
    assert driver.ids == [young, late]


def test_each_comes_once_whatever_page_a_process_dies_after(
    driven: Driven, server: InstagramServer, clock: SetClock
) -> None:
    posted = [server.tag(f"number {n}") for n in range(130)]
    driver = driven("mentions")
    driver.ask()
    Driver(driver.task, clock, driver.committed).ask()
    driver.walk()
    clock.advance(60)
    posted += [server.tag(f"later {n}") for n in range(60)]
    driver.walk()
    assert sorted(driver.ids) == posted


def test_a_cursor_that_is_not_taken_starts_the_walk_anew(
    driven: Driven, server: InstagramServer
) -> None:
    posted = [server.tag(f"number {n}") for n in range(130)]
    driver = driven("mentions")
    driver.ask()
    server.fail(400, 100, message="(#100) Invalid cursors values")
    driver.walk()
    assert sorted(driver.ids) == posted


def test_a_whole_walk_looks_at_the_newest_thousand(driven: Driven, server: InstagramServer) -> None:
    for n in range(1100):
        server.tag(f"number {n}", at=NOON - timedelta(minutes=n))
    driver = driven("mentions")
    assert len(driver.walk()) == 20
    assert len(driver.ids) == 1000
