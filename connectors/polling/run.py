"""Keeps a connector at work until it is asked to end.

While Kafka is away nothing is asked of the platform, and nothing is lost: what was not committed is
asked for again, from the states that were.
"""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from connectors.polling.connector import Clock, Connect, Connector, Heard
from connectors.polling.poller import Poller, Turn
from connectors.polling.recheck import RecheckTask
from connectors.polling.registry import connect_of
from connectors.source import key_of, payload_of
from connectors.stop import Stop
from connectors.terms import TERMS
from contracts.backoff import Pauses
from contracts.errors import ServerError
from contracts.settings import Settings
from stores.kafka import ensure_topics
from stores.kafka.batch import BY_KEY, Outgoing
from stores.kafka.deletions import tombstone
from stores.kafka.journal import Journal
from stores.open import open_history

FIRST_PAUSE_S = 0.5
MOST_PAUSE_S = 30.0

logger = logging.getLogger(__name__)


def now() -> datetime:
    """The time, aware and UTC."""
    return datetime.now(UTC)


def connect_with_recheck(name: str, settings: Settings, heard: Heard, clock: Clock) -> Connector:
    """A platform's connector, which also asks again about what is stored, as its terms want it."""
    connector = connect_of(name)(settings, heard, clock)
    terms = TERMS.get(name)
    if connector.checker is None or terms is None or terms.recheck_within is None:
        return connector
    recheck = RecheckTask(
        name, connector.checker, lambda: open_history(settings), terms.recheck_within
    )
    return replace(connector, tasks=[*connector.tasks, recheck])


class Committed:
    """A connector whose every turn is committed to Kafka."""

    def __init__(self, name: str, settings: Settings, clock: Clock = now) -> None:
        """From the states that are there.

        :raises ServerError: Kafka is away.
        :raises SettingsError: the connector's settings do not suffice.
        """
        self._raw = settings.kafka.raw
        self._journal = Journal(settings.kafka, name)
        connect: Connect = partial(connect_with_recheck, name)
        self.poller = Poller(connect, settings, self._journal.states, clock)

    def turn(self) -> None:
        """One turn of the poller. :raises ServerError: it is not known to be committed."""
        if turn := self.poller.turn():
            self.commit(turn)

    def close(self) -> None:
        """Let go of the platform."""
        self.poller.close()

    def commit(self, turn: Turn) -> None:
        """Write what a turn brought. :raises ServerError: it is not known to be written."""
        posts = [
            Outgoing(self._raw, BY_KEY, key_of(post).encode(), payload_of(post), [])
            for post in turn.posts
        ]
        deletions = [tombstone(self._raw, deletion) for deletion in turn.deletions]
        self._journal.commit([*posts, *deletions], turn.states)


def keep_polling(name: str, settings: Settings, stop: Stop, *, once: bool = False) -> None:
    """Poll and commit until asked to end.

    :param once: end when every task has brought all that there was.
    :raises SettingsError: the connector's settings do not suffice, or it is not let in.
    """
    pauses = Pauses(FIRST_PAUSE_S, MOST_PAUSE_S)
    while not stop.requested:
        try:
            ensure_topics(settings.kafka)
            with closing(Committed(name, settings)) as committed:
                logger.info("%s: %d tasks", name, len(committed.poller.connector.tasks))
                _poll(committed.poller, committed.turn, stop, pauses, once=once)
        except ServerError as error:
            pause_s = pauses.next_s()
            logger.warning("%s: %s; polling rests for %.1f s", name, error, pause_s)
            stop.wait(pause_s)
        else:
            return


def print_turns(
    name: str, settings: Settings, stop: Stop, tell: Callable[[Turn], None], *, once: bool
) -> None:
    """Poll from the start, and tell what would be committed."""
    with closing(Poller(connect_of(name), settings, {}, now)) as poller:

        def turn() -> None:
            if brought := poller.turn():
                tell(brought)

        _poll(poller, turn, stop, Pauses(FIRST_PAUSE_S, MOST_PAUSE_S), once=once)


def _poll(
    poller: Poller, turn: Callable[[], None], stop: Stop, pauses: Pauses, *, once: bool
) -> None:
    while not stop.requested:
        turn()
        pauses.reset()
        if once and poller.is_idle:
            return
        stop.wait((poller.awake_at - now()).total_seconds())
