"""Commit a batch: what its partitions' owner may publish, each record or its dead letter."""

from contracts.errors import ServerError
from contracts.messages import Invalid, InvalidReason
from contracts.settings import Kafka
from dataflows.metrics import (
    ABORTED_TRANSACTIONS,
    INVALID_MESSAGES,
    PUBLISHED_MESSAGES,
    REVOKED_MESSAGES,
)
from dataflows.steps.publish import Publication
from stores.kafka.batch import Outgoing, Record, next_offsets
from stores.kafka.dead_letters import dead_letter, lost_letter
from stores.kafka.membership import Membership
from stores.kafka.publisher import Published

ABORTS_MAX = 10

Pairs = list[tuple[Record, Outgoing]]


class Commit:
    """Publication -> nothing; its records and offsets are committed, or reading has gone back.

    Drops what was revoked since the batch was read. A record that the broker refuses for itself is
    found by halving the batch, and dead-lettered.
    """

    def __init__(self, kafka: Kafka, membership: Membership) -> None:
        """:param kafka: names the topics."""
        self._raw = kafka.raw
        self._invalid = kafka.invalid
        self._publisher, self._group = membership.publisher, membership.group
        self._aborts_in_a_row = 0

    def __call__(self, publication: Publication) -> None:
        """Commit one batch.

        :raises ServerError: the outcome is unknown, or it fails again and again.
        """
        batch = publication.batch
        owned = self._group.owned(batch)
        pairs = [
            (record, outgoing)
            for record, outgoing in zip(batch.records, publication.outgoing, strict=True)
            if record.partition in owned
        ]
        REVOKED_MESSAGES.inc(len(batch.records) - len(pairs))
        letters = {
            lost.partition: lost_letter(self._invalid, self._raw, lost) for lost in batch.lost
        }
        if pairs and not self._is_committed(pairs, batch.group_metadata, letters):
            self._group.rewind()

    def _is_committed(
        self, pairs: Pairs, group_metadata: object, letters: dict[int, Outgoing]
    ) -> bool:
        """Commit pairs, each partition's with the letter of what was lost before, once."""
        offsets = next_offsets([record for record, _ in pairs])
        outgoing = [letters[partition] for partition in offsets if partition in letters]
        outgoing += [outgoing for _, outgoing in pairs]
        result = self._publisher.publish(outgoing, offsets, group_metadata)
        if result is Published.COMMITTED:
            self._aborts_in_a_row = 0
            for partition in offsets:
                letters.pop(partition, None)
            for each in outgoing:
                PUBLISHED_MESSAGES.labels(each.topic).inc()
            return True
        ABORTED_TRANSACTIONS.inc()
        if result is Published.ABORTED:
            self._count_abort()
            return False
        if len(pairs) == 1:
            return self._is_committed([self._instead(*pairs[0])], group_metadata, letters)
        middle = len(pairs) // 2
        return all(
            self._is_committed(half, group_metadata, letters)
            for half in (pairs[:middle], pairs[middle:])
        )

    def _count_abort(self) -> None:
        self._aborts_in_a_row += 1
        if self._aborts_in_a_row >= ABORTS_MAX:
            raise ServerError(
                f"{ABORTS_MAX} transactions in a row were aborted",
                "compare the topics' settings with the contracts: python -m dataflows topics",
            )

    def _instead(self, record: Record, refused: Outgoing) -> tuple[Record, Outgoing]:
        """The dead letter of a record that cannot be published."""
        if refused.topic == self._invalid:
            raise ServerError(
                f"the dead letter of {record.topic}[{record.partition}] offset {record.offset} is"
                f" refused too",
                f"raise max.message.bytes of {self._invalid} to what the contracts say:"
                " python -m dataflows topics compares",
            )
        reason = InvalidReason.PUBLISHING_REFUSED
        INVALID_MESSAGES.labels(reason).inc()
        detail = f"{refused.topic} takes no record of {len(refused.value or b'')} bytes"
        return record, dead_letter(self._invalid, record, Invalid(reason=reason, detail=detail))
