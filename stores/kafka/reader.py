"""Reads one partition's committed records from a position that the caller keeps.

The position is also told to a consumer group, asynchronously: ordinary tools see the lag there, and
a caller that has lost its own goes on from it.
"""

import logging
from datetime import timedelta
from typing import Any, NamedTuple

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)

from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka.admin import require_broker
from stores.kafka.batch import Record, to_record
from stores.kafka.clients import consumer_config

logger = logging.getLogger(__name__)


class Position(NamedTuple):
    """The next offset to read, and when the broker appended the record before it."""

    offset: int
    timestamp_ms: int


def partitions_of(kafka: Kafka, topic: str) -> list[int]:
    """The partition numbers of a topic. :raises ServerError: no broker, or no such topic."""
    found = require_broker(kafka).list_topics(topic, timeout=5).topics[topic]
    if found.error is not None:
        raise ServerError(
            f"Kafka at {kafka.bootstrap} has no topic {topic}",
            "python -m dataflows topics creates it",
        )
    return sorted(found.partitions)


class PartitionReader:
    """A consumer assigned to one partition; belongs to its group by name only."""

    def __init__(
        self,
        kafka: Kafka,
        topic: str,
        partition: int,
        offset: int | None,
        reread: timedelta = timedelta(0),
    ) -> None:
        """Start at ``offset``; where it is null, where the group is, else at the oldest record.

        :param reread: how much older than the group's position the first record then is.
        :raises ServerError: the broker does not say where the group is.
        """
        self._place = topic, partition
        self._batch_size = kafka.batch
        self._timeout_s = kafka.request_timeout_ms / 1000
        self.position: Position | None = None
        self._told: Position | None = None
        self._consumer = Consumer(
            {
                **consumer_config(kafka),
                "group.id": kafka.aggregate_group,
                "on_commit": _log_refusal,
            }
        )
        start = self._before_group(reread) if offset is None else offset
        self._consumer.assign([TopicPartition(*self._place, start)])

    def poll(self) -> list[Record]:
        """The records that have arrived, at most the configured batch.

        :raises ServerError: the client cannot go on.
        """
        records = []
        for message in self._consumer.consume(self._batch_size, timeout=0):
            if error := message.error():
                self._check(error)
            else:
                records.append(to_record(message))
        if records:
            self.position = Position(records[-1].offset + 1, records[-1].timestamp_ms)
        return records

    def tell(self, position: Position) -> None:
        """Tell the group how far reading has come, without waiting for its answer."""
        if position != self._told:
            self._told = position
            told = TopicPartition(*self._place, position.offset, str(position.timestamp_ms))
            self._consumer.commit(offsets=[told], asynchronous=True)

    def close(self) -> None:
        """Stop reading."""
        self._consumer.close()

    def _before_group(self, reread: timedelta) -> int:
        """Where to start without a position of one's own.

        The group's offset carries the time that it is counted back from. One without a time was
        set by somebody else, and is taken as it is.
        """
        try:
            place = self._known(self._consumer.committed, TopicPartition(*self._place))
            if place.offset < 0:
                return OFFSET_BEGINNING
            told = place.metadata or ""
            if not told.isdecimal():
                return int(place.offset)
            since_ms = max(0, int(told) - reread // timedelta(milliseconds=1))
            first = self._known(
                self._consumer.offsets_for_times, TopicPartition(*self._place, since_ms)
            )
        except KafkaException as error:
            raise ServerError(
                f"Kafka does not say how far {self._place[0]} was read ({error.args[0].str()})",
                "check the broker and the group's permissions",
            ) from None
        start = min(first.offset, place.offset) if first.offset >= 0 else place.offset
        logger.info("%s[%d]: read again from offset %d to %d", *self._place, start, place.offset)
        return int(start)

    def _known(self, ask: Any, place: TopicPartition) -> TopicPartition:
        answer: TopicPartition
        (answer,) = ask([place], timeout=self._timeout_s)
        if answer.error is not None:
            raise KafkaException(answer.error)
        return answer

    def _check(self, error: KafkaError) -> None:
        if error.fatal() or error.name() in {"_FATAL", "UNKNOWN_TOPIC_OR_PART"}:
            raise ServerError(
                f"reading {self._place[0]} failed ({error.str()})",
                "check the topic and its permissions",
            )
        logger.warning("reading %s: %s", self._place[0], error.str())


def _log_refusal(error: KafkaError | None, _places: object) -> None:
    if error is not None:
        logger.warning("the group was not told how far reading has come: %s", error.str())
