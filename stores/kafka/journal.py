"""What a connector brings and where it goes on, committed together.

Where it goes on are states: the newest records of a compacted topic, under ``connector/name``. A
page's posts and its states are one transaction, so no restart repeats or misses a post, and no
second store can disagree with the topic.
"""

from collections.abc import Mapping, Sequence

from contracts.errors import ServerError
from contracts.settings import Kafka
from stores.kafka.batch import Outgoing
from stores.kafka.publisher import Published
from stores.kafka.scan import reading_topics, records_since
from stores.kafka.transactions import TransactionalPublisher

ONE_PARTITION = 0


def read_states(kafka: Kafka) -> dict[str, bytes]:
    """All connectors' states by their keys. :raises ServerError: the broker does not answer."""
    states: dict[str, bytes] = {}
    with reading_topics():
        for record in records_since(kafka, kafka.connectors, {}):
            states[(record.key or b"").decode(errors="replace")] = record.value or b""
    return {key: value for key, value in states.items() if value}


class Journal:
    """A connector's states, as they were when it was opened.

    Opening settles what a predecessor of the same name left open, and shuts that one out.
    """

    def __init__(self, kafka: Kafka, connector: str) -> None:
        """:raises ServerError: the broker does not answer."""
        self._kafka = kafka
        self._prefix = f"{connector}/"
        self._publisher = TransactionalPublisher(kafka, f"{kafka.connectors}-{connector}")
        self.states = {
            key.removeprefix(self._prefix): value
            for key, value in read_states(kafka).items()
            if key.startswith(self._prefix)
        }

    def commit(self, outgoing: Sequence[Outgoing], states: Mapping[str, bytes]) -> None:
        """Write records and states, all or none of them.

        :raises ServerError: none of them, or nobody knows: another journal tells.
        """
        kept = [
            Outgoing(
                self._kafka.connectors, ONE_PARTITION, f"{self._prefix}{name}".encode(), value, []
            )
            for name, value in states.items()
        ]
        published = self._publisher.publish([*outgoing, *kept], {}, None)
        if published is not Published.COMMITTED:
            raise ServerError(
                f"the brokers have {published.value} what {self._prefix[:-1]} brought",
                "it is asked for again",
            )
