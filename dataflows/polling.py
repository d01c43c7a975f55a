"""Connectors as the engine's source and sink: a turn is made in one and committed in the other.

Both are in one worker, and a turn is committed before the next is made.
"""

import logging
from datetime import datetime

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from connectors.polling.poller import Turn
from connectors.polling.registry import connect_of
from connectors.polling.run import Committed
from contracts.errors import SettingsError
from contracts.settings import Settings
from dataflows import stop
from stores.kafka.watchdog import ending_on_errors, exiting_on_errors

logger = logging.getLogger(__name__)

NamedTurn = tuple[str, Turn]
"""A connector's name, and what it brought."""


class Polled:
    """The connectors of this process."""

    def __init__(self, settings: Settings) -> None:
        """:raises SettingsError: none is named, or one that there is not."""
        self.settings = settings
        self.names = list(settings.connectors.sources)
        if not self.names:
            raise SettingsError(
                "no connector is named", "set GROUNDSWELL_CONNECTORS_SOURCES=twitter,mastodon"
            )
        for name in self.names:
            connect_of(name)
        self.open: dict[str, Committed] = {}


class PlatformSource(FixedPartitionedSource[NamedTurn, None]):
    """One partition a connector. The engine keeps nothing: the states are in Kafka."""

    def __init__(self, polled: Polled) -> None:
        self._polled = polled

    def list_parts(self) -> list[str]:
        """The connectors' names."""
        return self._polled.names

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_PlatformPartition":
        """The connector, from where it was committed."""
        with exiting_on_errors():
            committed = Committed(for_part, self._polled.settings)
        self._polled.open[for_part] = committed
        return _PlatformPartition(for_part, committed)


class _PlatformPartition(StatefulSourcePartition[NamedTurn, None]):
    def __init__(self, name: str, committed: Committed) -> None:
        self._name = name
        self._committed = committed

    def next_batch(self) -> list[NamedTurn]:
        if stop.is_wanted():
            raise StopIteration
        try:
            turn = self._committed.poller.turn()
        except SettingsError:
            # The others of this process go on.
            logger.exception("%s ends", self._name)
            raise StopIteration from None
        return [(self._name, turn)] if turn else []

    def next_awake(self) -> datetime:
        return self._committed.poller.awake_at

    def snapshot(self) -> None:
        return None

    def close(self) -> None:
        self._committed.close()


class CommitSink(DynamicSink[NamedTurn]):
    """Commits each turn with its connector's states."""

    def __init__(self, polled: Polled) -> None:
        self._polled = polled

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_CommitPartition":
        """The same for every worker."""
        return _CommitPartition(self._polled)


class _CommitPartition(StatelessSinkPartition[NamedTurn]):
    def __init__(self, polled: Polled) -> None:
        self._polled = polled

    def write_batch(self, items: list[NamedTurn]) -> None:
        with ending_on_errors():
            for name, turn in items:
                self._polled.open[name].commit(turn)
