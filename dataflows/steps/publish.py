"""Say what a batch's transaction writes: processed messages, tombstones and dead letters."""

from dataclasses import dataclass
from datetime import timedelta

from contracts import wire
from contracts.aggregates import window_start
from contracts.messages import Deletion, Invalid, Message
from contracts.settings import Settings
from dataflows.steps.reposts import Reposts
from dataflows.steps.work import Outcome, Work
from stores.kafka.batch import Batch, Outgoing, Record
from stores.kafka.dead_letters import dead_letter
from stores.kafka.provenance import LATE, REPOST_OF, provenance, to_headers

MARKS = frozenset({LATE, REPOST_OF})
"""Headers that are ours to set: one that came with a raw record says nothing."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A batch, and what is to be written for it, one record each in order."""

    batch: Batch
    outgoing: list[Outgoing]


class Publish:
    """Work -> Publication."""

    def __init__(self, settings: Settings) -> None:
        """:param settings: name the topics, and say when a window is final."""
        self._processed = settings.kafka.processed
        self._invalid = settings.kafka.invalid
        self._window = timedelta(seconds=settings.windows.length_seconds)
        self._lateness = timedelta(seconds=settings.windows.lateness_seconds)
        self._reposts = Reposts(settings.inference.remembered_texts)

    def __call__(self, work: Work) -> Publication:
        """One outgoing record for each outcome."""
        pairs = zip(work.batch.records, work.outcomes, strict=True)
        return Publication(work.batch, [self._outgoing(record, o) for record, o in pairs])

    def _outgoing(self, record: Record, outcome: Outcome) -> Outgoing:
        if isinstance(outcome, Invalid):
            return dead_letter(self._invalid, record, outcome)
        value = None if isinstance(outcome, Deletion) else wire.encode(outcome)
        marks = {} if isinstance(outcome, Deletion) else self._marks(record, outcome)
        return Outgoing(
            topic=self._processed,
            partition=record.partition,
            key=outcome.message_id.encode(),
            value=value,
            headers=[
                *(header for header in record.headers if header[0] not in MARKS),
                *provenance(record),
                *to_headers(**marks),
            ],
        )

    def _marks(self, record: Record, message: Message) -> dict[str, str]:
        """What the books count a message as, beside processed."""
        final_at = window_start(message.created_at, self._window) + self._window + self._lateness
        marks = {}
        if record.timestamp_ms > final_at.timestamp() * 1000:
            marks[LATE] = "true"
        if first := self._reposts.first_of(message):
            marks[REPOST_OF] = first
        return marks
