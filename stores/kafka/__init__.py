"""Kafka: client configuration, topics, the consumer group, transactions and committed readers."""

from stores.kafka.admin import ensure_topics, require_broker, require_topics
from stores.kafka.clients import client_config, consumer_config, producer_config

__all__ = [
    "client_config",
    "consumer_config",
    "ensure_topics",
    "producer_config",
    "require_broker",
    "require_topics",
]
