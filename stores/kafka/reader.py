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
from stores.kafka.log import RESTARTS, Log, check

ANEW = (
    "the topic was made anew or lost messages; when that is known and accepted, start with an empty"
    " recovery folder and delete the group {group}: what is stored stays, and the topic is read"
    " from its beginning"
)

QUEUE_KB = 16 * 1024
"""Read ahead of the caller, a partition."""

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
    """A consumer assigned to one partition; belongs to its group by name only.

    ``position`` is how far it has read; null before the first record. ``since`` is the offset that
    it was to begin at: what comes before that is read for the stride alone.
    """

    def __init__(
        self,
        kafka: Kafka,
        topic: str,
        partition: int,
        offset: int | None,
        *,
        reread: timedelta = timedelta(0),
        stride: int = 1,
    ) -> None:
        """Start at ``offset``; where it is null, where the group is, else at the oldest record.

        What retention took from there on is counted as lost.

        :param reread: how much older than the group's position the first record then is.
        :param stride: the start is moved back to a multiple of it, as far as the log goes.
        :raises ServerError: the log ends before the start, or the broker does not say where it is.
        """
        self.position: Position | None = None
        self._told: Position | None = None
        self._place = topic, partition
        self._batch_size = kafka.batch
        self._timeout_s = kafka.request_timeout_ms / 1000
        self._consumer = Consumer(
            {
                **consumer_config(kafka),
                "group.id": kafka.aggregate_group,
                "on_commit": _log_refusal,
                # Where the log does not have what comes next, something is lost: not unsaid.
                "auto.offset.reset": "error",
                "queued.max.messages.kbytes": QUEUE_KB,
            }
        )
        remedy = ANEW.format(group=kafka.aggregate_group)
        log = Log(
            self._consumer, "the aggregate half", kafka.aggregate_group, remedy, self._timeout_s
        )
        try:
            wanted = self._before_group(reread) if offset is None else offset
            start = TopicPartition(*self._place, wanted)
            self.since = log.start(start)
            start.offset = log.start(start, stride)
            self._consumer.assign([start])
        except KafkaException as error:
            raise ServerError(
                f"where to read {topic}[{partition}] is not known ({error.args[0].str()})", RESTARTS
            ) from None

    def poll(self) -> list[Record]:
        """The records that have arrived, at most the configured batch.

        :raises ServerError: the client cannot go on.
        """
        records = []
        for message in self._consumer.consume(self._batch_size, timeout=0):
            if error := message.error():
                check(self._place[0], error)
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
        place = _known(self._consumer.committed, TopicPartition(*self._place), self._timeout_s)
        if place.offset < 0:
            return OFFSET_BEGINNING
        told = place.metadata or ""
        if not told.isdecimal():
            return int(place.offset)
        since_ms = max(0, int(told) - reread // timedelta(milliseconds=1))
        wanted = TopicPartition(*self._place, since_ms)
        first = _known(self._consumer.offsets_for_times, wanted, self._timeout_s)
        start = min(first.offset, place.offset) if first.offset >= 0 else place.offset
        logger.info("%s[%d]: read again from offset %d to %d", *self._place, start, place.offset)
        return int(start)


def _known(ask: Any, place: TopicPartition, timeout_s: float) -> TopicPartition:
    answer: TopicPartition
    (answer,) = ask([place], timeout=timeout_s)
    if answer.error is not None:
        raise KafkaException(answer.error)
    return answer


def _log_refusal(error: KafkaError | None, _places: object) -> None:
    if error is not None:
        logger.warning("the group was not told how far reading has come: %s", error.str())
