"""The embedded history: one SQLite file with full-text search, in the process.

One process writes, any number read (write-ahead log). Times are integer microseconds.
"""

import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from contracts import wire
from contracts.aggregates import Aggregate, Dimension
from contracts.completeness import Station, Tally
from contracts.errors import ServerError
from contracts.messages import ProcessedMessage
from stores.cursors import cursor_after, from_micros, read_cursor, to_micros
from stores.history import Arrival, Mark, MessageFilter, Page, Put
from stores.sqlite.rows import aggregate_row, match, message_row, tally_row
from stores.sqlite.schema import OF_AUTHOR, PUT_AGGREGATE, PUT_MESSAGE, PUT_TALLY, SCHEMA


class SqliteHistory:
    """:class:`stores.history.History` in one file."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. :raises ServerError: the file cannot be used."""
        self._path = path
        self._local = threading.local()
        self.prepare()

    @property
    def _connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=30)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            self._local.connection = connection
        return connection

    def prepare(self) -> None:
        """See :meth:`stores.history.History.prepare`."""
        with self._translated():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection.executescript(SCHEMA)

    def put_messages(self, arrivals: Sequence[Arrival]) -> list[Put]:
        """See :meth:`stores.history.History.put_messages`."""
        with self._transaction() as database:
            known = self._created_at(database, [arrival.message.message_id for arrival in arrivals])
            previous = []
            for arrival in arrivals:
                previous.append(known.get(arrival.message.message_id))
                known[arrival.message.message_id] = arrival.message.created_at
            database.executemany(PUT_MESSAGE, map(message_row, arrivals))
            pairs = zip(arrivals, previous, strict=True)
            _mark(database, [old for new, old in pairs if old and old != new.message.created_at])
        return [Put(before) for before in previous]

    def delete_messages(self, message_ids: Sequence[str]) -> list[datetime]:
        """See :meth:`stores.history.History.delete_messages`."""
        with self._transaction() as database:
            known = self._created_at(database, message_ids)
            database.executemany("DELETE FROM messages WHERE message_id = ?", [(i,) for i in known])
            _mark(database, list(known.values()))
        return list(known.values())

    def pending_marks(self) -> list[Mark]:
        """See :meth:`stores.history.History.pending_marks`."""
        with self._translated():
            rows = self._connection.execute("SELECT created_at, number FROM marks").fetchall()
        return [Mark(from_micros(micros), str(number)) for micros, number in rows]

    def clear_marks(self, marks: Sequence[Mark]) -> None:
        """See :meth:`stores.history.History.clear_marks`."""
        with self._transaction() as database:
            numbers = [(int(mark.token),) for mark in marks]
            database.executemany("DELETE FROM marks WHERE number = ?", numbers)

    def messages_between(self, start: datetime, end: datetime) -> Iterator[ProcessedMessage]:
        """See :meth:`stores.history.History.messages_between`."""
        return self._messages(
            "SELECT payload FROM messages WHERE created_at >= ? AND created_at < ?",
            [to_micros(start), to_micros(end)],
        )

    def messages_of_author(self, author_id: str) -> Iterator[ProcessedMessage]:
        """See :meth:`stores.history.History.messages_of_author`."""
        return self._messages(OF_AUTHOR, [author_id])

    def stored(self, message_ids: Collection[str]) -> set[str]:
        """See :meth:`stores.history.History.stored`."""
        with self._translated():
            return set(self._created_at(self._connection, message_ids))

    def put_aggregates(self, aggregates: Sequence[Aggregate]) -> None:
        """See :meth:`stores.history.History.put_aggregates`."""
        with self._transaction() as database:
            database.executemany(PUT_AGGREGATE, map(aggregate_row, aggregates))

    def aggregates_of(self, window_starts: Iterable[datetime]) -> list[Aggregate]:
        """See :meth:`stores.history.History.aggregates_of`."""
        starts = msgspec.json.encode([to_micros(start) for start in window_starts]).decode()
        return self._aggregates(
            "SELECT payload FROM aggregates WHERE window_start IN (SELECT value FROM json_each(?))",
            [starts],
        )

    def search_aggregates(
        self,
        dimension: Dimension,
        key: str | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
    ) -> list[Aggregate]:
        """See :meth:`stores.history.History.search_aggregates`."""
        conditions: list[str] = ["dimension = ?"]
        values: list[Any] = [dimension]
        for condition, value in (
            ("key = ?", key),
            ("window_start >= ?", since and to_micros(since)),
            ("window_start < ?", until and to_micros(until)),
        ):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        query = (
            f"SELECT payload FROM aggregates WHERE {' AND '.join(conditions)} "  # noqa: S608 fixed text
            "ORDER BY window_start DESC, key LIMIT ?"
        )
        return self._aggregates(query, [*values, limit])[::-1]

    def put_tallies(self, tallies: Sequence[Tally]) -> None:
        """See :meth:`stores.history.History.put_tallies`."""
        with self._transaction() as database:
            database.executemany(PUT_TALLY, map(tally_row, tallies))

    def tallies_between(self, since: datetime, until: datetime) -> list[Tally]:
        """See :meth:`stores.history.History.tallies_between`."""
        return self._tallies(
            "SELECT payload FROM tallies WHERE newest_s >= ? AND oldest_s < ?",
            [since.timestamp(), until.timestamp()],
        )

    def newest_tallies(self, since: datetime) -> list[Tally]:
        """See :meth:`stores.history.History.newest_tallies`."""
        return self._tallies(
            "SELECT payload FROM (SELECT payload, max(first) FROM tallies WHERE newest_s >= ? "
            "GROUP BY station, partition)",
            [since.timestamp()],
        )

    def tally(self, station: Station, partition: int, first: int) -> Tally | None:
        """See :meth:`stores.history.History.tally`."""
        found = self._tallies(
            "SELECT payload FROM tallies WHERE station = ? AND partition = ? AND first = ?",
            [station, partition, first],
        )
        return found[0] if found else None

    def search_messages(self, wanted: MessageFilter, limit: int, cursor: str | None) -> Page:
        """See :meth:`stores.history.History.search_messages`."""
        conditions: list[str] = ["TRUE"]
        values: list[Any] = []
        for condition, value in (
            ("number IN (SELECT rowid FROM words WHERE words MATCH ?)", match(wanted.words)),
            ("platform = ?", wanted.platform),
            ("product = ?", wanted.product),
            ("city = ?", wanted.city),
            ("channel = ?", wanted.channel),
            ("label = ?", wanted.label),
            ("churn_risk >= ?", wanted.churn_risk_from),
            ("created_at >= ?", wanted.since and to_micros(wanted.since)),
            ("created_at < ?", wanted.until and to_micros(wanted.until)),
        ):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        if cursor is not None:
            conditions.append("(created_at, message_id) < (?, ?)")
            values.extend(read_cursor(cursor))
        query = (
            f"SELECT payload FROM messages WHERE {' AND '.join(conditions)} "  # noqa: S608 fixed text
            "ORDER BY created_at DESC, message_id DESC LIMIT ?"
        )
        with self._translated():
            rows = self._connection.execute(query, [*values, limit + 1]).fetchall()
        messages = [wire.decode_processed(payload) for (payload,) in rows]
        more = len(messages) > limit
        return Page(messages[:limit], cursor_after(messages[limit - 1]) if more else None)

    def count_messages(self) -> int:
        """See :meth:`stores.history.History.count_messages`."""
        with self._translated():
            (count,) = self._connection.execute("SELECT count(*) FROM messages").fetchone()
        return int(count)

    def ping(self) -> None:
        """See :meth:`stores.history.History.ping`."""
        with self._translated():
            self._connection.execute("SELECT 1 FROM messages LIMIT 1").fetchone()

    def close(self) -> None:
        """Close this thread's connection."""
        self._connection.close()
        del self._local.connection

    def _messages(self, query: str, values: list[Any]) -> Iterator[ProcessedMessage]:
        with self._translated():
            for (payload,) in self._connection.execute(query, values):
                yield wire.decode_processed(payload)

    def _aggregates(self, query: str, values: list[Any]) -> list[Aggregate]:
        with self._translated():
            rows = self._connection.execute(query, values).fetchall()
        return [wire.decode_aggregate(payload) for (payload,) in rows]

    def _tallies(self, query: str, values: list[Any]) -> list[Tally]:
        with self._translated():
            rows = self._connection.execute(query, values).fetchall()
        return [wire.decode_tally(payload) for (payload,) in rows]

    @staticmethod
    def _created_at(database: sqlite3.Connection, ids: Collection[str]) -> dict[str, datetime]:
        rows = database.execute(
            "SELECT message_id, created_at FROM messages "
            "WHERE message_id IN (SELECT value FROM json_each(?))",
            [msgspec.json.encode(list(ids)).decode()],
        )
        return {message_id: from_micros(micros) for message_id, micros in rows}

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._connection as database:
            database.execute("BEGIN IMMEDIATE")
            yield database

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise ServerError(
                f"the history file {self._path} cannot be used ({error})",
                "check its permissions and the free space, or set GROUNDSWELL_HISTORY_PATH",
            ) from None


def _mark(database: sqlite3.Connection, times: list[datetime]) -> None:
    database.executemany(
        "INSERT OR REPLACE INTO marks (created_at) VALUES (?)", [(to_micros(t),) for t in times]
    )
