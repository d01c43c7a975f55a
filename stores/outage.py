"""Stores that are away: work waits for them, and a gauge and one log line a minute say so."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from prometheus_client import Gauge
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from contracts.backoff import PAUSES
from contracts.errors import ServerError

T = TypeVar("T")

SAY_AGAIN_S = 60.0
IDLE_S = 1.0

logger = logging.getLogger(__name__)

OUTAGE_SECONDS = Gauge(
    "sentiment_store_outage_seconds", "How long a store has been away; 0 while it serves", ["store"]
)


class Outage:
    """How long one store has been away, and when that was last said."""

    def __init__(self, store: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """:param store: its name in the log and as the gauge's label."""
        self._store = store
        self._monotonic = monotonic
        self._since: float | None = None
        self._said = 0.0
        OUTAGE_SECONDS.labels(store).set_function(self.seconds)

    def seconds(self) -> float:
        """Seconds since it was first found away; 0 while it serves."""
        return 0.0 if self._since is None else self._monotonic() - self._since

    def failed(self, error: BaseException | None) -> None:
        """It did not answer, or refused."""
        now = self._monotonic()
        if self._since is None:
            self._since = now
        elif now - self._said < SAY_AGAIN_S:
            return
        self._said = now
        logger.warning(
            "%s is away since %.0f s, work waits for it: %s", self._store, self.seconds(), error
        )

    def served(self) -> None:
        """It did what was asked."""
        if self._since is not None:
            logger.warning("%s is back after %.1f s", self._store, self.seconds())
            self._since = None


class StoreThread:
    """Does what is asked of a store in a thread of its own, in order, each job until it is done.

    A job that raises :class:`ServerError` is tried again, with growing pauses of random length, so
    jobs must bear repetition. Any other error is its caller's.
    """

    def __init__(self, store: str, between_jobs: Callable[[], object] | None = None) -> None:
        """:param store: its name in the log and in metrics.

        :param between_jobs: a job for when nothing was asked for a second.
        """
        self._between_jobs = between_jobs
        self._outage = Outage(store)
        self._jobs: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._retrying = Retrying(
            wait=PAUSES,
            retry=retry_if_exception_type(ServerError),
            before_sleep=self._note,
        )
        threading.Thread(target=self._work, name=store, daemon=True).start()

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Do a job after those submitted before."""
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future

    def _work(self) -> None:
        while True:
            job, future = self._next()
            try:
                result = self._retrying(job)
                self._outage.served()
                future.set_result(result)
            except BaseException as error:
                # It is raised where the result is asked for; not everybody asks.
                logger.exception("%s: a job failed", threading.current_thread().name)
                future.set_exception(error)

    def _next(self) -> tuple[Callable[[], Any], Future[Any]]:
        if self._between_jobs is None:
            return self._jobs.get()
        try:
            return self._jobs.get(timeout=IDLE_S)
        except Empty:
            return self._between_jobs, Future()

    def _note(self, state: RetryCallState) -> None:
        self._outage.failed(state.outcome.exception() if state.outcome else None)
