"""Keep messages and windows in the stores, each store in a thread of its own.

Stores are opened there: a flow starts, and its other half works, while one of them is away.
"""

import threading
import time
from concurrent.futures import Future
from datetime import timedelta
from functools import cached_property

from contracts.settings import Settings
from dataflows.steps.revise import Due, ReviseWindows, Written
from dataflows.steps.show import Show
from dataflows.steps.store import Stored, StoreMessages
from stores.history import History
from stores.kafka.batch import Record
from stores.kafka.dead_letters import DeadLetters
from stores.open import open_history, open_live
from stores.outage import StoreThread

LOOK_SECONDS = 1.0


class Keeper:
    """The stores of one process."""

    def __init__(self, settings: Settings) -> None:
        """Returns at once."""
        self._settings = settings
        self._length = timedelta(seconds=settings.windows.length_seconds)
        self._thread = StoreThread("history")
        self.show = Show(
            lambda: open_live(settings),
            lambda: open_history(settings),
            self._length,
            StoreThread("live").submit,
        )
        self._thread.submit(self._prepare)
        threading.Thread(target=self._keep_looking, name="look", daemon=True).start()

    def store(self, records: list[Record]) -> Future[Stored]:
        """Store a partition's records, after those before."""
        return self._thread.submit(lambda: self._store(records))

    def revise(self, dues: list[Due]) -> Future[Written]:
        """Write windows, after what was stored before."""
        return self._thread.submit(lambda: self._revise(dues))

    def _prepare(self) -> None:
        self._history.prepare()

    def _keep_looking(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            self.show.look()

    @cached_property
    def _history(self) -> History:
        return open_history(self._settings)

    @cached_property
    def _store(self) -> StoreMessages:
        return StoreMessages(self._history, DeadLetters(self._settings.kafka))

    @cached_property
    def _revise(self) -> ReviseWindows:
        threshold = self._settings.inference.churn_threshold
        return ReviseWindows(self._history, self.show.aggregates, self._length, threshold)
