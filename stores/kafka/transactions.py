"""One batch, one transaction: its results and its offsets become visible together, or not at all.

The protocol is Kafka's (KIP-98, KIP-447). A timed-out or unknown outcome and every fatal error
end the process: the same transaction is never tried again by somebody who does not know its fate.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from contracts.settings import Kafka
from stores.kafka.batch import Outgoing
from stores.kafka.clients import producer_config
from stores.kafka.committed import OURS
from stores.kafka.deliveries import POLL_S, Deliveries
from stores.kafka.publisher import Published, ended, is_fault_of_record, not_started
from stores.kafka.watchdog import Watchdog

GRACE_S = 1.0

logger = logging.getLogger(__name__)


class TransactionalPublisher:
    """A producer whose ``transactional.id`` is the replica's stable name.

    Starting one aborts what a predecessor of the same name left open and fences it. After every
    aborted transaction the producer is replaced by a new one, for the same reason: this client's
    protocol keeps one epoch for all transactions of a producer (KIP-890 says what that risks), so
    a request that went astray in one could otherwise take effect in the next.
    """

    def __init__(self, kafka: Kafka, member: str) -> None:
        """:raises ServerError: the transaction coordinator does not answer."""
        self._timeout_s = kafka.request_timeout_ms / 1000
        self._raw_topic = kafka.raw
        self._config = {
            **producer_config(kafka),
            "linger.ms": 1,
            "transactional.id": member,
            "transaction.timeout.ms": kafka.transaction_timeout_ms,
        }
        # The broker aborts what is older: nobody needs to wait for that any more.
        self._transaction_s = kafka.transaction_timeout_ms / 1000 + GRACE_S
        self._watchdog = Watchdog()
        self._start()

    def publish(
        self, outgoing: Sequence[Outgoing], offsets: dict[int, int], group_metadata: Any
    ) -> Published:
        """See :meth:`Publisher.publish`. Records and offsets are in one transaction."""
        self._deliveries = Deliveries(self._producer, self._timeout_s)
        with self._watchdog.watching("a transaction", self._transaction_s):
            try:
                self._producer.begin_transaction()
                self._deliveries.send(outgoing)
                self._send_offsets(offsets, group_metadata)
                self._commit()
            except KafkaException as error:
                return self._abort(error.args[0])
        if self._deliveries.refused:
            raise ended("a committed transaction's delivery", self._deliveries.refused[0])
        return Published.COMMITTED

    def _start(self) -> None:
        """Have a producer that may begin; waits while the broker settles what was open before."""
        producer = Producer(self._config)
        deadline = time.monotonic() + self._timeout_s
        with self._watchdog.watching("starting transactions", self._timeout_s + GRACE_S):
            while True:
                left_s = deadline - time.monotonic()
                try:
                    producer.init_transactions(max(left_s, POLL_S))
                except KafkaException as error:
                    if not error.args[0].retriable() or left_s <= 0:
                        raise not_started(error.args[0]) from None
                    producer.poll(POLL_S)
                else:
                    self._producer = producer
                    self._deliveries = Deliveries(producer, self._timeout_s)
                    return

    def _send_offsets(self, offsets: dict[int, int], group_metadata: Any) -> None:
        if not offsets:
            return
        places = [TopicPartition(self._raw_topic, p, offset, OURS) for p, offset in offsets.items()]
        self._producer.send_offsets_to_transaction(places, group_metadata, self._timeout_s)

    def _commit(self) -> None:
        self._producer.commit_transaction(self._timeout_s)

    def _abort(self, error: KafkaError) -> Published:
        is_refused = any(map(is_fault_of_record, [error, *self._deliveries.refused]))
        if not (error.txn_requires_abort() or is_refused):
            raise ended("publishing", error)
        logger.warning("transaction aborted: %s", error.str())
        try:
            self._producer.abort_transaction(self._timeout_s)
        except KafkaException as second:
            raise ended("aborting a transaction", second.args[0]) from None
        is_refused |= any(map(is_fault_of_record, self._deliveries.refused))
        self._start()
        return Published.REFUSED if is_refused else Published.ABORTED
