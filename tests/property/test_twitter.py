"""X: queries are queries, whatever the words; any post is a message; each post comes once."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.polling.connector import Connector
from connectors.polling.errors import UnavailableError
from connectors.polling.posts import Posts
from connectors.twitter import connect
from connectors.twitter.mapping import Answered, to_message
from connectors.twitter.query import searches
from connectors.twitter.snowflake import id_at, time_of
from contracts import wire
from contracts.errors import SettingsError
from contracts.platforms import Query
from tests.support.platforms import twitter_driver
from tests.support.platforms.twitter import TwitterServer
from tests.support.platforms.twitter_query import parse
from tests.support.polling import SetClock

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
POSTS = Posts("twitter", "twitter", bytes(32))
OVERLAP_S = 15

anything = st.text(max_size=20)
words = st.text('abOR日0_\u0301😀#@-:()&$!“"\\', min_size=1, max_size=12)
plain_words = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
plain_queries = st.builds(
    Query,
    name=st.just("query"),
    keywords=st.lists(plain_words, max_size=12).map(tuple),
    phrases=st.lists(st.lists(plain_words, min_size=2, max_size=4).map(" ".join)).map(tuple),
    hashtags=st.lists(plain_words).map(tuple),
    accounts=st.lists(plain_words).map(tuple),
    excluded=st.lists(plain_words.map("not{}".format), max_size=2).map(tuple),
    languages=st.lists(st.sampled_from(["en", "de"]), max_size=2).map(tuple),
)


def lists(texts: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(texts, max_size=5).map(tuple)


queries = st.builds(
    Query,
    name=st.just("query"),
    keywords=lists(words | anything),
    phrases=lists(anything),
    hashtags=lists(words | anything),
    accounts=lists(words | anything),
    excluded=lists(words | anything),
    languages=lists(st.sampled_from(["en", "de", "he", "xx"])),
    retweets=st.booleans(),
)


@given(queries, st.integers(20, 512))
def test_what_is_written_is_a_query_of_x_no_longer_than_it_takes(
    query: Query, most_chars: int
) -> None:
    try:
        found = searches([query], most_chars)
    except SettingsError:
        return  # the unit tests say what is refused
    for search in found:
        assert len(search.text) <= most_chars
        parse(search.text)
    assert len({search.name for search in found}) == len(found)
    assert len(found) == 1 or all(each.name.startswith("query/") for each in found)


@given(plain_queries, st.integers(160, 320), st.data())
def test_the_parts_of_a_query_together_find_what_it_finds(
    query: Query, most_chars: int, data: st.DataObject
) -> None:
    if not (query.keywords or query.phrases or query.hashtags or query.accounts):
        return
    whole = parse(searches([query], 10**6)[0].text)
    parts = [parse(search.text) for search in searches([query], most_chars)]
    terms = [
        *query.keywords,
        *query.phrases,
        *(f"#{name}" for name in query.hashtags),
        *(f"@{name}" for name in query.accounts),
    ]
    for term in terms:
        post = {
            "text": " ".join(
                ["so", term, *data.draw(lists(st.sampled_from(query.excluded or ["x"])))]
            ),
            "username": data.draw(st.sampled_from([*query.accounts, "nobody"])),
            "lang": data.draw(st.sampled_from(["en", "de", "fr"])),
            "is_retweet": data.draw(st.booleans()),
        }
        assert any(part(post) for part in parts) == whole(post)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Each missing, null, or there."""
    return st.fixed_dictionaries(
        {}, optional={name: st.none() | value for name, value in fields.items()}
    )


def id_texts() -> st.SearchStrategy[str]:
    return st.integers(1, 2**63 - 1).map(str)


texts = st.text(max_size=40) | st.text("\ud83d\ude00&amp;@a ,", max_size=10)
post_fields = {
    "text": texts,
    "author_id": st.just("7"),
    "created_at": st.just("2026-03-01T12:00:00.000Z")
    | st.just("yesterday")
    | st.just("0001-01-01"),
    "edit_history_tweet_ids": st.lists(id_texts() | st.none(), max_size=3),
    "geo": optional(place_id=st.just("p"), coordinates=st.just({})),
    "lang": st.sampled_from(["en", "und", "zh-CN", "iw", ""]),
    "note_tweet": optional(text=texts, entities=st.just({})),
    "public_metrics": optional(like_count=st.integers(0, 10**9), impression_count=st.just(1)),
    "referenced_tweets": st.lists(
        st.none()
        | optional(type=st.sampled_from(["retweeted", "quoted", "replied_to"]), id=st.just("9"))
    ),
    "withheld": optional(country_codes=st.just(["XX"])),
}
answers = optional(
    data=st.lists(
        st.builds(
            lambda fields, number: {"id": number, **fields}, optional(**post_fields), id_texts()
        )
        | st.none()
        | optional(id=id_texts() | anything, text=texts),
        max_size=3,
    ),
    includes=optional(
        users=st.lists(st.none() | optional(id=st.just("7"), username=texts, location=texts)),
        places=st.lists(
            st.none()
            | optional(
                id=st.just("p"),
                full_name=texts,
                name=texts,
                country=texts,
                country_code=st.sampled_from(["DE", "XX", ""]),
                place_type=st.sampled_from(["city", "neighborhood", "admin", "poi"]),
            )
        ),
        tweets=st.lists(st.none() | optional(id=st.just("9"), text=texts)),
    ),
    meta=optional(result_count=st.integers(0, 3)),
)


@given(answers)
def test_whatever_is_missing_a_post_is_a_message_or_nothing(answer: dict[str, Any]) -> None:
    answered = Answered.of(answer)
    for post in answered.posts.values():
        message = to_message(post, answered.includes, POSTS)
        if message is not None:
            assert wire.decode_message(wire.encode(message)) == message


@given(st.datetimes(datetime(2011, 1, 1), datetime(2070, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_ids_are_in_the_order_of_their_times(moment: datetime) -> None:
    made = time_of(id_at(moment))
    assert timedelta(0) <= moment - made < timedelta(milliseconds=1)


@pytest.fixture(scope="module")
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture(scope="module")
def server(clock: SetClock) -> Iterator[TwitterServer]:
    with TwitterServer(clock, limit=10**6) as server:
        yield server


@pytest.fixture(scope="module")
def connected(server: TwitterServer) -> Iterator[Callable[[], Connector]]:
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "author.key"
        found = twitter_driver.settings(server.url, key, overlap_seconds=OVERLAP_S)
        yield lambda: connect(found, lambda _remaining, _reset: None, server.clock)


class World:
    """X and a connector, and what may happen to them."""

    def __init__(
        self, server: TwitterServer, clock: SetClock, build: Callable[[], Connector]
    ) -> None:
        server.reset()
        server.repeats = 3
        clock.now = NOON
        self.server = server
        self.clock = clock
        self.build = build
        self.posted: set[str] = set()
        self.driver = twitter_driver.Driver(build().tasks[0], clock)
        self.driver.walk()

    def post(self, number: int) -> None:
        self.posted |= {self.server.post(f"cola {n}") for n in range(number)}

    def post_late(self, seconds: int) -> None:
        self.posted.add(self.server.post("cola", late_s=seconds))

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
        state = twitter_driver.read(driver.task, driver.committed)
        for _ in range(pages):
            state = driver.task.ask(state, self.clock()).state
        driver.task = self.build().tasks[0]


steps = st.lists(
    st.one_of(
        st.tuples(st.just(World.post), st.integers(1, 130)),
        st.tuples(st.just(World.post_late), st.integers(1, OVERLAP_S - 1)),
        st.tuples(st.just(World.wait), st.integers(1, 90) | st.integers(1, 100_000)),
        st.tuples(st.just(World.ask), st.integers(1, 4)),
        st.tuples(st.just(World.fail), st.integers(1, 2)),
        st.tuples(st.just(World.die), st.integers(0, 2)),
    ),
    max_size=25,
)


@settings(deadline=None)
@given(steps)
def test_each_post_comes_once_whatever_happens_in_between(
    server: TwitterServer,
    clock: SetClock,
    connected: Callable[[], Connector],
    happened: list[tuple[Callable[[World, int], None], int]],
) -> None:
    world = World(server, clock, connected)
    for happen, amount in happened:
        happen(world, amount)
    for _ in range(3):
        clock.advance(OVERLAP_S)
        world.driver.walk()
    assert sorted(world.driver.ids) == sorted(world.posted)
    assert world.driver.gaps == 0
