"""A batch is written, then its offsets: after a crash between the two it is written once more.

What exactly once is compared with, and for brokers without transactions.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaException, Producer

from contracts.settings import Kafka
from stores.kafka.batch import Outgoing
from stores.kafka.clients import producer_config
from stores.kafka.deliveries import Deliveries
from stores.kafka.publisher import Published, ended, is_fault_of_record
from stores.kafka.watchdog import Watchdog

MEMBERSHIP_LOST = {"ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "REBALANCE_IN_PROGRESS"}
GRACE_S = 1.0

logger = logging.getLogger(__name__)


class AtLeastOncePublisher:
    """An idempotent producer, and the group's own commit."""

    def __init__(self, kafka: Kafka, commit: Callable[[dict[int, int]], None]) -> None:
        """:param commit: commits raw partition -> next offset. :raises KafkaException: not done."""
        self._commit = commit
        self._timeout_s = kafka.request_timeout_ms / 1000
        self._producer = Producer({**producer_config(kafka), "linger.ms": 1})
        self._watchdog = Watchdog()

    def publish(
        self, outgoing: Sequence[Outgoing], offsets: dict[int, int], group_metadata: Any
    ) -> Published:
        """See :meth:`Publisher.publish`. The group's present membership commits the offsets."""
        del group_metadata
        deliveries = Deliveries(self._producer, self._timeout_s)
        with self._watchdog.watching("publishing", 2 * self._timeout_s + GRACE_S):
            try:
                deliveries.send(outgoing)
                deliveries.flush()
                self._commit(offsets)
            except KafkaException as error:
                return self._failed(error, deliveries)
        return Published.COMMITTED

    def _failed(self, error: KafkaException, deliveries: Deliveries) -> Published:
        why = error.args[0]
        if any(map(is_fault_of_record, [why, *deliveries.refused])):
            return Published.REFUSED
        if why.name() not in MEMBERSHIP_LOST:
            raise ended("publishing", why)
        logger.warning("offsets not committed, what was published is repeated: %s", why.str())
        return Published.ABORTED
