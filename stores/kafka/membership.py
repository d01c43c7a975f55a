"""A worker's place in the consumer group, and the publisher that commits for it."""

from dataclasses import dataclass

from contracts.settings import Kafka
from stores.kafka.at_least_once import AtLeastOncePublisher
from stores.kafka.group import ConsumerGroup
from stores.kafka.publisher import Publisher
from stores.kafka.transactions import TransactionalPublisher


@dataclass
class Membership:
    """What a worker's source and sink share.

    ``unsettled`` counts the batches that were read and whose fate is still open.
    """

    publisher: Publisher
    group: ConsumerGroup
    unsettled: int = 0


def join(kafka: Kafka, name: str) -> Membership:
    """Take part under a stable name: group instance and, in exactly once, transactional id.

    Transactions start first, so that what a predecessor of this name left open is settled before
    any committed offset is read.

    :raises ServerError: no broker answers.
    :raises SettingsError: exactly once is wanted, and the brokers have no transactions for us.
    """
    if kafka.delivery == "at_least_once":
        group = ConsumerGroup(kafka, name)
        return Membership(AtLeastOncePublisher(kafka, group.commit), group)
    publisher = TransactionalPublisher(kafka, name)
    return Membership(publisher, ConsumerGroup(kafka, name))
