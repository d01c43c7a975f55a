"""Counts at every station of the corridor, asked of each station itself."""

from typing import Any

import httpx

from local.platform import Platform
from local.replay import Replay
from stores.open import open_history
from tests.support.listener import Listener
from tests.support.waiting import wait_for


def get(platform: Platform, path: str, **parameters: Any) -> Any:
    answer = httpx.get(platform.url + path, params=parameters, timeout=30)
    answer.raise_for_status()
    return answer.json()


def all_messages(platform: Platform, **wanted: Any) -> list[dict[str, Any]]:
    """Every message that REST has, page by page."""
    messages: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = {} if cursor is None else {"cursor": cursor}
        answer = get(platform, "/api/messages", limit=500, **wanted, **page)
        messages += answer["messages"]
        cursor = answer["cursor"]
        if cursor is None:
            return messages


def assert_stations_agree(platform: Platform, replay: Replay, heard: Listener) -> None:
    """What came in is found in Kafka, history, REST and on the WebSocket, to the message."""
    processed = len(replay.account.processed)
    assert replay.read == replay.sent == replay.account.raw
    assert processed + replay.account.invalid.total() == replay.read
    assert replay.is_accounted_for

    history = open_history(platform.settings)
    try:
        assert history.count_messages() == processed
    finally:
        history.close()
    stored = get(platform, "/api/history", limit=10_000)["aggregates"]
    assert sum(window["message_count"] for window in stored) == processed
    by_platform = get(platform, "/api/history", dimension="platform", limit=10_000)["aggregates"]
    assert sum(window["message_count"] for window in by_platform) == processed

    ids = [message["message_id"] for message in all_messages(platform)]
    assert len(ids) == len(set(ids)) == processed
    assert set(ids) == {message.message_id for message in replay.account.processed}

    initial = heard.of("metrics:initial")
    assert len(initial) == 1
    assert initial[0]["data"]["overall"] is None
    wait_for(lambda: bool(heard.of("message:new")))
    assert [frame["seq"] for frame in heard.frames] == list(range(len(heard.frames)))
