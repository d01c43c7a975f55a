"""The live state: the newest windows of every key, and the stream of what just happened.

Keys, each expiring a day after its last write:

- ``sentiment:trend:{dimension}:{key}``: hash, window start in seconds since 1970 ->
  ``revision|aggregate``: the windows of the 24 hours of message time up to the newest.
- ``sentiment:overall``, ``sentiment:geo:{city}``, ``sentiment:product:{product}``,
  ``sentiment:channel:{channel}``, ``sentiment:platform:{platform}``: hash with ``newest`` (the
  newest window) and ``hour`` (the hour that ends with it, merged).
- ``sentiment:keys:{dimension}``: the dimension's keys, sorted by their newest window's start.
- ``sentiment:events``: capped stream of what just happened, as ``kind`` and ``data``; with the
  ``message_id`` of what holds a message's text, so that a deletion finds it.

Writes are absolute and ordered by revision, so that repeating them changes nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from redis.exceptions import RedisError

from contracts import wire
from contracts.aggregates import (
    EPOCH,
    LIVE_SPAN,
    OVERALL_KEY,
    Aggregate,
    Dimension,
    DimensionKey,
    merge_windows,
)
from contracts.alerts import ChurnAlert
from contracts.errors import ServerError
from contracts.messages import Erased, ProcessedMessage
from contracts.redis_url import without_credentials
from contracts.settings import Redis as Settings
from stores.redis.connection import connect
from stores.redis.scripts import ERASE_EVENTS, PUT_SUMMARY, PUT_WINDOWS

EventKind = Literal["metrics", "message", "alert", "deleted"]
EVENTS = "sentiment:events"
EVENTS_KEPT = 2000
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Summary:
    """A key's newest window and the range that ends with it, merged."""

    newest: Aggregate
    merged: Aggregate


@dataclass(frozen=True, slots=True)
class Event:
    """Something that just happened; ``data`` is JSON."""

    position: str
    kind: EventKind
    data: str


class LiveStore:
    """The live state in Redis or Valkey; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Connect on first use. :raises ServerError: the URL is not one."""
        self._shown_url = without_credentials(settings.url)
        self._expiry_s = settings.expiry_hours * 3600
        self._closing = ExitStack()
        with self._translated():
            self._redis: Any = connect(settings, self._closing)
        self._put_windows = self._redis.register_script(PUT_WINDOWS)
        self._put_summary = self._redis.register_script(PUT_SUMMARY)
        self._erase_events = self._redis.register_script(ERASE_EVENTS)

    def ping(self) -> None:
        """:raises ServerError: the server does not answer."""
        with self._translated():
            self._redis.ping()

    def incarnation(self) -> str:
        """Which life of the data this is.

        Another one after every failover and every start of the server: what was written in an
        earlier one may be gone, though it was acknowledged.
        """
        with self._translated():
            return str(self._redis.info("replication")["master_replid"])

    def put_aggregates(self, aggregates: Sequence[Aggregate]) -> None:
        """Keep the windows that are among the newest 24 hours of their key; tell listeners."""
        by_key: dict[DimensionKey, list[Aggregate]] = {}
        for aggregate in aggregates:
            by_key.setdefault((aggregate.dimension, aggregate.key), []).append(aggregate)
        if not by_key:
            return
        with self._translated(), self._redis.pipeline(transaction=False) as pipe:
            for (dimension, key), windows in by_key.items():
                self._put_windows(
                    keys=[_trend(dimension, key), _summary_key(dimension, key)],
                    args=[_seconds(LIVE_SPAN), _seconds(HOUR), self._expiry_s, *_triples(windows)],
                    client=pipe,
                )
            answers = pipe.execute()
            for (dimension, key), (change, *values) in zip(by_key, answers, strict=True):
                summary = _summary([_window(value) for value in values])
                newest, hour = wire.encode(summary.newest), wire.encode(summary.merged)
                self._put_summary(
                    keys=[_summary_key(dimension, key)],
                    args=[change, newest, hour, self._expiry_s],
                    client=pipe,
                )
                start = _seconds(
                    max(window.window_start for window in by_key[dimension, key]) - EPOCH
                )
                pipe.zadd(_keys(dimension), {key: start}, gt=True)
                pipe.expire(_keys(dimension), self._expiry_s)
            for dimension in {dimension for dimension, _ in by_key}:
                self._forget_old_keys(pipe, dimension)
            pipe.execute()
        self._announce("metrics", b"{}")

    def announce_message(self, message: ProcessedMessage) -> None:
        """Tell listeners of a new message."""
        self._announce("message", wire.encode(message), message_id=message.message_id)

    def announce_alert(self, alert: ChurnAlert) -> None:
        """Tell listeners of an alert."""
        self._announce("alert", wire.encode(alert), message_id=alert.message_id)

    def announced(self) -> set[str]:
        """The ids of the messages that the stream of events has something of."""
        with self._translated():
            entries = self._redis.xrange(EVENTS)
        return {fields["message_id"] for _, fields in entries if "message_id" in fields}

    def erase(self, message_ids: Collection[str]) -> None:
        """Remove what the stream of events has of these messages; tell listeners."""
        pairs = [
            part for each in message_ids for part in (each, wire.encode(Erased(message_id=each)))
        ]
        if not pairs:
            return
        with self._translated():
            self._erase_events(keys=[EVENTS], args=[EVENTS_KEPT, self._expiry_s, *pairs])

    def overall(self, span: timedelta) -> Summary | None:
        """The newest overall window that has messages, and the range that ends with it.

        Null where nothing is there.
        """
        windows = [w for w in self._windows("overall", OVERALL_KEY) if w.message_count]
        return _summary(_within(windows, span)) if windows else None

    def merged(self, dimension: Dimension, span: timedelta, end: datetime) -> list[Aggregate]:
        """Every key of a dimension over the range that ends at ``end``; those with messages.

        :param span: up to 24 hours.
        """
        oldest = end - span
        with self._translated():
            keys = self._redis.zrangebyscore(_keys(dimension), _seconds(oldest - EPOCH), "+inf")
            with self._redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.hgetall(_trend(dimension, key))
                trends = pipe.execute()
        merged = []
        for trend in trends:
            starts = range(_seconds(oldest - EPOCH), _seconds(end - EPOCH))
            windows = [_window(value) for start, value in trend.items() if int(start) in starts]
            if any(window.message_count for window in windows):
                merged.append(merge_windows(windows))
        return merged

    def trend(self, dimension: Dimension, key: str, span: timedelta) -> list[Aggregate]:
        """The windows of the range that ends with the key's newest, oldest first."""
        windows = _within(self._windows(dimension, key), span)
        return sorted(windows, key=lambda window: window.window_start)

    def recent_events(self, count: int) -> list[Event]:
        """The last events, oldest first."""
        with self._translated():
            return [_event(entry) for entry in self._redis.xrevrange(EVENTS, count=count)][::-1]

    def last_position(self) -> str:
        """The position of the newest event."""
        newest = self.recent_events(1)
        return newest[0].position if newest else "0"

    def events_after(self, position: str, wait_ms: int) -> list[Event]:
        """Events after a position, waiting up to ``wait_ms`` for the first."""
        with self._translated():
            streams = self._redis.xread({EVENTS: position}, count=EVENTS_KEPT, block=wait_ms)
        return [_event(entry) for _, entries in streams for entry in entries]

    def close(self) -> None:
        """Let go of the connections."""
        self._closing.close()

    def _windows(self, dimension: Dimension, key: str) -> list[Aggregate]:
        with self._translated():
            return [_window(value) for value in self._redis.hvals(_trend(dimension, key))]

    def _forget_old_keys(self, pipe: Any, dimension: Dimension) -> None:
        """Drop keys whose newest window is no longer within the day of the newest of all."""
        newest = self._redis.zrevrange(_keys(dimension), 0, 0, withscores=True)
        if newest:
            ((_, score),) = newest
            pipe.zremrangebyscore(_keys(dimension), "-inf", score - _seconds(LIVE_SPAN))

    def _announce(self, kind: EventKind, data: bytes, **fields: str) -> None:
        entry = {"kind": kind, "data": data, **fields}
        with self._translated(), self._redis.pipeline(transaction=False) as pipe:
            pipe.xadd(EVENTS, entry, maxlen=EVENTS_KEPT, approximate=True)
            pipe.expire(EVENTS, self._expiry_s)
            pipe.execute()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, ValueError) as error:
            raise ServerError(
                f"Redis at {self._shown_url} does not serve ({error})",
                "start it (make demo does), or set GROUNDSWELL_REDIS_URL",
            ) from None


def _trend(dimension: Dimension, key: str) -> str:
    return f"sentiment:trend:{dimension}:{key}"


def _summary_key(dimension: Dimension, key: str) -> str:
    return f"sentiment:{dimension}" if dimension == "overall" else f"sentiment:{dimension}:{key}"


def _keys(dimension: Dimension) -> str:
    return f"sentiment:keys:{dimension}"


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)


def _triples(windows: list[Aggregate]) -> Iterator[int | bytes]:
    for window in windows:
        yield from (_seconds(window.window_start - EPOCH), window.revision, wire.encode(window))


def _window(value: str) -> Aggregate:
    return wire.decode_aggregate(value.partition("|")[2])


def _within(windows: list[Aggregate], span: timedelta) -> list[Aggregate]:
    """Those of the stretch of ``span`` that ends with the newest window."""
    end = max((window.window_end for window in windows), default=EPOCH)
    return [window for window in windows if window.window_start >= end - span]


def _summary(windows: list[Aggregate]) -> Summary:
    newest = max(windows, key=lambda window: window.window_start)
    return Summary(newest, merge_windows(windows))


def _event(entry: tuple[str, dict[str, str]]) -> Event:
    position, fields = entry
    return Event(position, cast(EventKind, fields["kind"]), fields["data"])
