"""What it means to publish a batch's records, whatever the guarantee."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Protocol

from confluent_kafka import KafkaError

from contracts.errors import GroundswellError, ServerError, SettingsError
from stores.kafka.batch import Outgoing

_NO_TRANSACTIONS = {
    "_UNSUPPORTED_FEATURE",
    "UNSUPPORTED_VERSION",
    "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
}
_FAULTS_OF_RECORDS = {"MSG_SIZE_TOO_LARGE", "INVALID_MSG", "INVALID_RECORD"}


class Published(Enum):
    """What became of records and offsets."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    """Nothing is visible, and the reason may pass: go back to the committed offsets."""
    REFUSED = "refused"
    """Nothing is settled, and the broker will never take one of the records."""


class Publisher(Protocol):
    """Writes records and the group's next offsets."""

    def publish(
        self, outgoing: Sequence[Outgoing], offsets: dict[int, int], group_metadata: Any
    ) -> Published:
        """Write a batch's records, then its offsets.

        :param offsets: raw partition -> next offset to read.
        :raises ServerError: the outcome is unknown, or somebody has taken over; the process ends.
        """


def is_fault_of_record(error: KafkaError) -> bool:
    """Whether trying again with the same record is of no use."""
    return error.name() in _FAULTS_OF_RECORDS


def ended(doing: str, error: KafkaError) -> ServerError:
    """The error that ends the process."""
    return ServerError(
        f"{doing} failed ({error.str()})",
        "the process ends and is started again by its supervisor",
    )


def not_started(error: KafkaError) -> GroundswellError:
    """The error where transactions cannot begin; one that is the user's to mend if it stays."""
    if error.name() in _NO_TRANSACTIONS:
        return SettingsError(
            f"the brokers have no transactions for this client ({error.str()})",
            "exactly once needs Kafka 4.0 or newer and permission to write under the transactional"
            " ids GROUNDSWELL_KAFKA_INSTANCE-*; without, set"
            " GROUNDSWELL_KAFKA_DELIVERY=at_least_once",
        )
    return ended("starting transactions", error)
