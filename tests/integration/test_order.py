"""A window's aggregate is a function of the messages stored for it, whatever order they came in."""

from pathlib import Path

import pytest

from local.account import account_since, mark, wait_until_analyzed, wait_until_stored
from local.replay import replay
from stores.open import open_history
from tests.conftest import MakePlatform
from tests.support.months import ORDERS, write_month
from tests.support.windows import Windows, plain_counts, stored_messages, stored_windows

TEXTS = [f"Post number {number} about nothing much, but lovely" for number in range(1500)]


@pytest.fixture(scope="module")
def seen() -> dict[str, Windows]:
    """The windows that each order ended in."""
    return {}


@pytest.mark.parametrize("order", ORDERS)
def test_a_month_of_posts_ends_in_the_same_windows(
    make_platform: MakePlatform, tmp_path: Path, order: str, seen: dict[str, Windows]
) -> None:
    path = tmp_path / "month.csv"
    write_month(path, TEXTS, order)
    # With one tier, load decides nothing: the same text is the same analysis to the last digit.
    platform = make_platform(GROUNDSWELL_INFERENCE_MODE="fast")
    replayed = replay(platform, path)
    assert replayed.is_accounted_for
    assert len(replayed.account.processed) == len(TEXTS)
    windows = stored_windows(platform)
    counted = {name: window["message_count"] for name, window in windows.items()}
    assert counted == plain_counts(replayed.account.processed)
    for other in seen.values():
        assert windows == other
    seen[order] = windows


def test_a_backfill_beside_live_traffic_leaves_every_window_exact(
    make_platform: MakePlatform, tmp_path: Path
) -> None:
    path = tmp_path / "month.csv"
    write_month(path, TEXTS, "newest first")
    platform = make_platform()
    kafka = platform.settings.kafka
    start = mark(kafka)
    live = platform.connector("synthetic", "--count", "2000", "--rate", "200", "--seed", "1")
    live.start()
    replay(platform, path)
    live.wait_until_ended(60)
    assert wait_until_analyzed(kafka, 60)
    account = account_since(kafka, start)
    history = open_history(platform.settings)
    try:
        assert wait_until_stored(history, account, platform.settings, 60)
    finally:
        history.close()
    windows = stored_windows(platform)
    counted = {name: window["message_count"] for name, window in windows.items()}
    assert counted == plain_counts(stored_messages(platform))
    assert sum(n for (dimension, *_), n in counted.items() if dimension == "overall") == 3500
