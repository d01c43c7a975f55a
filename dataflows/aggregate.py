"""The aggregate half: ``sentiment.processed`` to the history and the live state.

``python -m bytewax.run dataflows.aggregate:flow -r RECOVERY_FOLDER -s 1 -b 0``. Step names are
permanent: recovery finds their state by them.
"""

from datetime import timedelta

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from contracts.settings import Settings
from dataflows.engine import ShowSink, StoredSource
from dataflows.start import starting
from dataflows.steps.announce import Announce
from dataflows.steps.clock import MessageClock
from dataflows.steps.fold import FoldWindows
from dataflows.steps.revise import Revise
from dataflows.steps.show import Show
from dataflows.steps.store import StoreMessages
from dataflows.steps.windows import WindowStep
from stores.kafka.dead_letters import DeadLetters
from stores.open import open_history
from stores.outage import StoreThread
from stores.redis import LiveStore


def add_aggregate(flow: Dataflow, settings: Settings) -> None:
    """Add the half's steps to a flow."""
    history = open_history(settings)
    storing, showing = StoreThread("history"), StoreThread("live")
    windows = settings.windows
    length = timedelta(seconds=windows.length_seconds)
    threshold = settings.inference.churn_threshold
    clock = MessageClock(windows.idle_seconds)
    show = Show(LiveStore(settings.redis), history, length, showing.submit)
    store = StoreMessages(history, DeadLetters(settings.kafka))
    announce = Announce(threshold, settings.gateway.messages_per_second)
    fold = FoldWindows(
        length=length,
        lateness=timedelta(seconds=windows.lateness_seconds),
        high_churn_threshold=threshold,
        clock=clock,
    )
    revise = Revise(history, show.aggregates, length, threshold)

    stored = op.input("processed", flow, StoredSource(settings.kafka, store, storing))
    announcements = op.flat_map("announce", stored, announce)
    op.output("listeners", announcements, ShowSink(show))
    parts = op.flat_map("fold", stored, fold)
    op.stateful_batch("windows", parts, WindowStep(windows, clock, revise, storing.submit))


def flow() -> Dataflow:
    """The half as a flow of its own, by the environment's settings."""
    with starting() as settings:
        flow = Dataflow("aggregate")
        add_aggregate(flow, settings)
        return flow
