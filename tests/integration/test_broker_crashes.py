"""Brokers crash at every point of a transaction, and every message still comes out once."""

from pathlib import Path

import pytest

from chaos.crashes import crash_brokers
from chaos.replica import POINTS

CRASHES = 1 + len(POINTS)


@pytest.mark.parametrize("brokers", [1, 3])
def test_crashes_of_brokers_lose_and_double_no_message(tmp_path: Path, brokers: int) -> None:
    outcome = crash_brokers(tmp_path, brokers, CRASHES, seed=brokers)

    verdict = outcome.verdict
    assert (verdict.lost, verdict.duplicated, verdict.reordered) == ([], [], [])
    assert outcome.is_clean
    assert verdict.messages > 10_000
    assert [crash.point for crash in outcome.crashes] == ["anywhere", *POINTS]
