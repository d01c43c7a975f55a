"""The demo as its user runs it: started, stopped with Ctrl-C, started again, killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from local.ports import free_port
from tests.support.scenarios import mastodon
from tests.support.waiting import wait_for

ROOT = Path(__file__).parent.parent.parent


class Demo:
    """A demo in a folder of its own."""

    def __init__(self, folder: Path, **wishes: str) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = folder / "demo.log"
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PORT": self.url.rsplit(":", 1)[1],
            "OPEN": "0",
            **wishes,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local.demo"],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def count(self) -> int:
        """Messages that REST has."""
        try:
            answer = httpx.get(f"{self.url}/api/history", timeout=5)
        except httpx.TransportError:
            return 0
        return sum(window["message_count"] for window in answer.json().get("aggregates", []))

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    running: list[Demo] = []

    def start_demo(**wishes: str) -> Demo:
        demo = Demo(tmp_path, **wishes)
        running.append(demo)
        return demo

    yield start_demo
    for demo in running:
        if demo.process.poll() is None:
            demo.end(signal.SIGINT)


def test_ctrl_c_leaves_nothing_behind_and_the_next_start_goes_on(
    start: Callable[..., Demo],
) -> None:
    first = start(RATE="50")
    wait_for(lambda: first.count() >= 50)
    family = first.family()
    assert len(family) >= 5
    assert first.end(signal.SIGINT) == 0
    assert psutil.wait_procs(family, timeout=10)[1] == []
    said = first.log.read_text()
    for line in ("kafka is up", "valkey is up", "gateway is up", "pipeline is up", "dashboard: "):
        assert line in said

    second = start(RATE="1")
    wait_for(lambda: second.count() >= 50)
    assert second.end(signal.SIGTERM) == 0


def test_a_demo_that_was_killed_leaves_nothing_in_the_way_of_the_next(
    start: Callable[..., Demo],
) -> None:
    first = start(RATE="50")
    wait_for(lambda: first.count() >= 50)
    family = first.family()
    first.end(signal.SIGKILL)
    second = start(RATE="50")
    wait_for(lambda: second.count() >= 100)
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert second.end(signal.SIGINT) == 0


def test_a_file_is_replayed_and_reported_once(start: Callable[..., Demo]) -> None:
    demo = start(INPUT=str(ROOT / "examples" / "posts.csv"), ONCE="1")
    assert demo.process.wait(120) == 0
    said = demo.log.read_text()
    for line in (
        "messages read",
        "share of labels",
        "top product",
        "top city",
        "high churn",
        "mean toxicity",
        "every message is accounted for",
    ):
        assert line in said
    summary: dict[str, Any] = json.loads(
        (demo.log.parent / "state" / "connector" / "summary.json").read_text()
    )
    assert summary["sent"] == summary["read"] >= 300


def test_sources_that_lack_something_say_what_and_the_others_run(
    start: Callable[..., Demo], tmp_path: Path
) -> None:
    with mastodon() as scenario:
        for number in range(5):
            scenario.post(number)
        demo = start(
            SOURCES="twitter,mastodon",
            GROUNDSWELL_CONNECTORS_AUTHOR_KEY=str(tmp_path / "key"),
            **scenario.environment,
        )
        wait_for(lambda: demo.count() == 5)
        said = demo.log.read_text()
        missing = "GROUNDSWELL_TWITTER_BEARER_TOKEN and GROUNDSWELL_TWITTER_QUERIES are not set"
        assert f"twitter is left out: {missing}" in said
        assert "mastodon is up" in said
        assert demo.end(signal.SIGINT) == 0


def test_without_a_source_that_can_run_there_is_still_something_to_see(
    start: Callable[..., Demo],
) -> None:
    demo = start(SOURCES="twitter", RATE="50")
    wait_for(lambda: demo.count() >= 10)
    said = demo.log.read_text()
    assert "twitter is left out" in said
    assert "the synthetic generator runs in their place" in said
    assert demo.end(signal.SIGINT) == 0
