import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.polling.errors import DeniedError
from connectors.twitter import connect
from contracts.errors import SettingsError
from contracts.settings import load
from tests.support.platforms.twitter import COUNTS, USAGE, TwitterServer
from tests.support.polling import SetClock
from tests.unit.connectors.twitter.conftest import NOW, Connected

QUERIES = '[{"name": "brand", "keywords": ["cola"]}]'


def nobody(_remaining: float, _reset: datetime) -> None:
    raise AssertionError("nothing was asked")


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"GROUNDSWELL_TWITTER_QUERIES": QUERIES}, "GROUNDSWELL_TWITTER_BEARER_TOKEN is not set"),
        (
            {"GROUNDSWELL_TWITTER_QUERIES": QUERIES, "GROUNDSWELL_TWITTER_BEARER_TOKEN": ""},
            "GROUNDSWELL_TWITTER_BEARER_TOKEN is not set",
        ),
        ({"GROUNDSWELL_TWITTER_BEARER_TOKEN": "x"}, "GROUNDSWELL_TWITTER_QUERIES names no query"),
    ],
)
def test_what_is_missing_is_named(environment: dict[str, str], variable: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        connect(load(environment), nobody, SetClock(NOW))


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"BEARER_TOKEN and GROUNDSWELL_TWITTER_QUERIES are"):
        connect(load({}), nobody, SetClock(NOW))


def test_connecting_asks_nothing(connected: Connected, server: TwitterServer) -> None:
    connector = connected()
    assert server.requests == []
    assert (connector.name, connector.limit) == ("twitter", 300)
    assert connector.window == timedelta(minutes=15)
    assert (connector.post_price_usd, connector.monthly_budget_usd) == (0.005, None)


def test_tasks_share_the_limit(connected: Connected) -> None:
    queries = [{"name": name, "keywords": [name]} for name in ("cola", "pop")]
    tasks = connected(*queries, requests=90).tasks
    assert [(task.name, task.interval_s) for task in tasks] == [("cola", 20.0), ("pop", 20.0)]


def test_the_quota_is_what_x_says_was_used(
    connected: Connected, server: TwitterServer, heard: list[tuple[float, datetime]]
) -> None:
    server.reads = 43_435
    assert connected().quota() == {
        "posts read this month": "43435",
        "most posts a month": "2000000",
        "day on which the month begins": "10",
        "searches": "300 in 900 s",
    }
    assert [each.path for each in server.requests] == [USAGE]
    assert heard == []  # it has a limit of its own


def test_the_quota_needs_the_credentials(connected: Connected) -> None:
    with pytest.raises(DeniedError):
        connected(bearer_token="wrong").quota()  # noqa: S106 -- of no account


def test_the_volume_is_a_months_by_the_last_seven_days(
    connected: Connected, server: TwitterServer
) -> None:
    for n in range(14):
        server.post("cola", at=NOW - timedelta(hours=10 * n))
    server.post("pop")
    connector = connected()
    assert connector.volume is not None
    assert connector.volume(connector.tasks[0]) == 60
    assert [each.path for each in server.requests] == [COUNTS]
    assert server.reads == 0


def test_tweepy_is_imported_when_it_is_needed() -> None:
    code = "import sys, connectors.twitter; sys.exit('tweepy' in sys.modules)"
    root = Path(__file__).parents[4]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
