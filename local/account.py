"""Follow what was written to the raw topic through every station, and account for all of it.

Reads the topics themselves between two sets of offsets; every figure is counted, none taken from
a component's own word.
"""

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from contracts import wire
from contracts.aggregates import LIVE_SPAN, DimensionKey, total_by_key, window_start
from contracts.messages import SENTIMENT_LABELS, ProcessedMessage
from contracts.settings import Kafka, Settings
from stores.history import History
from stores.kafka import consumer_config
from stores.kafka.dead_letters import is_letter
from stores.kafka.provenance import read_headers
from stores.kafka.scan import Offsets, end_offsets, records_since
from stores.redis import LiveStore

TIMEOUT_S = 10
POLL_S = 0.1
WINDOWS_A_CHECK = 500


@dataclass(frozen=True)
class Mark:
    """Where the three topics ended at one moment."""

    raw: Offsets
    processed: Offsets
    invalid: Offsets


@dataclass
class Account:
    """What became of the raw messages since a mark."""

    raw: int = 0
    first_raw_at: datetime | None = None
    processed: list[ProcessedMessage] = field(default_factory=list)
    kept: dict[str, ProcessedMessage] = field(default_factory=dict)
    """The newest version of each message that was not deleted afterwards, by id."""
    deletions: int = 0
    invalid: Counter[str] = field(default_factory=Counter)

    @property
    def is_complete(self) -> bool:
        """Whether each raw message was processed, passed on as a deletion, or dead-lettered."""
        return self.raw == len(self.processed) + self.deletions + self.invalid.total()

    def label_shares(self) -> dict[str, float]:
        """Share of each sentiment label among the messages in a supported language."""
        counts = Counter(m.analysis.sentiment_label for m in self._scored())
        return {label: counts[label] / (counts.total() or 1) for label in SENTIMENT_LABELS}

    def top(self, name: str) -> tuple[str, int] | None:
        """The most frequent value of ``product`` or ``city``, and its messages."""
        counts = Counter(getattr(message, name) for message in self.processed)
        del counts[None]
        return counts.most_common(1)[0] if counts else None

    def high_churn(self, threshold: float) -> int:
        """Messages at or above the churn threshold."""
        return sum(message.analysis.churn_risk >= threshold for message in self._scored())

    def toxicity(self) -> float:
        """Mean P(offensive)."""
        scored = self._scored()
        return sum(message.analysis.toxicity for message in scored) / (len(scored) or 1)

    def _scored(self) -> list[ProcessedMessage]:
        return [m for m in self.processed if m.analysis.language_supported]


def mark(kafka: Kafka) -> Mark:
    """Where the topics end now."""
    ends = {
        topic: end_offsets(kafka, topic) for topic in (kafka.raw, kafka.processed, kafka.invalid)
    }
    return Mark(ends[kafka.raw], ends[kafka.processed], ends[kafka.invalid])


def account_since(kafka: Kafka, start: Mark) -> Account:
    """Count what came into the topics since a mark."""
    account = Account()
    arrivals = [record.timestamp_ms for record in records_since(kafka, kafka.raw, start.raw)]
    account.raw = len(arrivals)
    if arrivals:
        account.first_raw_at = datetime.fromtimestamp(min(arrivals) / 1000, UTC)
    for record in records_since(kafka, kafka.processed, start.processed):
        if record.value is None:
            account.deletions += 1
            account.kept.pop((record.key or b"").decode(), None)
        else:
            message = wire.decode_processed(record.value)
            account.processed.append(message)
            account.kept[message.message_id] = message
    for record in records_since(kafka, kafka.invalid, start.invalid):
        if is_letter(record):
            account.invalid[read_headers(record)["reason"]] += 1
    return account


def wait_until_analyzed(kafka: Kafka, deadline_s: float) -> bool:
    """Wait until the group's committed offsets have reached the raw topic's present end."""
    ends = end_offsets(kafka, kafka.raw)
    partitions = [TopicPartition(kafka.raw, partition) for partition in ends]
    consumer = Consumer({**consumer_config(kafka), "group.id": kafka.group})
    deadline = time.monotonic() + deadline_s
    try:
        while time.monotonic() < deadline:
            with suppress(KafkaException):  # the group's coordinator may not be up yet
                committed = consumer.committed(partitions, timeout=TIMEOUT_S)
                if all(c.offset >= ends[c.partition] or ends[c.partition] == 0 for c in committed):
                    return True
            time.sleep(POLL_S)
    finally:
        consumer.close()
    return False


def wait_until_stored(
    history: History, account: Account, settings: Settings, deadline_s: float
) -> bool:
    """Wait until the history holds what the account kept, and all their windows say so.

    Every message must be stored as it was processed last, and in one look over all of them each
    window must equal a recount of what is stored.
    """
    deadline = time.monotonic() + deadline_s
    while True:
        if not unstored(history, account, settings) and not differing_windows(
            history, windows_of(account.processed, settings), settings
        ):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)


def unstored(history: History, account: Account, settings: Settings) -> set[str]:
    """Ids of messages that the history does not hold as they were processed last."""
    length = timedelta(seconds=settings.windows.length_seconds)
    missing = dict(account.kept)
    for start in windows_of(list(account.kept.values()), settings):
        for message in history.messages_between(start, start + length):
            if missing.get(message.message_id) == message:
                del missing[message.message_id]
    return set(missing)


def windows_of(messages: list[ProcessedMessage], settings: Settings) -> list[datetime]:
    """The starts of the windows that messages fall in, oldest first."""
    length = timedelta(seconds=settings.windows.length_seconds)
    return sorted({window_start(message.created_at, length) for message in messages})


def last_written(history: History, starts: list[datetime]) -> datetime | None:
    """When the last of these windows was written; null where there is none."""
    written = (
        aggregate.updated_at
        for first in range(0, len(starts), WINDOWS_A_CHECK)
        for aggregate in history.aggregates_of(starts[first : first + WINDOWS_A_CHECK])
    )
    return max(written, default=None)


def differing_windows(
    history: History, starts: list[datetime], settings: Settings
) -> list[datetime]:
    """The windows whose stored aggregates are not what their stored messages add up to."""
    differing = []
    length = timedelta(seconds=settings.windows.length_seconds)
    for first in range(0, len(starts), WINDOWS_A_CHECK):
        some = starts[first : first + WINDOWS_A_CHECK]
        counted: dict[datetime, dict[DimensionKey, Any]] = {start: {} for start in some}
        for aggregate in history.aggregates_of(some):
            if aggregate.message_count:
                key = (aggregate.dimension, aggregate.key)
                counted[aggregate.window_start][key] = _figures(aggregate)
        for start in some:
            messages = history.messages_between(start, start + length)
            totals = total_by_key(messages, settings.inference.churn_threshold)
            recount = {
                (dimension, key): _figures(
                    sums.aggregate(
                        dimension=dimension,
                        key=key,
                        window_start=start,
                        window_end=start + length,
                        revision=0,
                        final=False,
                        updated_at=start,
                    )
                )
                for (dimension, key), sums in totals.items()
            }
            if counted[start] != recount:
                differing.append(start)
    return differing


def differing_shown(history: History, live: LiveStore) -> list[tuple[DimensionKey, datetime]]:
    """The windows of the last day that the live state shows otherwise than they are stored."""
    newest = history.search_aggregates("overall", None, None, None, 1)
    if not newest:
        return []
    length = newest[0].window_end - newest[0].window_start
    starts = [newest[0].window_start - n * length for n in range(LIVE_SPAN // length)]
    stored = {
        ((aggregate.dimension, aggregate.key), aggregate.window_start): aggregate
        for first in range(0, len(starts), WINDOWS_A_CHECK)
        for aggregate in history.aggregates_of(starts[first : first + WINDOWS_A_CHECK])
    }
    shown = {
        (key, aggregate.window_start): aggregate
        for key in {key for key, _ in stored}
        for aggregate in live.trend(*key, LIVE_SPAN)
    }
    return [window for window, aggregate in stored.items() if shown.get(window) != aggregate]


def _figures(aggregate: Any) -> tuple[Any, ...]:
    return (
        aggregate.message_count,
        aggregate.unsupported_count,
        aggregate.sentiment_avg,
        aggregate.sentiment_counts,
        aggregate.churn_risk_avg,
        aggregate.high_churn_count,
        aggregate.toxicity_avg,
        aggregate.emotion_counts,
    )
