"""Connectors to ``sentiment.raw``: ``python -m dataflows run ingest``.

Which ones GROUNDSWELL_CONNECTORS_SOURCES says. Where they go on is Kafka's to know: a recovery
store is not needed.
"""

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from dataflows.polling import CommitSink, PlatformSource, Polled
from dataflows.start import starting


def flow() -> Dataflow:
    """The connectors that the environment's settings name."""
    with starting() as settings:
        flow = Dataflow("ingest")
        polled = Polled(settings)
        turns = op.input("platforms", flow, PlatformSource(polled))
        op.output("raw", turns, CommitSink(polled))
        return flow
