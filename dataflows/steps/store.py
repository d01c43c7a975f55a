"""Keep a batch's messages in the history, and learn from it which of them are new."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts import wire
from contracts.errors import WireError
from contracts.messages import Invalid, InvalidReason, ProcessedMessage
from dataflows.metrics import INVALID_MESSAGES, STORED_MESSAGES
from stores.history import Arrival, History
from stores.kafka.batch import Record
from stores.kafka.dead_letters import Told

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing a batch changed.

    ``new`` are messages whose id was not there before: they can be folded. Every time in
    ``touched`` is the ``created_at`` of a message that was there already (a repeated id, an edit, a
    replay) or is gone (a deletion): its window must be recounted. ``erased`` are the ids of
    deletions, known or not; what is ``new`` came after these.
    """

    partition: int
    new: list[ProcessedMessage] = field(default_factory=list)
    touched: set[datetime] = field(default_factory=set)
    erased: list[str] = field(default_factory=list)


class StoreMessages:
    """Records of one partition, in order -> Stored. :raises ServerError: the history is away.

    What the history refuses, or nobody can read, becomes a dead letter and holds up nothing. A
    deletion reaches the message's dead letters too, after it is gone from the history.
    Repeating a call is safe: what was stored before counts as touched.

    The first batch after a start or a failure also touches what was marked and not recounted: a
    repeated deletion finds nothing any more that would say where the message was.
    """

    def __init__(self, history: History, tell: Callable[[Sequence[Told]], None]) -> None:
        """:param history: where messages are kept.

        :param tell: what the invalid topic is told, in order; see :class:`DeadLetters`.
        """
        self._history = history
        self._tell = tell
        self._ended_well = False

    def __call__(self, records: list[Record]) -> Stored:
        """Store messages and deletions in the order in which they came."""
        stored = Stored(records[0].partition)
        if not self._ended_well:
            stored.touched.update(mark.created_at for mark in self._history.pending_marks())
        self._ended_well = False
        told: list[Told] = []
        messages: list[tuple[Record, ProcessedMessage]] = []
        for record in records:
            if record.value is None:
                told += self._put(messages, stored)
                messages = []
                self._delete(record, stored)
                told.append((record, None))
                continue
            try:
                messages.append((record, wire.decode_processed(record.value)))
            except WireError as error:
                told.append((record, _storing_refused(str(error))))
        told += self._put(messages, stored)
        self._tell(told)
        for record, why in told:
            if why is None:
                continue
            INVALID_MESSAGES.labels(why.reason).inc()
            place = f"{record.topic}[{record.partition}] offset {record.offset}"
            logger.error("%s is not stored: %s", place, why.detail)
        self._ended_well = True
        return stored

    def _put(self, messages: list[tuple[Record, ProcessedMessage]], stored: Stored) -> list[Told]:
        """Keep messages; those that are refused."""
        if not messages:
            return []
        refused: list[Told] = []
        puts = self._history.put_messages([Arrival(m, record.offset) for record, m in messages])
        for (record, message), put in zip(messages, puts, strict=True):
            if put.before is not None:
                stored.touched.add(put.before)
            if put.refused is not None:
                refused.append((record, _storing_refused(put.refused)))
            elif put.before is not None:
                stored.touched.add(message.created_at)
                STORED_MESSAGES.labels("repeated").inc()
            else:
                stored.new.append(message)
                STORED_MESSAGES.labels("new").inc()
        return refused

    def _delete(self, record: Record, stored: Stored) -> None:
        message_id = (record.key or b"").decode(errors="replace")
        stored.touched.update(self._history.delete_messages([message_id]))
        stored.new[:] = [each for each in stored.new if each.message_id != message_id]
        stored.erased.append(message_id)


def _storing_refused(why: str) -> Invalid:
    return Invalid(reason=InvalidReason.STORING_REFUSED, detail=why)
