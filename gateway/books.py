"""The books as a gauge for Prometheus."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from contracts.errors import ServerError
from stores.books import read_books
from stores.history import History

GAUGED = timedelta(hours=1)


class BooksCollector(Collector):
    """``sentiment_completeness_messages{what=…}`` of the last hour; nothing without the history."""

    def __init__(self, history: History) -> None:
        """:param history: asked at every scrape."""
        self._history = history

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The gauge, without asking the history."""
        yield self._gauge()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauge, by what became of the messages."""
        gauge = self._gauge()
        with suppress(ServerError):
            now = datetime.now(UTC)
            books = read_books(self._history, now - GAUGED, now)
            lost = sum(each.next_offset - each.first_offset for each in books.lost)
            whats = {
                "entered": books.entered,
                "processed": books.processed,
                "deleted": books.deleted,
                "invalid": sum(books.invalid.values()),
                "late": books.late,
                "reposts": books.reposts,
                "storing_refused": books.storing_refused,
                "waiting": books.waiting,
                "missing": books.missing,
                "lost": lost,
            }
            for what, count in whats.items():
                gauge.add_metric([what], count)
        yield gauge

    @staticmethod
    def _gauge() -> GaugeMetricFamily:
        said = "Messages of the last hour by the broker's clock, by what became of them"
        return GaugeMetricFamily("sentiment_completeness_messages", said, labels=["what"])
