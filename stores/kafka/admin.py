"""The topics on the broker: created as the contracts say, differences reported, never changed."""

from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined] # exported, as its documents say
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from contracts.errors import ServerError
from contracts.settings import Kafka
from contracts.topics import Topic, topics
from stores.kafka.clients import client_config

TOPIC_EXISTS = "TOPIC_ALREADY_EXISTS"


def admin_client(kafka: Kafka) -> AdminClient:
    """An admin client that says nothing of a broker that is away: whoever asks hears of it."""
    quiet: dict[str, Any] = {**client_config(kafka), "error_cb": lambda _: None, "log_level": 0}
    return AdminClient(quiet)


def require_broker(kafka: Kafka, timeout_s: float = 5) -> AdminClient:
    """An admin client whose broker has answered.

    :raises ServerError: none did within ``timeout_s``.
    """
    admin = admin_client(kafka)
    try:
        admin.list_topics(timeout=timeout_s)
    except KafkaException as error:
        raise ServerError(
            f"no Kafka broker answers at {kafka.bootstrap} ({error.args[0].str()})",
            "start one (make demo does), or set GROUNDSWELL_KAFKA_BOOTSTRAP to host:port",
        ) from None
    return admin


def require_topics(kafka: Kafka) -> None:
    """Check that every topic is there.

    :raises ServerError: no broker answers, or a topic is missing.
    """
    present = require_broker(kafka).list_topics(timeout=5).topics
    missing = [topic.name for topic in topics(kafka) if topic.name not in present]
    if missing:
        raise ServerError(
            f"Kafka at {kafka.bootstrap} has no topic {', '.join(missing)}",
            "python -m dataflows topics creates them",
        )


def ensure_topics(kafka: Kafka, timeout_s: float = 30) -> list[str]:
    """Create the topics that are missing; may be repeated.

    :returns: a sentence for each topic that exists with other settings than the contracts say;
        those are left as they are.
    :raises ServerError: no broker answers, or it refuses to create a topic.
    """
    admin = require_broker(kafka)
    wanted = topics(kafka)
    created = admin.create_topics(
        [NewTopic(t.name, t.partitions, t.replication, config=t.config) for t in wanted],
        request_timeout=timeout_s,
    )
    existing = [topic for topic in wanted if not _created(topic, created[topic.name], timeout_s)]
    return [difference for topic in existing for difference in _differences(admin, topic)]


def _created(topic: Topic, result: Future[None], timeout_s: float) -> bool:
    try:
        result.result(timeout_s)
    except KafkaException as error:
        if error.args[0].name() == TOPIC_EXISTS:
            return False
        raise ServerError(
            f"Kafka refuses to create topic {topic.name} ({error.args[0].str()})",
            "check GROUNDSWELL_KAFKA_PARTITIONS, _REPLICATION and the broker's permissions",
        ) from None
    return True


def _differences(admin: AdminClient, topic: Topic) -> list[str]:
    resource = ConfigResource(ResourceType.TOPIC, topic.name)
    entries = admin.describe_configs([resource])[resource].result(10)
    partitions = len(admin.list_topics(topic.name, timeout=5).topics[topic.name].partitions)
    found = {name: entries[name].value for name in topic.config if name in entries}
    found["partitions"] = str(partitions)
    wanted = {**topic.config, "partitions": str(topic.partitions)}
    return [
        f"topic {topic.name} has {name}={found.get(name)}, the contracts say {value}"
        for name, value in wanted.items()
        if set(str(found.get(name)).split(",")) != set(value.split(","))
    ]


def assigned_members(kafka: Kafka) -> int:
    """How many members of the analyze group have partitions now; none while nobody can say."""
    admin = require_broker(kafka)
    try:
        described = admin.describe_consumer_groups([kafka.group])[kafka.group].result(10)
    except KafkaException:
        return 0
    return sum(bool(member.assignment.topic_partitions) for member in described.members)
