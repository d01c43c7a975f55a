"""X's post ids tell when they were made: the milliseconds since its epoch are above 22 bits.

https://docs.x.com/fundamentals/x-ids
"""

from datetime import UTC, datetime, timedelta

EPOCH_MS = 1288834974657
"""2010-11-04T01:42:54.657Z"""
SHIFT = 22


def id_at(time: datetime) -> int:
    """The least id of a time; every post made before has a lower one."""
    return max(0, _ms(time) - EPOCH_MS) << SHIFT


def time_of(post_id: int) -> datetime:
    """When an id was made, to the millisecond; UTC."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=(post_id >> SHIFT) + EPOCH_MS)


def moved_back(post_id: int, seconds: float) -> int:
    """The least id of so many seconds before."""
    return id_at(time_of(post_id) - timedelta(seconds=seconds))


def _ms(time: datetime) -> int:
    return (time - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
