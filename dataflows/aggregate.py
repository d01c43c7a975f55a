"""The aggregate half: ``sentiment.processed`` to the history and the live state, and the books.

``python -m dataflows run aggregate --recovery FOLDER``. Step names are
permanent: recovery finds their state by them.
"""

from datetime import timedelta

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from contracts.settings import Settings
from dataflows.engine import Keep, KeptSource, ShowSink, T
from dataflows.start import starting
from dataflows.steps.announce import Announce
from dataflows.steps.clock import MessageClock
from dataflows.steps.fold import FoldWindows
from dataflows.steps.keep import Keeper
from dataflows.steps.windows import WindowStep


def add_aggregate(flow: Dataflow, settings: Settings) -> None:
    """Add the half's steps to a flow."""
    windows = settings.windows
    length = timedelta(seconds=windows.length_seconds)
    lateness = timedelta(seconds=windows.lateness_seconds)
    threshold = settings.inference.churn_threshold
    clock = MessageClock(windows.idle_seconds)
    keeper = Keeper(settings)
    announce = Announce(threshold, settings.gateway.messages_per_second)
    fold = FoldWindows(
        length=length,
        lateness=lateness,
        high_churn_threshold=threshold,
        clock=clock,
    )

    def source(topic: str, keep: Keep[T]) -> KeptSource[T]:
        return KeptSource(settings.kafka, topic, keep, reread=length + lateness)

    op.input("raw_books", flow, source(settings.kafka.raw, keeper.count("raw")))
    op.input("invalid_books", flow, source(settings.kafka.invalid, keeper.count("invalid")))
    stored = op.input("processed", flow, source(settings.kafka.processed, keeper.store))
    announcements = op.flat_map("announce", stored, announce)
    op.output("listeners", announcements, ShowSink(keeper.show))
    parts = op.flat_map("fold", stored, fold)
    op.stateful_batch("windows", parts, WindowStep(windows, clock, keeper.revise))


def flow() -> Dataflow:
    """The half as a flow of its own, by the environment's settings."""
    with starting() as settings:
        flow = Dataflow("aggregate")
        add_aggregate(flow, settings)
        return flow
