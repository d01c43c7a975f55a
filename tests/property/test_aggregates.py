"""Aggregates do not depend on the order or the grouping of their messages."""

from datetime import datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from contracts.aggregates import (
    EPOCH,
    DimensionKey,
    Totals,
    merge_totals,
    merge_windows,
    total_by_key,
    window_start,
)
from contracts.messages import ProcessedMessage
from tests.support.messages import NOON, processed_messages, times

many = st.lists(processed_messages, min_size=1, max_size=30)


@given(many, st.randoms(use_true_random=False), st.integers(1, 5))
def test_order_and_grouping_change_nothing(
    messages: list[ProcessedMessage], chance: Random, groups: int
) -> None:
    whole = total_by_key(messages, 0.5)
    chance.shuffle(messages)
    merged: dict[DimensionKey, Totals] = {}
    for group in range(groups):
        merge_totals(merged, total_by_key(messages[group::groups], 0.5))
    assert merged == whole


@given(many, st.integers(1, 30))
def test_windows_merged_are_one_window_of_all_messages(
    messages: list[ProcessedMessage], cut: int
) -> None:
    def window(some: list[ProcessedMessage]) -> Totals:
        return total_by_key(some, 0.5).get(("overall", "all"), Totals())

    windows = [
        window(some).aggregate(
            dimension="overall",
            key="all",
            window_start=NOON,
            window_end=NOON,
            revision=1,
            final=True,
            updated_at=NOON,
        )
        for some in (messages[:cut], messages[cut:])
    ]
    assert Totals.of(merge_windows(windows)) == window(messages)


@given(many)
def test_messages_in_an_unsupported_language_are_counted_and_not_averaged(
    messages: list[ProcessedMessage],
) -> None:
    totals = total_by_key(messages, 0.5)["overall", "all"]
    supported = [m for m in messages if m.analysis.language_supported]
    assert totals.message_count == len(messages)
    assert totals.unsupported_count == len(messages) - len(supported)
    assert sum(totals.sentiment_counts) == sum(totals.emotion_counts) == len(supported)


@given(times, st.integers(1, 86_400))
def test_a_time_falls_in_its_window(time: datetime, seconds: int) -> None:
    length = timedelta(seconds=seconds)
    start = window_start(time, length)
    assert start <= time < start + length
    assert (start - EPOCH) % length == timedelta()
