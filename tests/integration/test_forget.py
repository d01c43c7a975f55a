"""Posts that are forgotten: gone from every station, and the books still add up."""

import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis

from contracts import wire
from contracts.messages import Message
from dataflows.forget import find
from local.account import differing_windows, wait_until_analyzed
from local.platform import Platform, Search
from stores.kafka.batch import Record
from stores.kafka.dead_letters import is_letter
from stores.kafka.scan import records_since
from stores.open import open_history
from stores.redis import LiveStore
from tests.conftest import MakePlatform
from tests.integration.test_books import audit, books, send
from tests.support.listener import Listener
from tests.support.stations import all_messages, get
from tests.support.waiting import wait_for

AUTHOR = "0123456789abcdef0123456789abcdef"
TEXT = "That's it, I am cancelling my Kestova contract today and switching to Arvane"


def post(
    message_id: str, text: str = TEXT, author_id: str = AUTHOR, key: str = ""
) -> tuple[str, bytes]:
    """A record of the raw topic."""
    message = Message(
        message_id=message_id,
        source="test",
        platform="twitter",
        text=text,
        created_at=datetime.now(UTC),
        author_id=author_id,
    )
    return key or message_id, wire.encode(message)


def forget(platform: Platform, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dataflows", "forget", *arguments],
        env=os.environ | platform.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def in_stream(platform: Platform, text: str) -> bool:
    with Redis.from_url(platform.settings.redis.url, decode_responses=True) as client:
        return any(text in str(fields) for _, fields in client.xrange("sentiment:events"))


def of_key(platform: Platform, key: str) -> list[Record]:
    """The records of the invalid topic with a key."""
    kafka = platform.settings.kafka
    found = records_since(kafka, kafka.invalid, {})
    return [record for record in found if record.key == key.encode()]


@pytest.mark.parametrize("search", ["sqlite", "elasticsearch"])
def test_what_is_forgotten_is_gone_from_every_station_and_the_books_add_up(
    make_platform: MakePlatform, search: Search
) -> None:
    platform = make_platform(search)
    kafka = platform.settings.kafka
    since = datetime.now(UTC)
    history = open_history(platform.settings)
    with Listener(platform.url) as heard, closing(LiveStore(platform.settings.redis)) as live:
        send(platform, ("test:1", b'{"broken'), post("test:1"), post("test:2", text=" "))
        send(
            platform, post("test:3", "The sun is out and the new camera is lovely", "somebody else")
        )
        wait_for(lambda: live.announced() == {"test:1", "test:3"})
        wait_for(lambda: [f["data"]["message_id"] for f in heard.of("alert:churn")] == ["test:1"])
        wait_for(lambda: len(all_messages(platform)) == 2)

        done = forget(platform, "--author", AUTHOR, "--message", "test:unknown")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "not found: test:unknown;" in done.stdout
        assert done.stdout.splitlines()[-1].startswith("asked=3 found=2 erased=3 seconds=")

        assert history.stored(["test:1", "test:2", "test:3"]) == {"test:3"}
        assert list(history.messages_of_author(AUTHOR)) == []
        assert [message["message_id"] for message in all_messages(platform)] == ["test:3"]
        wait_for(lambda: live.announced() == {"test:3"})
        assert not in_stream(platform, TEXT)
        wait_for(lambda: len(heard.of("message:deleted")) == 3)
        told = {frame["data"]["message_id"] for frame in heard.of("message:deleted")}
        assert told == {"test:1", "test:2", "test:unknown"}

        def shown() -> list[int]:
            overall = get(platform, "/api/metrics/overall", range="1h")["merged"]
            return [overall["message_count"], overall["high_churn_count"]]

        wait_for(lambda: shown() == [1, 0])
        windows = history.search_aggregates("overall", None, None, None, 10)
        assert sum(window.message_count for window in windows) == 1
        starts = [window.window_start for window in windows]
        assert differing_windows(history, starts, platform.settings) == []
    history.close()

    for key, letters in {"test:1": 1, "test:2": 1, "test:unknown": 0}.items():
        *before, last = of_key(platform, key)
        assert [is_letter(record) for record in before] == [True] * letters
        assert last.value is None
        assert not is_letter(last)
        assert all(record.partition == last.partition for record in before)

    def settled() -> bool:
        said = books(platform, since)
        return bool(said["entered"] == 4 + 3 and said["is_complete"])

    wait_for(settled)
    said = books(platform, since)
    assert (said["processed"], said["deleted"]) == (2, 3)
    assert said["invalid"] == {"not_json": 1, "text_empty": 1}
    audited = audit(platform)
    assert audited.returncode == 0, audited.stdout
    assert wait_until_analyzed(kafka, 10)


def test_what_is_on_its_way_is_forgotten_when_it_comes(
    make_platform: MakePlatform, tmp_path: Path
) -> None:
    platform = make_platform()
    kafka = platform.settings.kafka
    assert platform.pipeline is not None
    platform.pipeline.stop()
    deleted = post("test:4")
    send(platform, post("test:1"), post("test:2", author_id="x"), post("test:3", author_id="x"))
    send(platform, deleted, (deleted[0], None), post("test:5", key="test:3"))
    history = open_history(platform.settings)
    wanted = find(kafka, history, [], [AUTHOR])
    assert (wanted.message_ids, wanted.found) == (["test:1"], {"test:1"})

    (tmp_path / "ids.txt").write_text("\ntest:2\ntest:1\n", encoding="utf-8-sig")
    done = forget(platform, "--author", AUTHOR, "--file", tmp_path / "ids.txt", "--patience", "0")
    assert done.returncode == 1, done.stderr
    assert "not erased in time: test:1;" in done.stdout
    assert f"out of reach: {kafka.raw}[" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("asked=2 found=1 erased=0 seconds=")

    platform.start_services()
    done = forget(platform, "--message", "test:4")
    assert done.returncode == 0, done.stdout + done.stderr
    wait_for(lambda: history.stored([f"test:{n}" for n in range(1, 6)]) == {"test:3"})
    assert list(history.messages_of_author(AUTHOR)) == []
    (place,) = find(kafka, history, [], [AUTHOR]).out_of_reach
    assert place.startswith(f"{kafka.invalid}[")
    history.close()


def test_who_does_not_wait_is_told_what_was_asked_for(make_platform: MakePlatform) -> None:
    platform = make_platform()
    send(platform, post("test:1"))
    history = open_history(platform.settings)
    wait_for(lambda: history.stored(["test:1"]))
    done = forget(platform, "--message", "test:1", "--no-wait")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "asked=1 found=1 erased=unknown seconds=0"
    wait_for(lambda: not history.stored(["test:1"]))
    history.close()
