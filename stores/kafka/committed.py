"""Where the analyze half goes on: the group's committed offsets, held against the outcomes."""

import logging
import time
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from contracts.settings import Kafka
from stores.kafka.clients import consumer_config
from stores.kafka.outcomes import Outcomes

OURS = "groundswell"
"""Metadata of offsets that a transaction committed together with their outcomes."""
ANSWER_S = 2.0

logger = logging.getLogger(__name__)


class CommittedOffsets:
    """The group's offsets, or later ones where outcomes show that the broker has forgotten some.

    An offset that somebody else has set, to read again or to skip, is taken as it is. Under
    at-least-once outcomes prove nothing: the group's word stands.
    """

    def __init__(self, kafka: Kafka, consumer: Any) -> None:
        """:param consumer: the group's, which waits for offsets of open transactions."""
        self._kafka = kafka
        self._consumer = consumer
        self._timeout_s = kafka.request_timeout_ms / 1000
        self._outcomes = Outcomes(kafka)

    def read(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        """The next offset of each partition; negative where it has none.

        :raises KafkaException: nobody says so in time.
        """
        if self._kafka.delivery == "at_least_once":
            return self._committed(self._consumer, partitions, self._timeout_s)
        committed = self._stable(partitions)
        shown = self._outcomes.newest([each.partition for each in committed])
        for place in committed:
            offset = shown[place.partition].offset
            if place.metadata == OURS and offset > place.offset:
                logger.error(
                    "the group %s is said to be at offset %d of %s[%d], whose outcomes are there up"
                    " to %d: the broker has forgotten, and reading goes on behind them",
                    self._kafka.group,
                    place.offset,
                    place.topic,
                    place.partition,
                    offset,
                )
                place.offset = offset
        return committed

    def _stable(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        """The offsets as soon as no transaction is about to move them.

        A broker may take one for open that has long ended, for ever: where no outcome of an open
        transaction is to be seen, there is none.
        """
        deadline = time.monotonic() + self._timeout_s
        while True:
            try:
                return self._committed(self._consumer, partitions, ANSWER_S)
            except KafkaException as error:
                has_waited = error.args[0].code() == KafkaError._TIMED_OUT  # noqa: SLF001 librdkafka's name
                if not has_waited or time.monotonic() > deadline:
                    raise
            shown = self._outcomes.newest([each.partition for each in partitions])
            if all(each.is_settled for each in shown.values()):
                logger.error(
                    "the group %s is said to have open transactions, which show nowhere: its"
                    " offsets are taken as they are",
                    self._kafka.group,
                )
                return self._at_once(partitions)

    def _at_once(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        config = {**consumer_config(self._kafka), "isolation.level": "read_uncommitted"}
        consumer = Consumer({**config, "group.id": self._kafka.group})
        try:
            return self._committed(consumer, partitions, self._timeout_s)
        finally:
            consumer.close()

    @staticmethod
    def _committed(
        consumer: Any, partitions: list[TopicPartition], timeout_s: float
    ) -> list[TopicPartition]:
        places: list[TopicPartition] = consumer.committed(partitions, timeout=timeout_s)
        for place in places:
            if place.error is not None:
                raise KafkaException(place.error)
        return places
