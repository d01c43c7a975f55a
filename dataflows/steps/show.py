"""Show in the live store what happens, and never wait for it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from contracts.aggregates import LIVE_SPAN, Aggregate, DimensionKey
from contracts.alerts import ChurnAlert
from contracts.errors import ServerError
from contracts.messages import Erased, ProcessedMessage
from stores.history import History

if TYPE_CHECKING:
    from stores.redis import LiveStore

Announcement = ProcessedMessage | ChurnAlert | Erased

WAITING_AGGREGATES_MAX = 20_000
WAITING_ANNOUNCEMENTS_MAX = 1000
WAITING_ERASED_MAX = 20_000
WINDOWS_A_TIME = 60


class Show:
    """Keeps what is to be shown until the live store has it.

    What it cannot keep, or what was lost with a process or with the live store, is made up from the
    history: all windows of its newest day are shown again, which changes nothing where they are.
    A live store that was started again or failed over may have lost what it acknowledged, and no
    error says so: each round looks first whether it is still the same. What is lost after a look is
    found by the next one, which :meth:`look` asks for where nothing new is to be shown.
    Announcements are for those who listen now: the oldest are dropped when too many wait. What of
    them is of an erased message is removed, or never shown; where that is lost, the history says
    which of the announced messages are still there.
    """

    def __init__(
        self,
        open_live: Callable[[], "LiveStore"],
        open_history: Callable[[], History],
        length: timedelta,
        submit: Callable[[Callable[[], None]], object],
    ) -> None:
        """:param submit: does a job elsewhere, again until it raises no ServerError."""
        self._live = cache(open_live)
        self._history = cache(open_history)
        self._length = length
        self._submit = submit
        self._lock = threading.Lock()
        self._aggregates: dict[tuple[DimensionKey, datetime], Aggregate] = {}
        self._announcements: list[ProcessedMessage | ChurnAlert] = []
        self._erased: set[str] = set()
        self._must_restore = True
        self._must_look = False
        self._incarnation: str | None = None
        self._missed: Iterator[list[Aggregate]] | None = None
        self._is_showing = False
        self._begin()

    def aggregates(self, aggregates: list[Aggregate]) -> None:
        """Show aggregates, each unless a newer revision is shown."""
        with self._lock:
            for aggregate in aggregates:
                key = aggregate.dimension, aggregate.key
                self._aggregates[key, aggregate.window_start] = aggregate
            if len(self._aggregates) > WAITING_AGGREGATES_MAX:
                self._aggregates.clear()
                self._must_restore = True
            self._begin()

    def announcements(self, announcements: Sequence[Announcement]) -> None:
        """Tell listeners. What was to be told of a message that is erased after it, is not."""
        with self._lock:
            erased: set[str] = set()
            newest_first: list[ProcessedMessage | ChurnAlert] = []
            for each in reversed([*self._announcements, *announcements]):
                if isinstance(each, Erased):
                    erased.add(each.message_id)
                elif each.message_id not in erased:
                    newest_first.append(each)
            self._announcements = newest_first[:WAITING_ANNOUNCEMENTS_MAX][::-1]
            self._erased |= erased
            if len(self._erased) > WAITING_ERASED_MAX:
                self._erased.clear()
                self._must_restore = True
            self._begin()

    def look(self) -> None:
        """See whether the live store may have lost something, though nothing new is to be shown."""
        with self._lock:
            self._must_look = True
            self._begin()

    def _begin(self) -> None:
        if not self._is_showing:
            self._is_showing = True
            self._submit(self._show_all)

    def _show_all(self) -> None:
        """Show until nothing waits: by turns what happens now, and some of what was missed.

        :raises ServerError: the live store or the history is away.
        """
        try:
            while self._is_waiting():
                self._look()
                self._show_waiting()
                self._restore_some()
        except ServerError:
            self._must_restore = True
            raise
        except BaseException:
            # This job is not tried again: what comes next begins another.
            with self._lock:
                self._must_restore, self._is_showing = True, False
            raise

    def _is_waiting(self) -> bool:
        with self._lock:
            missed = self._must_restore or self._missed is not None
            waiting = self._aggregates or self._announcements or self._erased
            self._is_showing = bool(missed or waiting or self._must_look)
            return self._is_showing

    def _look(self) -> None:
        self._must_look = False
        incarnation = self._live().incarnation()
        if incarnation != self._incarnation:
            self._must_restore, self._incarnation = True, incarnation

    def _show_waiting(self) -> None:
        with self._lock:
            aggregates, self._aggregates = list(self._aggregates.values()), {}
            announcements, self._announcements = self._announcements, []
            erased, self._erased = self._erased, set()
        live = self._live()
        try:
            live.erase(erased)
        except ServerError:
            with self._lock:
                self._erased |= erased
            raise
        live.put_aggregates(aggregates)
        for announcement in announcements:
            if isinstance(announcement, ChurnAlert):
                live.announce_alert(announcement)
            else:
                live.announce_message(announcement)

    def _restore_some(self) -> None:
        if self._must_restore:
            self._must_restore, self._missed = False, self._newest_day()
            announced = self._live().announced()
            self._live().erase(announced - self._history().stored(announced))
        if self._missed is None:
            return
        if some := next(self._missed, None):
            self._live().put_aggregates(some)
        else:
            self._missed = None

    def _newest_day(self) -> Iterator[list[Aggregate]]:
        """The stored windows of the day of message time that ends with the newest, newest first."""
        history = self._history()
        newest = history.search_aggregates("overall", None, None, None, 1)
        count = LIVE_SPAN // self._length if newest else 0
        starts = (newest[0].window_start - n * self._length for n in range(count))
        while some := list(islice(starts, WINDOWS_A_TIME)):
            if aggregates := history.aggregates_of(some):
                yield aggregates
