"""Aggregates of messages over event-time windows, and the exact arithmetic behind them.

Sums are kept as integers in millionths, so that adding is exact: the same messages give the same
aggregate in any order, in any grouping, and a range of windows is its windows merged.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Self, get_args

import msgspec

from contracts.messages import (
    EMOTIONS,
    SENTIMENT_LABELS,
    Emotion,
    Name,
    ProcessedMessage,
    SentimentLabel,
    Utc,
)

Dimension = Literal["overall", "geo", "product", "channel", "platform"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
OVERALL_KEY = "all"
MILLION = 1_000_000


class Aggregate(msgspec.Struct, kw_only=True, frozen=True):
    """A dimension's summary of one window, or of several merged.

    Averages are over the scored messages, ``message_count - unsupported_count``, and null where
    there are none. A later ``revision`` of the same window replaces an earlier one; ``final`` says
    that no more messages are expected, not that none can come.
    """

    dimension: Dimension
    key: Name
    window_start: Utc
    window_end: Utc
    message_count: int
    unsupported_count: int
    sentiment_avg: float | None
    sentiment_counts: dict[SentimentLabel, int]
    churn_risk_avg: float | None
    high_churn_count: int
    toxicity_avg: float | None
    emotion_counts: dict[Emotion, int]
    revision: int
    final: bool
    updated_at: Utc


class Totals(msgspec.Struct):
    """Exact, mergeable sums over messages; the state behind an :class:`Aggregate`."""

    message_count: int = 0
    unsupported_count: int = 0
    sentiment_millionths: int = 0
    churn_risk_millionths: int = 0
    toxicity_millionths: int = 0
    high_churn_count: int = 0
    sentiment_counts: list[int] = msgspec.field(default_factory=lambda: [0] * len(SENTIMENT_LABELS))
    emotion_counts: list[int] = msgspec.field(default_factory=lambda: [0] * len(EMOTIONS))

    def add(self, message: ProcessedMessage, high_churn_threshold: float) -> None:
        """Count one message; one in an unsupported language is counted and not averaged."""
        self.message_count += 1
        analysis = message.analysis
        if not analysis.language_supported:
            self.unsupported_count += 1
            return
        self.sentiment_millionths += round(analysis.sentiment_score * MILLION)
        self.churn_risk_millionths += round(analysis.churn_risk * MILLION)
        self.toxicity_millionths += round(analysis.toxicity * MILLION)
        self.high_churn_count += analysis.churn_risk >= high_churn_threshold
        self.sentiment_counts[SENTIMENT_LABELS.index(analysis.sentiment_label)] += 1
        self.emotion_counts[EMOTIONS.index(analysis.emotion)] += 1

    def merge(self, other: Self) -> None:
        """Add another's sums to these."""
        self.message_count += other.message_count
        self.unsupported_count += other.unsupported_count
        self.sentiment_millionths += other.sentiment_millionths
        self.churn_risk_millionths += other.churn_risk_millionths
        self.toxicity_millionths += other.toxicity_millionths
        self.high_churn_count += other.high_churn_count
        self.sentiment_counts = [
            a + b for a, b in zip(self.sentiment_counts, other.sentiment_counts, strict=True)
        ]
        self.emotion_counts = [
            a + b for a, b in zip(self.emotion_counts, other.emotion_counts, strict=True)
        ]

    def copy(self) -> Self:
        """The same sums, which later additions to these do not change."""
        copied = type(self)()
        copied.merge(self)
        return copied

    @classmethod
    def of(cls, aggregate: Aggregate) -> Self:
        """The sums that an aggregate was made of, exactly."""
        scored = aggregate.message_count - aggregate.unsupported_count

        def millionths(average: float | None) -> int:
            return round((average or 0.0) * scored * MILLION)

        return cls(
            message_count=aggregate.message_count,
            unsupported_count=aggregate.unsupported_count,
            sentiment_millionths=millionths(aggregate.sentiment_avg),
            churn_risk_millionths=millionths(aggregate.churn_risk_avg),
            toxicity_millionths=millionths(aggregate.toxicity_avg),
            high_churn_count=aggregate.high_churn_count,
            sentiment_counts=[aggregate.sentiment_counts[label] for label in SENTIMENT_LABELS],
            emotion_counts=[aggregate.emotion_counts[emotion] for emotion in EMOTIONS],
        )

    def aggregate(
        self,
        *,
        dimension: Dimension,
        key: str,
        window_start: datetime,
        window_end: datetime,
        revision: int,
        final: bool,
        updated_at: datetime,
    ) -> Aggregate:
        """These sums as the aggregate of a window."""
        scored = self.message_count - self.unsupported_count

        def average(millionths: int) -> float | None:
            return millionths / MILLION / scored if scored else None

        return Aggregate(
            dimension=dimension,
            key=key,
            window_start=window_start,
            window_end=window_end,
            message_count=self.message_count,
            unsupported_count=self.unsupported_count,
            sentiment_avg=average(self.sentiment_millionths),
            sentiment_counts=dict(zip(SENTIMENT_LABELS, self.sentiment_counts, strict=True)),
            churn_risk_avg=average(self.churn_risk_millionths),
            high_churn_count=self.high_churn_count,
            toxicity_avg=average(self.toxicity_millionths),
            emotion_counts=dict(zip(EMOTIONS, self.emotion_counts, strict=True)),
            revision=revision,
            final=final,
            updated_at=updated_at,
        )


DimensionKey = tuple[Dimension, str]


def dimension_keys(message: ProcessedMessage) -> list[DimensionKey]:
    """The aggregates that a message counts in: overall, and each dimension it has a value for."""
    keys: list[DimensionKey] = [("overall", OVERALL_KEY), ("platform", message.platform)]
    if message.city:
        keys.append(("geo", message.city))
    if message.product:
        keys.append(("product", message.product))
    if message.channel:
        keys.append(("channel", message.channel))
    return keys


def total_by_key(
    messages: Iterable[ProcessedMessage], high_churn_threshold: float
) -> dict[DimensionKey, Totals]:
    """Count messages in every dimension they belong to."""
    totals: dict[DimensionKey, Totals] = {}
    for message in messages:
        for key in dimension_keys(message):
            totals.setdefault(key, Totals()).add(message, high_churn_threshold)
    return totals


def merge_totals(into: dict[DimensionKey, Totals], more: Mapping[DimensionKey, Totals]) -> None:
    """Add ``more`` to ``into``, key by key."""
    for key, totals in more.items():
        into.setdefault(key, Totals()).merge(totals)


def merge_windows(windows: Sequence[Aggregate]) -> Aggregate:
    """One aggregate over one or more windows of one dimension and key."""
    totals = Totals()
    for window in windows:
        totals.merge(Totals.of(window))
    return totals.aggregate(
        dimension=windows[0].dimension,
        key=windows[0].key,
        window_start=min(window.window_start for window in windows),
        window_end=max(window.window_end for window in windows),
        revision=max(window.revision for window in windows),
        final=all(window.final for window in windows),
        updated_at=max(window.updated_at for window in windows),
    )


LIVE_SPAN = timedelta(hours=24)
"""Message time that the live state holds of a key, up to its newest window."""

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def window_start(created_at: datetime, length: timedelta) -> datetime:
    """The start of the tumbling window, aligned to 1970-01-01 UTC, that a time falls in."""
    return created_at - (created_at - EPOCH) % length
