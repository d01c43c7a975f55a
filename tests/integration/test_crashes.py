"""Brokers and replicas crash at every point of a transaction; every message comes out once."""

from pathlib import Path

import pytest

from chaos.crashes import Outcome, crash
from chaos.replica import POINTS

CRASHES = 1 + len(POINTS)


@pytest.mark.parametrize("brokers", [1, 3])
def test_crashes_of_brokers_lose_and_double_no_message(tmp_path: Path, brokers: int) -> None:
    assert_clean(crash(tmp_path, brokers, CRASHES, seed=brokers))


def test_crashes_of_replicas_lose_and_double_no_message(tmp_path: Path) -> None:
    outcome = crash(tmp_path, 1, 2 * CRASHES, seed=1, victims="replicas")
    assert_clean(outcome, rounds=2)
    assert outcome.hits == 4
    assert outcome.restarts >= 2 * CRASHES


def assert_clean(outcome: Outcome, rounds: int = 1) -> None:
    verdict = outcome.verdict
    assert (verdict.lost, verdict.duplicated, verdict.reordered) == ([], [], [])
    assert outcome.is_clean
    assert verdict.messages > 5_000
    assert [crash.point for crash in outcome.crashes] == ["anywhere", *POINTS] * rounds
