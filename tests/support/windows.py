"""Windows as they are stored, and a plain recount to hold them against."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.messages import ProcessedMessage
from local.platform import Platform
from stores.history import History
from stores.open import open_history
from tests.support.stations import get

Windows = dict[tuple[str, str, str], dict[str, Any]]
REVISED = ("revision", "final", "updated_at")


def stored_windows(platform: Platform) -> Windows:
    """Every window that REST's history has, without what a later revision changes."""
    windows: Windows = {}
    for dimension in ("overall", "geo", "product", "channel", "platform"):
        until: dict[str, str] = {}
        while True:
            found = get(platform, "/api/history", dimension=dimension, limit=10_000, **until)
            for aggregate in found["aggregates"]:
                name = (dimension, aggregate["key"], aggregate["window_start"])
                windows[name] = {k: v for k, v in aggregate.items() if k not in REVISED}
            if len(found["aggregates"]) < 10_000:
                break
            until = {"until": found["aggregates"][0]["window_start"]}
    return {name: window for name, window in windows.items() if window["message_count"]}


def plain_counts(messages: Iterable[ProcessedMessage]) -> dict[tuple[str, str, str], int]:
    """Messages a window, counted here without the code under test."""
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for message in messages:
        seconds = int(message.created_at.timestamp()) // 60 * 60
        start = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        keys = {
            "overall": "all",
            "geo": message.city,
            "product": message.product,
            "channel": message.channel,
            "platform": message.platform,
        }
        for dimension, key in keys.items():
            if key:
                counts[dimension, key, start] += 1
    return dict(counts)


def stored_messages(platform: Platform) -> list[ProcessedMessage]:
    """Every message in the history."""
    history: History = open_history(platform.settings)
    try:
        start = datetime(2000, 1, 1, tzinfo=UTC)
        return list(history.messages_between(start, datetime.now(UTC) + timedelta(days=1)))
    finally:
        history.close()
