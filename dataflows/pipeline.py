"""Both halves in one flow: the whole job in one process or one cluster.

``python -m dataflows run pipeline --recovery FOLDER``.
"""

from bytewax.dataflow import Dataflow

from dataflows.aggregate import add_aggregate
from dataflows.analyze import add_analyze
from dataflows.start import starting


def flow() -> Dataflow:
    """From raw: analyze -> processed -> aggregate -> stores, by the environment's settings."""
    with starting() as settings:
        flow = Dataflow("pipeline")
        add_analyze(flow, settings)
        add_aggregate(flow, settings)
        return flow
