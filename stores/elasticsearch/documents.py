"""What is written to Elasticsearch: indices, mappings, and the actions of a bulk request."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from contracts import wire
from contracts.aggregates import EPOCH, Aggregate
from contracts.completeness import Station, Tally
from contracts.messages import ProcessedMessage
from stores.cursors import to_micros
from stores.history import Arrival, Mark

MESSAGES = "sentiment-messages"
AGGREGATES = "sentiment-aggregates"
TALLIES = "sentiment-tallies"
MARKS = "sentiment-marks"
FRESH = timedelta(days=90)
KEY_MAX_BYTES = 400

KEYWORD = {"type": "keyword"}
LONG = {"type": "long"}
AUTHOR = {"type": "keyword", "null_value": ""}
"""So that a message of nobody known differs from one that was kept before authors were."""
NOT_SEARCHED = {"type": "keyword", "index": False, "doc_values": False}
MAPPINGS: dict[str, dict[str, Any]] = {
    MESSAGES: {
        "message_id": KEYWORD,
        "created_at": {"type": "date"},
        "created_micros": LONG,
        "text": {"type": "text"},
        "author_id": AUTHOR,
        "platform": KEYWORD,
        "product": KEYWORD,
        "city": KEYWORD,
        "channel": KEYWORD,
        "label": KEYWORD,
        "churn_risk": {"type": "float"},
        "payload": NOT_SEARCHED,
    },
    AGGREGATES: {
        "dimension": KEYWORD,
        "key": KEYWORD,
        "window_start": {"type": "date"},
        "window_micros": LONG,
        "payload": NOT_SEARCHED,
    },
    TALLIES: {
        "place": KEYWORD,
        "first": LONG,
        "oldest_s": LONG,
        "newest_s": LONG,
        "payload": NOT_SEARCHED,
    },
}


def message_index(message: ProcessedMessage) -> str:
    """The index of a message: its day, or the archive of its month where it came old."""
    created_at = message.created_at
    arrived_at = message.ingested_at or message.processed_at
    if arrived_at - created_at > FRESH:
        return f"{MESSAGES}-archive-{created_at:%Y-%m}"
    return f"{MESSAGES}-{created_at:%Y-%m-%d}"


def is_old(aggregate: Aggregate) -> bool:
    """Whether a window was older than the retention when it was written."""
    return aggregate.updated_at - aggregate.window_start > FRESH


def fresh_index(aggregate: Aggregate) -> str:
    """The index of a window's day."""
    return f"{AGGREGATES}-{aggregate.window_start:%Y-%m-%d}"


def aggregate_id(aggregate: Aggregate) -> str:
    """``dimension:key:window_start``; a key too long for an id stands as its hash."""
    key = aggregate.key
    if len(key.encode()) > KEY_MAX_BYTES:
        key = sha256(key.encode()).hexdigest()
    return f"{aggregate.dimension}:{key}:{aggregate.window_start:%Y-%m-%dT%H:%M:%SZ}"


def put_message(index: str, arrival: Arrival) -> dict[str, Any]:
    """Keeps a message; an older version of it does not replace a newer one."""
    message = arrival.message
    return {
        "_op_type": "index",
        "_index": index,
        "_id": message.message_id,
        "version": arrival.offset,
        "version_type": "external_gte",
        "_source": {
            "message_id": message.message_id,
            "created_at": message.created_at,
            "created_micros": to_micros(message.created_at),
            "text": message.text,
            "author_id": message.author_id,
            "platform": message.platform,
            "product": message.product,
            "city": message.city,
            "channel": message.channel,
            "label": message.analysis.sentiment_label,
            "churn_risk": message.analysis.churn_risk,
            "payload": wire.encode(message).decode(),
        },
    }


def put_aggregate(aggregate: Aggregate, *, is_fresh: bool) -> dict[str, Any]:
    """Keeps an aggregate; `is_fresh`: where it was first written when it was fresh."""
    start = aggregate.window_start
    archive = f"{AGGREGATES}-archive-{start:%Y-%m}"
    return {
        "_op_type": "index",
        "_index": archive if is_old(aggregate) and not is_fresh else fresh_index(aggregate),
        "_id": aggregate_id(aggregate),
        "version": aggregate.revision,
        "version_type": "external",
        "_source": {
            "dimension": aggregate.dimension,
            "key": aggregate.key,
            "window_start": start,
            "window_micros": to_micros(start),
            "payload": wire.encode(aggregate).decode(),
        },
    }


def put_tally(tally: Tally) -> dict[str, Any]:
    """Keeps a tally, in the index of the day that its first message entered."""
    place = f"{tally.station}:{tally.partition}"
    day = EPOCH + timedelta(seconds=next(iter(tally.minutes)))
    return {
        "_op_type": "index",
        "_index": f"{TALLIES}-{day:%Y-%m-%d}",
        "_id": tally_id(tally.station, tally.partition, tally.first),
        "version": tally.next,
        "version_type": "external",
        "_source": {
            "place": place,
            "first": tally.first,
            "oldest_s": min(tally.minutes),
            "newest_s": max(tally.minutes),
            "payload": wire.encode(tally).decode(),
        },
    }


def tally_id(station: Station, partition: int, first: int) -> str:
    """``station:partition:first``."""
    return f"{station}:{partition}:{first}"


def delete(index: str, message_id: str, offset: int | None = None) -> dict[str, Any]:
    """Deletes what is there; with an offset, only what is not newer than that."""
    version = {} if offset is None else {"version": offset, "version_type": "external_gte"}
    return {"_op_type": "delete", "_index": index, "_id": message_id, **version}


def put_mark(created_at: datetime) -> dict[str, Any]:
    """Marks a time, once however often."""
    number = str(to_micros(created_at))
    return {"_op_type": "index", "_index": MARKS, "_id": number, "_source": {}}


def clear_mark(mark: Mark) -> dict[str, Any]:
    """Forgets a mark that was not set again since it was read."""
    seq_no, primary_term = mark.token.split("/")
    return {
        "_op_type": "delete",
        "_index": MARKS,
        "_id": str(to_micros(mark.created_at)),
        "if_seq_no": int(seq_no),
        "if_primary_term": int(primary_term),
    }
