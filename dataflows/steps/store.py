"""Keep a batch's messages in the history, and learn from it which of them are new."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from contracts import wire
from contracts.errors import WireError
from contracts.messages import ProcessedMessage
from dataflows.metrics import STORED_MESSAGES, UNREADABLE_MESSAGES
from stores.history import Arrival, History
from stores.kafka.batch import Record

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing a batch changed.

    ``new`` are messages whose id was not there before: they can be folded. Every time in
    ``touched`` is the ``created_at`` of a message that was there already (a repeated id, an edit, a
    replay) or is gone (a deletion): its window must be recounted.
    """

    partition: int
    new: list[ProcessedMessage] = field(default_factory=list)
    touched: set[datetime] = field(default_factory=set)


class StoreMessages:
    """Records of one partition, in order -> Stored. :raises ServerError: the history is away.

    The first batch after a start also touches what an earlier run marked and did not recount: a
    replayed deletion finds nothing any more that would say where the message was.
    """

    def __init__(self, history: History) -> None:
        """:param history: where messages are kept."""
        self._history = history
        self._has_started = False

    def __call__(self, records: list[Record]) -> Stored:
        """Store messages and deletions in the order in which they came."""
        stored = Stored(records[0].partition)
        if not self._has_started:
            stored.touched.update(mark.created_at for mark in self._history.pending_marks())
            self._has_started = True
        arrivals: list[Arrival] = []
        for record in records:
            if record.value is None:
                self._put(arrivals, stored)
                arrivals = []
                self._delete(record, stored)
            elif arrival := _read(record, record.value):
                arrivals.append(arrival)
        self._put(arrivals, stored)
        return stored

    def _put(self, arrivals: list[Arrival], stored: Stored) -> None:
        if not arrivals:
            return
        previous = self._history.put_messages(arrivals)
        for arrival, before in zip(arrivals, previous, strict=True):
            if before is None:
                stored.new.append(arrival.message)
            else:
                stored.touched.update((before, arrival.message.created_at))
        repeated = len(previous) - previous.count(None)
        STORED_MESSAGES.labels("new").inc(previous.count(None))
        STORED_MESSAGES.labels("repeated").inc(repeated)

    def _delete(self, record: Record, stored: Stored) -> None:
        message_id = (record.key or b"").decode(errors="replace")
        stored.touched.update(self._history.delete_messages([message_id]))


def _read(record: Record, value: bytes) -> Arrival | None:
    try:
        return Arrival(wire.decode_processed(value), record.offset)
    except WireError as error:
        UNREADABLE_MESSAGES.inc()
        logger.error(  # noqa: TRY400 -- the record is the fault, not this code
            "%s[%d] offset %d: %s; it is left out of the history",
            record.topic,
            record.partition,
            record.offset,
            error,
        )
        return None
