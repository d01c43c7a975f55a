"""Everything breaks at random, and all stations agree; and what compares them finds one fault."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from chaos.faults import break_everything
from contracts.aggregates import Aggregate, total_by_key
from contracts.settings import Redis as RedisSettings
from contracts.settings import load
from local.account import differing_shown, differing_windows
from stores.history import Arrival
from stores.redis import LiveStore
from stores.sqlite import SqliteHistory
from tests.support.messages import NOON, processed

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("seed", [1])
def test_whatever_breaks_no_message_is_lost_doubled_or_miscounted(
    tmp_path: Path, seed: int
) -> None:
    outcome = break_everything(tmp_path, 6, seed)

    found = outcome.found
    assert (found.verdict.lost, found.verdict.duplicated, found.verdict.reordered) == ([], [], [])
    assert found.is_clean
    assert found.witnessed == found.verdict.messages > 1000
    assert outcome.kills == 6


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SqliteHistory]:
    """Two messages of one minute, and their aggregates."""
    history = SqliteHistory(tmp_path / "history.sqlite")
    history.put_messages([Arrival(processed(i, city="Berlin"), n) for n, i in enumerate("ab")])
    history.put_aggregates(aggregates())
    yield history
    history.close()


def aggregates() -> list[Aggregate]:
    totals = total_by_key([processed(i, city="Berlin") for i in "ab"], 0.5)
    return [
        sums.aggregate(
            dimension=dimension,
            key=key,
            window_start=NOON,
            window_end=NOON + MINUTE,
            revision=1,
            final=True,
            updated_at=NOON,
        )
        for (dimension, key), sums in totals.items()
    ]


def off_by_one() -> Aggregate:
    right = aggregates()[-1]
    return replace(right, message_count=right.message_count + 1, revision=2)


def test_a_stored_aggregate_that_is_off_by_one_is_found(history: SqliteHistory) -> None:
    settings = load({})
    assert differing_windows(history, [NOON], settings) == []
    history.put_aggregates([off_by_one()])
    assert differing_windows(history, [NOON], settings) == [NOON]


def test_a_shown_aggregate_that_is_off_by_one_is_found(
    history: SqliteHistory, redis_url: str
) -> None:
    live = LiveStore(RedisSettings(url=redis_url))
    assert len(differing_shown(history, live)) == 3
    live.put_aggregates(aggregates())
    assert differing_shown(history, live) == []
    live.put_aggregates([off_by_one()])
    assert differing_shown(history, live) == [(("geo", "Berlin"), NOON)]
    live.close()
