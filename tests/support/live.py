"""Windows to be shown, and how much of them the live store shows."""

from datetime import timedelta

from contracts.aggregates import Aggregate, Totals
from stores.redis import LiveStore
from tests.support.messages import NOON

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def window(number: int, count: int = 1, revision: int = 1) -> Aggregate:
    """Overall's window of a minute from noon on."""
    start = NOON + number * MINUTE
    return Totals(message_count=count, unsupported_count=count).aggregate(
        dimension="overall",
        key="all",
        window_start=start,
        window_end=start + MINUTE,
        revision=revision,
        final=False,
        updated_at=start,
    )


def count_shown(live: LiveStore) -> int:
    """Messages of the newest hour."""
    summary = live.overall(HOUR)
    return summary.merged.message_count if summary else 0
