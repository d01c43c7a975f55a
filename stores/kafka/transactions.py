"""One batch, one transaction: its results and its offsets become visible together, or not at all.

The protocol is Kafka's (KIP-98, KIP-447). A timed-out or unknown outcome and every fatal error
end the process: the same transaction is never tried again by somebody who does not know its fate.
"""

import logging
import time
from collections.abc import Iterable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka.batch import Outgoing
from stores.kafka.clients import producer_config

logger = logging.getLogger(__name__)


class TransactionalPublisher:
    """A producer whose ``transactional.id`` is the replica's stable name.

    Starting one aborts what a predecessor of the same name left open and fences it.
    """

    def __init__(self, kafka: Kafka, member: str) -> None:
        """:raises ServerError: the transaction coordinator does not answer."""
        self._timeout_s = kafka.request_timeout_ms / 1000
        self._raw_topic = kafka.raw
        self._refused: list[str] = []
        self._producer = Producer(
            {
                **producer_config(kafka),
                "linger.ms": 1,
                "transactional.id": member,
                "transaction.timeout.ms": kafka.transaction_timeout_ms,
            }
        )
        try:
            self._producer.init_transactions(self._timeout_s)
        except KafkaException as error:
            raise _ended("starting transactions", error.args[0]) from None

    def publish(
        self, outgoing: Iterable[Outgoing], offsets: dict[int, int], group_metadata: Any
    ) -> bool:
        """Write records and the group's next offsets in one transaction.

        :param offsets: raw partition -> next offset to read.
        :returns: true when committed; false when the transaction was aborted and nothing is
            visible, so that the caller goes back to the committed offsets.
        :raises ServerError: the outcome is unknown or the producer is fenced; the process ends.
        """
        self._refused.clear()
        try:
            self._producer.begin_transaction()
            for record in outgoing:
                self._produce(record)
            self._producer.send_offsets_to_transaction(
                [TopicPartition(self._raw_topic, p, offset) for p, offset in offsets.items()],
                group_metadata,
                self._timeout_s,
            )
            self._producer.commit_transaction(self._timeout_s)
        except KafkaException as error:
            return self._abort(error.args[0])
        if self._refused:
            raise ServerError(
                f"a committed transaction lacks records: {self._refused[0]}",
                "the process ends; compare the topics before starting it again",
            )
        return True

    def _produce(self, record: Outgoing) -> None:
        deadline = time.monotonic() + self._timeout_s
        while True:
            try:
                self._producer.produce(
                    record.topic,
                    key=record.key,
                    value=record.value,
                    partition=record.partition,
                    headers=[*record.headers],
                    on_delivery=self._on_delivery,
                )
            except BufferError:
                if time.monotonic() > deadline:
                    raise ServerError(
                        "the producer's queue stayed full past the request timeout",
                        "the process ends and is started again by its supervisor",
                    ) from None
                self._producer.poll(0.05)
            else:
                return

    def _on_delivery(self, error: KafkaError | None, message: Any) -> None:
        if error is not None:
            self._refused.append(f"{message.topic()}[{message.partition()}]: {error.str()}")

    def _abort(self, error: KafkaError) -> bool:
        if not error.txn_requires_abort():
            raise _ended("publishing", error)
        logger.warning("transaction aborted: %s", error.str())
        try:
            self._producer.abort_transaction(self._timeout_s)
        except KafkaException as second:
            raise _ended("aborting a transaction", second.args[0]) from None
        return False


def _ended(doing: str, error: KafkaError) -> ServerError:
    return ServerError(
        f"{doing} failed ({error.str()})",
        "the process ends and is started again by its supervisor",
    )
