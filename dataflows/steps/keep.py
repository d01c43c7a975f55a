"""Keep messages and windows in the stores, each store in a thread of its own.

Stores are opened there: a flow starts, and its other half works, while one of them is away.
"""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from functools import cached_property

from contracts.completeness import Station
from contracts.settings import Settings
from dataflows.steps.count import Books
from dataflows.steps.revise import Due, ReviseWindows, Written
from dataflows.steps.show import Show
from dataflows.steps.store import Stored, StoreMessages
from stores.history import History
from stores.kafka.batch import Record
from stores.kafka.dead_letters import DeadLetters
from stores.open import open_history, open_live
from stores.outage import StoreThread


class Keeper:
    """The stores of one process."""

    def __init__(self, settings: Settings) -> None:
        """Returns at once."""
        self._settings = settings
        self._length = timedelta(seconds=settings.windows.length_seconds)
        self._thread = StoreThread("history", between_jobs=self._write_books)
        self.show = Show(
            lambda: open_live(settings),
            lambda: open_history(settings),
            self._length,
            StoreThread("live", between_jobs=self._look).submit,
        )
        self._thread.submit(self._prepare)

    def count(self, station: Station) -> Callable[[list[Record], int], Future[None]]:
        """A way to enter a station's records into the books, a partition's in order."""
        return lambda records, _: self._thread.submit(lambda: self._books(station, records))

    def store(self, records: list[Record], since: int) -> Future[Stored]:
        """Store a partition's records, and enter them into the books, after those before.

        :param since: the first offset that may not be stored yet; those before are only counted.
        """

        def store() -> Stored:
            self._books("processed", records)
            new = [record for record in records if record.offset >= since]
            return self._store(new) if new else Stored(records[0].partition)

        return self._thread.submit(store)

    def revise(self, dues: list[Due]) -> Future[Written]:
        """Write windows, after what was stored before."""
        return self._thread.submit(lambda: self._revise(dues))

    def _write_books(self) -> None:
        self._books.write()

    def _prepare(self) -> None:
        self._history.prepare()

    def _look(self) -> None:
        self.show.look()

    @cached_property
    def _history(self) -> History:
        return open_history(self._settings)

    @cached_property
    def _books(self) -> Books:
        return Books(self._history, self._settings.kafka.raw)

    @cached_property
    def _store(self) -> StoreMessages:
        return StoreMessages(self._history, DeadLetters(self._settings.kafka).put)

    @cached_property
    def _revise(self) -> ReviseWindows:
        threshold = self._settings.inference.churn_threshold
        return ReviseWindows(self._history, self.show.aggregates, self._length, threshold)
