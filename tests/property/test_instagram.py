"""Whatever is missing, a node is a message or nothing; whatever happens, each comes once."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.instagram import connect
from connectors.instagram.fields import nodes
from connectors.instagram.mapping import comment_message, hashtag_message, mention_message
from connectors.instagram.usage import Usage
from connectors.polling.connector import Connector
from connectors.polling.errors import UnavailableError
from connectors.polling.posts import Posts
from contracts import wire
from tests.support.platforms import instagram_driver
from tests.support.platforms.instagram import InstagramServer
from tests.support.platforms.instagram_driver import Driver
from tests.support.platforms.twitter_driver import read
from tests.support.polling import NOON, SetClock

POSTS = Posts("instagram", "instagram", b"k" * 32)
HOUR = 3600
DAY = 24 * HOUR

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
texts = st.text(max_size=40) | st.text("\ud83d\ude00@a #,", max_size=10)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Each missing, null, as documented, or anything."""
    return st.fixed_dictionaries(
        {}, optional={name: st.none() | value | anything for name, value in fields.items()}
    )


found_nodes = optional(
    id=st.integers(1, 2**63).map(str),
    caption=texts,
    text=texts,
    media_type=st.sampled_from(["IMAGE", "VIDEO", "CAROUSEL_ALBUM"]),
    permalink=st.just("https://www.instagram.com/p/A/") | st.just("x" * 3000),
    timestamp=st.just("2026-11-01T12:00:00+0000") | st.just("0001-01-01T00:00:00+2300"),
    like_count=st.integers(0, 10**9),
    comments_count=st.integers(0, 10**9),
    username=texts,
    parent_id=st.just("7"),
    **{"from": optional(id=st.just("9"), username=texts)},
)


@given(st.lists(found_nodes, max_size=3) | anything)
def test_whatever_is_missing_a_node_is_a_message_or_nothing(found: Any) -> None:
    for node in nodes(found):
        for message in (
            hashtag_message(node, "cola", POSTS, NOON),
            mention_message(node, POSTS, NOON),
            comment_message(node, "1", None, POSTS, NOON),
        ):
            if message is not None:
                assert wire.decode_message(wire.encode(message)) == message


@given(st.text() | st.lists(anything).map(msgspec.json.encode).map(bytes.decode) | anything)
def test_whatever_a_header_says_usage_is_a_number_or_nothing(said: Any) -> None:
    told = said if isinstance(said, str) else msgspec.json.encode(said).decode()
    for name in ("x-app-usage", "x-business-use-case-usage"):
        usage = Usage.of({name: told})
        left = usage.left(200, timedelta(hours=1), NOON) if usage else None
        assert left is None or (0 <= left[0] <= 200 and left[1] > NOON)


@pytest.fixture(scope="module")
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="module")
def server(clock: SetClock) -> Iterator[InstagramServer]:
    with InstagramServer(clock, limit=10**6) as server:
        yield server


@pytest.fixture(scope="module")
def connector(server: InstagramServer) -> Iterator[Connector]:
    with tempfile.TemporaryDirectory() as folder:
        found = instagram_driver.settings(server.url, Path(folder) / "author.key")
        connector = connect(found, lambda _remaining, _reset: None, server.clock)
        yield connector
        connector.close()


class World:
    """Instagram and a task, and what may happen to them."""

    task = ""
    whole_s = 0

    def __init__(self, server: InstagramServer, clock: SetClock, connector: Connector) -> None:
        server.reset()
        server.repeats = 3
        clock.now = NOON
        self.server = server
        self.clock = clock
        self.posted: list[str] = []
        self.deleted: set[str] = set()
        self.prepare()
        tasks = {task.name: task for task in connector.tasks}
        self.driver = Driver(tasks[self.task], clock)
        self.driver.walk()

    def prepare(self) -> None:
        """What there is at the beginning."""

    def make(self, place_s: int = 0, late_s: int = 0) -> str:
        """One more, that is somewhere down in the list, or shows later."""
        raise NotImplementedError

    def post(self, number: int) -> None:
        self.posted += [self.make() for _ in range(number)]

    def post_out_of_order(self, seconds: int) -> None:
        self.posted.append(self.make(place_s=seconds))

    def post_late(self, seconds: int) -> None:
        self.posted.append(self.make(late_s=seconds))

    def delete(self, number: int) -> None:
        if self.posted:
            gone = self.posted[-1 - number % len(self.posted)]
            self.deleted.add(gone)
            self.server.delete(gone)

    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    def ask(self, times: int) -> None:
        for _ in range(times):
            self.driver.ask()

    def fail(self, times: int) -> None:
        self.server.fail(503, times=times)
        for _ in range(times):
            with pytest.raises(UnavailableError):
                self.driver.ask()

    def die(self, pages: int) -> None:
        """After pages that were not committed; another process goes on."""
        driver = self.driver
        state = read(driver.task, driver.committed)
        for _ in range(pages):
            state = driver.task.ask(state, self.clock()).state

    def end(self) -> None:
        """Whole walks, and with them all that is to be found."""
        for _ in range(3):
            self.clock.advance(self.whole_s)
            self.driver.walk()
            self.driver.walk()
        brought = self.driver.ids
        assert len(brought) == len(set(brought))
        assert set(brought) <= set(self.posted)
        assert set(self.posted) - self.deleted <= set(brought)
        assert self.driver.gaps == 0


class Hashtag(World):
    task = "#cola"
    whole_s = 3 * HOUR

    def make(self, place_s: int = 0, late_s: int = 0) -> str:
        place = self.clock() - timedelta(seconds=place_s)
        return self.server.media("#cola", place=place, late_s=late_s)


class Mentions(World):
    task = "mentions"
    whole_s = 6 * HOUR

    def make(self, place_s: int = 0, late_s: int = 0) -> str:
        place = self.clock() - timedelta(seconds=place_s)
        return self.server.tag("look", place=place, late_s=late_s)


class Comments(World):
    task = "comments"
    whole_s = DAY

    def prepare(self) -> None:
        self.media = [self.server.own_media(f"news {n}") for n in range(2)]

    def make(self, place_s: int = 0, late_s: int = 0) -> str:
        """Under one of the media, or somewhere down as a reply."""
        there = [each for each in self.posted if each not in self.deleted]
        above = there[place_s % len(there)] if place_s and there else self.media[len(there) % 2]
        node = self.server.nodes[above]
        under = node.parent if node.parent and node.parent not in self.media else above
        return self.server.comment(under, "nice", late_s=late_s)

    def delete(self, number: int) -> None:
        super().delete(number)
        self.deleted |= {each for each in self.posted if self.server.nodes[each].is_gone}


def steps(most_wait_s: int, most_late_s: int) -> st.SearchStrategy[list[tuple[Any, int]]]:
    return st.lists(
        st.one_of(
            st.tuples(st.just("post"), st.integers(1, 70)),
            st.tuples(st.just("post_out_of_order"), st.integers(1, 3 * HOUR)),
            st.tuples(st.just("post_late"), st.integers(1, most_late_s)),
            st.tuples(st.just("delete"), st.integers(0, 200)),
            st.tuples(st.just("wait"), st.integers(1, 90) | st.integers(1, most_wait_s)),
            st.tuples(st.just("ask"), st.integers(1, 4)),
            st.tuples(st.just("fail"), st.integers(1, 2)),
            st.tuples(st.just("die"), st.integers(0, 2)),
        ),
        max_size=20,
    )


Happened = list[tuple[str, int]]
Play = Callable[[type[World], Happened], None]


@pytest.fixture(scope="module")
def play(server: InstagramServer, clock: SetClock, connector: Connector) -> Play:
    def played(kind: type[World], happened: Happened) -> None:
        world = kind(server, clock, connector)
        for what, amount in happened:
            getattr(world, what)(amount)
        world.end()

    return played


@settings(deadline=None)
@given(steps(most_wait_s=HOUR // 2, most_late_s=2 * HOUR))
def test_each_media_with_a_hashtag_comes_once(play: Play, happened: Happened) -> None:
    play(Hashtag, happened)


@settings(deadline=None)
@given(steps(most_wait_s=3 * DAY, most_late_s=DAY // 2))
def test_each_mention_comes_once(play: Play, happened: Happened) -> None:
    play(Mentions, happened)


@settings(deadline=None)
@given(steps(most_wait_s=DAY, most_late_s=HOUR // 2))
def test_each_comment_comes_once(play: Play, happened: Happened) -> None:
    play(Comments, happened)
