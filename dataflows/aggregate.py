"""The aggregate half: ``sentiment.processed`` to the history and the live state.

``python -m bytewax.run dataflows.aggregate:flow -r RECOVERY_FOLDER -s 1 -b 0``. Step names are
permanent: recovery finds their state by them.
"""

from datetime import timedelta

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from contracts.settings import Settings
from dataflows.engine import AnnounceSink, ProcessedSource
from dataflows.start import starting
from dataflows.steps.announce import Announce
from dataflows.steps.clock import MessageClock
from dataflows.steps.fold import FoldWindows
from dataflows.steps.store import StoreMessages
from dataflows.steps.windows import WindowStep
from stores.open import open_history
from stores.redis import LiveStore


def add_aggregate(flow: Dataflow, settings: Settings) -> None:
    """Add the half's steps to a flow."""
    history = open_history(settings)
    live = LiveStore(settings.redis)
    live.ping()
    windows = settings.windows
    threshold = settings.inference.churn_threshold
    clock = MessageClock(windows.idle_seconds)
    announce = Announce(threshold, settings.gateway.messages_per_second)
    fold = FoldWindows(
        length=timedelta(seconds=windows.length_seconds),
        lateness=timedelta(seconds=windows.lateness_seconds),
        high_churn_threshold=threshold,
        clock=clock,
    )

    processed = op.input("processed", flow, ProcessedSource(settings.kafka))
    stored = op.map("store", processed, StoreMessages(history))
    announcements = op.flat_map("announce", stored, announce)
    op.output("listeners", announcements, AnnounceSink(live))
    parts = op.flat_map("fold", stored, fold)
    op.stateful_batch("windows", parts, WindowStep(windows, threshold, history, live, clock))


def flow() -> Dataflow:
    """The half as a flow of its own, by the environment's settings."""
    with starting() as settings:
        flow = Dataflow("aggregate")
        add_aggregate(flow, settings)
        return flow
