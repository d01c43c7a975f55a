"""What is kept, as rows; and what is searched for, as a full-text query."""

from typing import Any

from contracts import wire
from contracts.aggregates import Aggregate
from contracts.completeness import Tally
from stores.cursors import to_micros
from stores.history import Arrival


def message_row(arrival: Arrival) -> tuple[Any, ...]:
    """A message as a row."""
    message = arrival.message
    return (
        message.message_id,
        to_micros(message.created_at),
        arrival.offset,
        message.platform,
        message.product,
        message.city,
        message.channel,
        message.analysis.sentiment_label,
        message.analysis.churn_risk,
        wire.encode(message).decode(),
    )


def aggregate_row(aggregate: Aggregate) -> tuple[Any, ...]:
    """An aggregate as a row."""
    return (
        aggregate.dimension,
        aggregate.key,
        to_micros(aggregate.window_start),
        aggregate.revision,
        wire.encode(aggregate).decode(),
    )


def tally_row(tally: Tally) -> tuple[Any, ...]:
    """A tally as a row."""
    return (
        tally.station,
        tally.partition,
        tally.first,
        tally.next,
        min(tally.minutes),
        max(tally.minutes),
        wire.encode(tally).decode(),
    )


def match(words: str | None) -> str | None:
    """A full-text query that finds messages with all the given words, taken literally."""
    if not words or not words.strip("\0 "):
        return None
    literal = words.replace('"', '""').replace("\0", " ")
    return " ".join(f'"{word}"' for word in literal.split())
