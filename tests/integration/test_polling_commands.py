"""The command line about connectors that poll, and the ingest flow, as processes of their own."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from contracts.settings import Kafka
from local.process import Process
from stores.kafka.scan import records_since
from tests.support.scenarios import mastodon, twitter
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]


@pytest.fixture
def common(topics_environment: dict[str, str], kafka: Kafka, tmp_path: Path) -> dict[str, str]:
    return {
        **topics_environment,
        "GROUNDSWELL_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "GROUNDSWELL_CONNECTORS_AUTHOR_KEY": str(tmp_path / "key"),
        "GROUNDSWELL_HISTORY_PATH": str(tmp_path / "history.sqlite"),
        "COLUMNS": "200",
    }


def connectors(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "connectors", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def raw_keys(kafka: Kafka) -> list[str]:
    return [(record.key or b"").decode() for record in records_since(kafka, kafka.raw, {})]


def test_what_was_brought_is_told_and_the_next_run_brings_the_rest(
    common: dict[str, str], kafka: Kafka
) -> None:
    with mastodon() as scenario:
        environment = common | scenario.environment
        posts = [scenario.post(number) for number in range(3)]
        assert connectors(environment, "mastodon", "--once").returncode == 0
        posts += [scenario.post(number) for number in range(50)]
        assert connectors(environment, "mastodon", "--once").returncode == 0
        assert Counter(raw_keys(kafka)) == Counter(posts)
        status = connectors(environment, "status").stdout
        assert "mastodon" in status
        assert " 53 " in status
        assert "mastodon" in connectors(environment, "deletions").stdout


def test_a_dry_run_prints_and_sends_nothing(common: dict[str, str], kafka: Kafka) -> None:
    with mastodon() as scenario:
        post = scenario.post(0)
        run = connectors(common | scenario.environment, "mastodon", "--once", "--dry-run")
    assert [json.loads(line)["message_id"] for line in run.stdout.splitlines()] == [post]
    assert raw_keys(kafka) == []


def test_a_plan_says_what_is_asked_and_what_it_costs(common: dict[str, str]) -> None:
    with twitter() as scenario:
        for number in range(70):
            scenario.post(number)
        window = {
            "GROUNDSWELL_TWITTER_REQUESTS": "300",
            "GROUNDSWELL_TWITTER_WINDOW_SECONDS": "900",
            "GROUNDSWELL_TWITTER_MONTHLY_BUDGET_USD": "1",
        }
        run = connectors(common | scenario.environment | window, "plan", "twitter")
    assert run.returncode == 0, run.stderr
    assert "brand: asked every 3 s, about 300 posts a month" in run.stdout
    assert "about 300 posts and 1.50 USD a month; the budget of 1.00 USD lasts 20" in run.stdout


def test_credentials_are_checked_and_not_shown(common: dict[str, str]) -> None:
    with twitter() as scenario:
        good = connectors(common | scenario.environment, "check", "twitter")
        wrong = {"GROUNDSWELL_TWITTER_BEARER_TOKEN": "not-the-token"}
        bad = connectors(common | scenario.environment | wrong, "check", "twitter")
    assert good.returncode == 0, good.stderr
    assert "searches" in good.stdout
    assert bad.returncode == 1
    assert "twitter does not take the bearer token" in bad.stdout
    assert "not-the-token" not in bad.stdout + bad.stderr


def test_what_is_missing_is_named(common: dict[str, str]) -> None:
    run = connectors(common, "twitter")
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith("error: GROUNDSWELL_TWITTER_BEARER_TOKEN")
    assert connectors(common, "check").returncode == 0
    assert "no connector that polls" in connectors(common, "check", "myspace").stderr


def test_the_ingest_flow_runs_several_and_goes_on_after_a_kill(
    common: dict[str, str], kafka: Kafka, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("text,created_at\n" + "fine,2026-11-01T12:00:00Z\n" * 1200)
    with mastodon() as scenario:
        environment = {
            **common,
            **scenario.environment,
            "GROUNDSWELL_CONNECTORS_SOURCES": "mastodon,synthetic,file",
            "GROUNDSWELL_SYNTHETIC_COUNT": "120",
            "GROUNDSWELL_FILE_PATH": str(rows),
        }
        posts = [scenario.post(number) for number in range(3)]
        command = [sys.executable, "-m", "dataflows", "run", "ingest"]
        process = Process("ingest", command, tmp_path, environment=environment)
        process.start()
        wait_for(lambda: len(raw_keys(kafka)) >= 200)
        process.kill()
        process.start()
        wait_for(lambda: len(raw_keys(kafka)) >= 1200 + 120 + 3)
        process.stop()
    keys = Counter(raw_keys(kafka))
    assert len(keys) == 1200 + 120 + 3
    assert set(keys.values()) == {1}
    assert set(posts) <= keys.keys()
