"""From a file through Kafka to history, Redis, REST and WebSocket, on real servers."""

import pytest

from dataflows import pipeline
from local.platform import Search
from local.replay import replay
from tests.conftest import EXAMPLES, MakePlatform
from tests.support.listener import Listener
from tests.support.stations import all_messages, assert_stations_agree, get
from tests.support.waiting import wait_for


@pytest.mark.parametrize(
    ("search", "workers"), [("sqlite", 1), ("sqlite", 2), ("elasticsearch", 1)]
)
def test_every_example_post_is_found_at_every_station(
    make_platform: MakePlatform, search: Search, workers: int
) -> None:
    platform = make_platform(search, workers)
    with Listener(platform.url) as heard:
        replayed = replay(platform, EXAMPLES)
        assert replayed.read >= 300
        assert_stations_agree(platform, replayed, heard)


def test_posts_sent_now_reach_the_live_view(make_platform: MakePlatform) -> None:
    platform = make_platform()
    with Listener(platform.url) as heard:
        replayed = replay(platform, EXAMPLES, "--times", "now")
        processed = len(replayed.account.processed)

        def shown() -> list[int]:
            return [
                frame["data"]["overall"]["message_count"] for frame in heard.of("metrics:update")
            ]

        wait_for(lambda: processed in shown())
        assert shown() == sorted(shown())
    overall = get(platform, "/api/metrics/overall", range="1h")
    assert overall["merged"]["message_count"] == processed
    for name in ("geo", "products", "channels", "platforms"):
        metrics = get(platform, f"/api/metrics/{name}", range="15m")["metrics"]
        assert metrics
        assert sum(metric["message_count"] for metric in metrics) <= processed
    trend = get(platform, "/api/metrics/trend", range="15m")["windows"]
    assert sum(window["message_count"] for window in trend) == processed


def test_a_file_replayed_twice_is_counted_once(make_platform: MakePlatform) -> None:
    platform = make_platform()
    first = replay(platform, EXAMPLES)
    second = replay(platform, EXAMPLES)
    assert first.is_accounted_for
    assert second.is_accounted_for
    stored = get(platform, "/api/history", limit=10_000)["aggregates"]
    assert sum(window["message_count"] for window in stored) == len(first.account.processed)


def test_words_find_messages(make_platform: MakePlatform) -> None:
    platform = make_platform()
    replay(platform, EXAMPLES)
    found = all_messages(platform, q="cancel")
    assert found
    assert all("cancel" in message["text"].lower() for message in found)


def test_step_names_are_those_that_recovery_knows(
    make_platform: MakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in make_platform().environment.items():
        monkeypatch.setenv(name, value)
    names = [operator.step_id for operator in pipeline.flow().substeps]
    assert names == [
        "pipeline.raw",
        "pipeline.validate",
        "pipeline.infer",
        "pipeline.enrich",
        "pipeline.publish",
        "pipeline.commit",
        "pipeline.raw_books",
        "pipeline.invalid_books",
        "pipeline.processed",
        "pipeline.announce",
        "pipeline.listeners",
        "pipeline.fold",
        "pipeline.windows",
    ]
