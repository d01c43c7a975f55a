"""Say what a batch's transaction writes: processed messages, tombstones and dead letters."""

from dataclasses import dataclass

from contracts import wire
from contracts.messages import Deletion, Invalid
from contracts.settings import Kafka
from dataflows.steps.work import Outcome, Work
from stores.kafka.batch import Batch, Outgoing, Record
from stores.kafka.dead_letters import dead_letter


@dataclass(frozen=True, slots=True)
class Publication:
    """A batch, and what is to be written for it, one record each in order."""

    batch: Batch
    outgoing: list[Outgoing]


class Publish:
    """Work -> Publication."""

    def __init__(self, kafka: Kafka) -> None:
        """:param kafka: names the topics."""
        self._processed = kafka.processed
        self._invalid = kafka.invalid

    def __call__(self, work: Work) -> Publication:
        """One outgoing record for each outcome."""
        pairs = zip(work.batch.records, work.outcomes, strict=True)
        return Publication(work.batch, [self._outgoing(record, o) for record, o in pairs])

    def _outgoing(self, record: Record, outcome: Outcome) -> Outgoing:
        if isinstance(outcome, Invalid):
            return dead_letter(self._invalid, record, outcome)
        value = None if isinstance(outcome, Deletion) else wire.encode(outcome)
        return Outgoing(
            topic=self._processed,
            partition=record.partition,
            key=outcome.message_id.encode(),
            value=value,
            headers=record.headers,
        )
