"""librdkafka client configuration that every client of the platform shares."""

import logging
from typing import Any

from confluent_kafka import KafkaError

from contracts.settings import Kafka
from contracts.topics import RECORD_MAX_BYTES

logger = logging.getLogger(__name__)


def client_config(kafka: Kafka) -> dict[str, Any]:
    """Properties of any client: brokers, then what the operator added (TLS, SASL, …)."""
    return {
        "bootstrap.servers": kafka.bootstrap,
        "client.id": "groundswell",
        "topic.metadata.refresh.interval.ms": 30_000,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1000,
        "error_cb": _log_error,
        "logger": logger,
        **kafka.client,
    }


def producer_config(kafka: Kafka) -> dict[str, Any]:
    """Properties of an idempotent producer: no loss and no duplicate within its lifetime."""
    return {
        **client_config(kafka),
        "enable.idempotence": True,
        "acks": "all",
        "compression.type": "lz4",
        "linger.ms": 5,
        "message.max.bytes": RECORD_MAX_BYTES,
    }


def consumer_config(kafka: Kafka) -> dict[str, Any]:
    """Properties of a consumer that sees committed records only and commits nothing itself."""
    return {
        **client_config(kafka),
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        # The client wants max.poll.interval.ms, which an operator may set, to be no shorter.
        "session.timeout.ms": kafka.session_timeout_ms,
        "fetch.queue.backoff.ms": 5,
        "fetch.wait.max.ms": 100,
    }


def _log_error(error: KafkaError) -> None:
    logger.warning("Kafka client: %s", error.str())
