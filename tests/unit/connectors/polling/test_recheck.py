"""Posts that are gone where they were posted, on a server as Mastodon's and a SQLite history."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import asdict

from connectors.mastodon import connect
from connectors.polling.connector import Clock, Connector, Heard
from connectors.polling.recheck import NAME, Ledger, RecheckTask
from contracts.messages import Message, ProcessedMessage
from contracts.settings import Settings, load
from stores.history import Arrival, MessageFilter
from stores.open import open_history
from tests.support.messages import analysis, processed
from tests.support.platforms.mastodon import MastodonServer
from tests.support.polling import NOON, Driven, SetClock

WITHIN = timedelta(hours=1)
HALF_S = (WITHIN / 2).total_seconds()
MINUTE_S = 60.0


def connect_and_recheck(settings: Settings, heard: Heard, clock: Clock) -> Connector:
    connector = connect(settings, heard, clock)
    assert connector.checker is not None
    recheck = RecheckTask("mastodon", connector.checker, lambda: open_history(settings), WITHIN)
    return replace(connector, tasks=[*connector.tasks, recheck])


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def server(clock: SetClock) -> Iterator[MastodonServer]:
    with MastodonServer(clock) as server:
        yield server


@pytest.fixture
def driven(server: MastodonServer, clock: SetClock, tmp_path: Path) -> Iterator[Driven]:
    environment = {
        "GROUNDSWELL_MASTODON_URL": server.url,
        "GROUNDSWELL_MASTODON_HASHTAGS": "cola",
        "GROUNDSWELL_CONNECTORS_AUTHOR_KEY": str(tmp_path / "key"),
        "GROUNDSWELL_HISTORY_PATH": str(tmp_path / "history.sqlite"),
    }
    driven = Driven(connect_and_recheck, load(environment), clock)
    yield driven
    driven.poller.close()


class Stored:
    """A history that takes what a connector brings."""

    def __init__(self, driven: Driven) -> None:
        self.driven = driven
        self.history = open_history(driven.settings)
        self.edits: list[str] = []
        self.deletions: list[str] = []

    def pass_time(self, seconds: float) -> None:
        for turn in self.driven.turns(self.driven.clock.now + timedelta(seconds=seconds)):
            for post in turn.posts:
                assert isinstance(post, Message)
                self.edits += self.history.stored([post.message_id])
                self.put(post)
            self.deletions += [deletion.message_id for deletion in turn.deletions]
            self.history.delete_messages([deletion.message_id for deletion in turn.deletions])

    def put(self, message: Message) -> None:
        fields = {**asdict(message), "processed_at": self.driven.clock.now, "analysis": analysis()}
        self.history.put_messages([Arrival(ProcessedMessage(**fields), self.driven.clock.number())])

    def texts(self) -> set[str]:
        page = self.history.search_messages(MessageFilter(), 100, None)
        return {message.text for message in page.messages}

    def ledger(self) -> Ledger:
        return msgspec.json.decode(self.driven.states[NAME], type=Ledger)


@pytest.fixture
def stored(driven: Driven) -> Iterator[Stored]:
    stored = Stored(driven)
    yield stored
    stored.history.close()


def test_a_post_that_is_gone_there_goes_here_within_what_the_terms_allow(
    stored: Stored, server: MastodonServer
) -> None:
    posts = [server.post(f"number {number} #cola") for number in range(50)]
    stored.pass_time(MINUTE_S)
    assert len(stored.texts()) == 50
    for post in posts[::10]:
        server.delete(post)
    stored.pass_time(HALF_S)
    assert len(stored.texts()) == 45
    assert sorted(stored.deletions) == sorted(f"mastodon:{post}" for post in posts[::10])
    stored.pass_time(60)
    ledger = stored.ledger()
    assert (ledger.found, ledger.erased, ledger.pending) == (5, 5, {})
    assert 0 < ledger.slowest_s <= 60
    assert ledger.asked >= 90


def test_a_post_that_was_edited_reads_as_it_does_there(
    stored: Stored, server: MastodonServer
) -> None:
    post = server.post("bad #cola")
    stored.pass_time(MINUTE_S)
    server.statuses[int(post)]["content"] = "<p>good #cola</p>"
    stored.pass_time(HALF_S)
    assert stored.texts() == {"good #cola"}
    assert stored.edits == [f"mastodon:{post}"]
    assert stored.ledger().edited == 1


def test_posts_that_another_connector_brought_are_not_asked_about(
    stored: Stored,
) -> None:
    stored.put(processed("mastodon:1", NOON, source="file", platform="mastodon"))
    stored.pass_time(HALF_S)
    assert stored.deletions == []
    assert stored.texts() == {"Fine so far"}


def test_while_the_history_is_away_posts_still_come(
    driven: Driven, server: MastodonServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "history.sqlite").mkdir()
    post = server.post("first #cola")
    assert driven.ids(HALF_S) == [f"mastodon:{post}"]
    assert "recheck: " in caplog.text
