"""Asks a platform about the posts that are stored, so that what is gone there goes here too.

A round goes through all stored posts of the connector within half of what the platform's terms
allow. What it finds is committed as deletions and edits; the ledger says what became of those.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from connectors.polling.connector import Checked, Checker
from connectors.polling.task import Page
from contracts.messages import Utc
from stores.history import History, MessageFilter

NAME = "recheck"
LOOK_S = 30.0
"""Between two looks whether what was found gone is erased."""


class Ledger(msgspec.Struct, kw_only=True):
    """What was asked about since the connector first ran, and where the round is.

    :param cursor: where in the history it goes on; null between rounds.
    :param next_round_at: null: at once.
    :param found: posts that were gone; ``erased``: those of them that the history has no more.
    :param pending: found ones that it still has, and when they were found.
    :param slowest_s: longest from found to erased.
    """

    cursor: str | None = None
    round_begun_at: Utc | None = None
    next_round_at: Utc | None = None
    asked: int = 0
    edited: int = 0
    found: int = 0
    erased: int = 0
    pending: Mapping[str, Utc] = {}
    slowest_s: float = 0.0


class RecheckTask:
    """A task like any other: its requests are a part of the budget."""

    name = NAME
    state_type = Ledger

    def __init__(
        self,
        connector: str,
        checker: Checker,
        open_history: Callable[[], History],
        within: timedelta,
    ) -> None:
        """:param within: a round is begun after half of it."""
        self._connector = connector
        self._checker = checker
        self._open_history = open_history
        self._history: History | None = None
        self.interval_s = (within / 2).total_seconds()

    def start(self) -> Ledger:
        """Nothing was asked yet."""
        return Ledger()

    def ask(self, state: Ledger, now: datetime) -> Page[Ledger]:
        """About the next stored posts.

        :raises ServerError: the history is away. As :meth:`connectors.polling.task.Task.ask` else.
        """
        if self._history is None:
            self._history = self._open_history()
        state = self._erased(state, self._history, now)
        if state.next_round_at and now < state.next_round_at:
            return Page(state, next_s=self._pause_s(state, now))
        wanted = MessageFilter(platform=self._connector)
        page = self._history.search_messages(wanted, self._checker.most, state.cursor)
        stored = [message for message in page.messages if message.source == self._connector]
        checked = self._checker.check(stored, now) if stored else Checked()
        begun = state.round_begun_at or now
        gone = {deletion.message_id: now for deletion in checked.deletions}
        state = msgspec.structs.replace(
            state,
            cursor=page.cursor,
            round_begun_at=begun if page.cursor else None,
            next_round_at=None if page.cursor else begun + timedelta(seconds=self.interval_s),
            asked=state.asked + len(stored),
            edited=state.edited + len(checked.posts),
            found=state.found + len(gone.keys() - state.pending.keys()),
            pending={**gone, **state.pending},
        )
        return Page(
            state,
            posts=checked.posts,
            deletions=checked.deletions,
            reads=checked.reads,
            is_last=page.cursor is None,
            next_s=self._pause_s(state, now),
        )

    def _erased(self, state: Ledger, history: History, now: datetime) -> Ledger:
        if not state.pending:
            return state
        left = history.stored(state.pending)
        took = [now - found for gone, found in state.pending.items() if gone not in left]
        return msgspec.structs.replace(
            state,
            pending={gone: found for gone, found in state.pending.items() if gone in left},
            erased=state.erased + len(took),
            slowest_s=max(state.slowest_s, *(each.total_seconds() for each in took), 0.0),
        )

    @staticmethod
    def _pause_s(state: Ledger, now: datetime) -> float:
        left_s = (state.next_round_at - now).total_seconds() if state.next_round_at else 0.0
        return min(LOOK_S, left_s) if state.pending else max(left_s, 0.0)
