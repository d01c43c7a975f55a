"""The books of the last hour as a gauge for Prometheus."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from prometheus_client import Gauge

from contracts.completeness import Completeness
from contracts.errors import ServerError
from stores.books import read_books
from stores.history import History

GAUGED = timedelta(hours=1)
LOOK_S = 5.0

BOOKS = Gauge(
    "sentiment_completeness_messages",
    "Messages that entered in the last hour, by what became of them",
    ["what"],
)


class BooksGauge:
    """Reads the books every few seconds, in a thread: no scrape waits for the history."""

    def __init__(self, history: History) -> None:
        """:param history: read as long as it serves; meanwhile the last figures stand."""
        self._history = history
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look, name="books", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Read no more."""
        self._stopping.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stopping.is_set():
            with suppress(ServerError):
                now = datetime.now(UTC)
                for what, count in _counts(read_books(self._history, now - GAUGED, now)):
                    BOOKS.labels(what).set(count)
            self._stopping.wait(LOOK_S)


def _counts(books: Completeness) -> Iterator[tuple[str, int]]:
    yield "entered", books.entered
    yield "processed", books.processed
    yield "deleted", books.deleted
    yield "invalid", sum(books.invalid.values())
    yield "late", books.late
    yield "reposts", books.reposts
    yield "storing_refused", books.storing_refused
    yield "waiting", books.waiting
    yield "missing", books.missing
    yield "repeated", books.repeated
    yield "lost", sum(lost.next_offset - lost.first_offset for lost in books.lost)
