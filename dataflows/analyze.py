"""The analyze half: ``sentiment.raw`` to ``sentiment.processed`` and ``sentiment.invalid``.

``python -m dataflows run analyze``. Needs no recovery store: one batch is one
transaction, and the consumer group's committed offsets say what was published.
"""

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from contracts.settings import Settings
from dataflows.engine import Memberships, PublishSink, RawSource
from dataflows.start import starting
from dataflows.steps.enrich import Enrich, load_taxonomy
from dataflows.steps.infer import Infer
from dataflows.steps.publish import Publish
from dataflows.steps.validate import Validate
from inference.analyzer import load_analyzer


def add_analyze(flow: Dataflow, settings: Settings) -> None:
    """Add the half's steps to a flow; every step maps whole batches, in the same worker."""
    memberships = Memberships(settings.kafka)
    analyzer = load_analyzer(settings.inference)

    raw = op.input("raw", flow, RawSource(memberships))
    validated = op.map("validate", raw, Validate(settings.validation))
    analyzed = op.map("infer", validated, Infer(analyzer))
    enriched = op.map("enrich", analyzed, Enrich(load_taxonomy(settings.enrichment.taxonomy)))
    publications = op.map("publish", enriched, Publish(settings))
    op.output("commit", publications, PublishSink(memberships))


def flow() -> Dataflow:
    """The half as a flow of its own, by the environment's settings."""
    with starting() as settings:
        flow = Dataflow("analyze")
        add_analyze(flow, settings)
        return flow
