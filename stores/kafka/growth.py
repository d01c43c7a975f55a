"""Topics that get more partitions while they are read: noticed, said, and taken up.

Clients remember for a while how many partitions a topic has. A process that starts anew asks, so
ending is how most of it is taken up; what is new is read from its start.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import ConsumerGroupState, KafkaException, TopicCollection, TopicPartition

from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka.admin import admin_client, require_broker

LOOK_S = 30.0
SAY_AGAIN_S = 60.0
ANSWER_S = 5.0

logger = logging.getLogger(__name__)


class Looks:
    """Asks the broker the same now and then, and never waits for the answer."""

    def __init__(self, ask: Callable[[], Mapping[str, Future[Any]]], look_s: float) -> None:
        """:param look_s: seconds from one question to the next."""
        self._ask = ask
        self._look_s = look_s
        self._asked = float("-inf")
        self._answers: Mapping[str, Future[Any]] = {}

    def news(self) -> dict[str, Any]:
        """What has been answered since the last call, without what the broker does not tell.

        A topic that is not there is null.
        """
        if not self._answers and time.monotonic() - self._asked > self._look_s:
            self._asked = time.monotonic()
            self._answers = self._ask()
        if not all(answer.done() for answer in self._answers.values()):
            return {}
        answers, self._answers = self._answers, {}
        found = {}
        for name, answer in answers.items():
            try:
                found[name] = answer.result()
            except KafkaException as error:
                if error.args[0].name() == "UNKNOWN_TOPIC_OR_PART":
                    found[name] = None
        return found


class TopicWatch:
    """Ends a process whose topic has more partitions than it reads, or is gone.

    Of a topic that is gone the client tells a group's members, but nobody who reads a partition.
    """

    def __init__(self, kafka: Kafka, topic: str, known: int, look_s: float = LOOK_S) -> None:
        """:param known: how many are read."""
        self._topic = topic
        self._known = known
        self._looks = _looks_at(kafka, [topic], look_s)

    def check(self) -> None:
        """:raises ServerError: there are more, which a restart reads, or the topic is gone."""
        for topic in self._looks.news().values():
            if topic is None:
                raise ServerError(
                    f"the topic {self._topic} is gone",
                    "python -m dataflows topics creates it; what was in it is lost",
                )
            if len(topic.partitions) > self._known:
                raise _restart(self._topic, range(self._known, len(topic.partitions)))


class Outputs:
    """Holds back raw partitions until the topics of outcomes have them too.

    An outcome goes to the partition of its raw record, which keeps the order of a key.
    """

    def __init__(self, kafka: Kafka, look_s: float = LOOK_S) -> None:
        """:raises ServerError: no broker, or no such topics."""
        self._raw = kafka.raw
        self._bootstrap = kafka.bootstrap
        self._topics = [kafka.processed, kafka.invalid]
        found = require_broker(kafka).list_topics(timeout=ANSWER_S).topics
        self._known = min(len(found[t].partitions) if t in found else 0 for t in self._topics)
        self._looks = _looks_at(kafka, self._topics, look_s)
        self._held: list[int] = []
        self._said = float("-inf")

    def only_with(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        """Those of a new assignment that can be read; the others are held back."""
        self._held = sorted(p.partition for p in partitions if p.partition >= self._known)
        return [p for p in partitions if p.partition < self._known]

    def check(self) -> None:
        """Say, once a minute, what is held back and why.

        :raises ServerError: the topics of outcomes have grown; a restart reads what was held back.
        """
        if not self._held or not (topics := self._looks.news()):
            return
        counts = {name: len(topic.partitions) for name, topic in topics.items() if topic}
        if all(counts.get(topic, 0) > self._held[0] for topic in self._topics):
            raise _restart(self._raw, self._held)
        if time.monotonic() - self._said > SAY_AGAIN_S:
            self._said = time.monotonic()
            self._say([topic for topic in self._topics if counts.get(topic, 0) <= self._held[-1]])

    def _say(self, lacking: list[str]) -> None:
        commands = " && ".join(
            f"kafka-topics.sh --bootstrap-server {self._bootstrap} --alter --topic {topic}"
            f" --partitions {self._held[-1] + 1}"
            for topic in lacking
        )
        logger.error(
            "%s has partitions that %s lacks: %s wait and none of their messages is lost; to have"
            " them read: %s",
            self._raw,
            " and ".join(lacking),
            self._held,
            commands,
        )


class Unread:
    """Finds raw partitions that no member of the settled group was given.

    A static member that is back in time gets what it had, and nobody looks whether the topic has
    grown meanwhile. Joining again makes the group share anew.
    """

    def __init__(self, kafka: Kafka, look_s: float = LOOK_S) -> None:
        self._raw = kafka.raw
        self._group = kafka.group
        self._admin = admin_client(kafka)
        self._looks = Looks(self._ask, look_s)

    def partitions(self) -> list[int]:
        """What was found since the last call."""
        found = self._looks.news()
        topic, group = found.get("topic"), found.get("group")
        if topic is None or group is None or group.state != ConsumerGroupState.STABLE:
            return []
        read = {
            place.partition
            for member in group.members
            for place in member.assignment.topic_partitions
            if place.topic == self._raw
        }
        return sorted({partition.id for partition in topic.partitions} - read)

    def _ask(self) -> dict[str, Future[Any]]:
        raw, groups = TopicCollection([self._raw]), [self._group]
        topics = self._admin.describe_topics(raw, request_timeout=ANSWER_S)
        found = self._admin.describe_consumer_groups(groups, request_timeout=ANSWER_S)
        return {"topic": topics[self._raw], "group": found[self._group]}


def _looks_at(kafka: Kafka, topics: list[str], look_s: float) -> Looks:
    admin, wanted = admin_client(kafka), TopicCollection(topics)
    return Looks(lambda: admin.describe_topics(wanted, request_timeout=ANSWER_S), look_s)


def _restart(topic: str, partitions: Sequence[int]) -> ServerError:
    numbers = ", ".join(map(str, partitions))
    return ServerError(
        f"{topic} has grown by partition {numbers}",
        "the process ends and, started again, reads what is new from its start",
    )
