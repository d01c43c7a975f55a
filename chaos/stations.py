"""Where results arrive, asked while things break."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from confluent_kafka import KafkaException

from chaos.progress import committed, wait
from contracts.errors import ServerError
from contracts.settings import Kafka, Settings
from stores.history import History
from stores.open import open_history
from stores.redis import LiveStore

NEWEST = timedelta(minutes=1)


class Stations:
    """Where results arrive, asked past the proxies."""

    def __init__(self, settings: Settings) -> None:
        self.kafka: Kafka = settings.kafka
        self.history: History = open_history(settings)
        self.live = LiveStore(settings.redis)

    def have_something(self) -> bool:
        """Whether results were ever at all of them."""
        begun = dict.fromkeys(range(self.kafka.partitions), 0)
        return self.are_past(begun) and self.show(datetime.min.replace(tzinfo=UTC))

    def offsets(self) -> dict[int, int]:
        """Where the group is, as soon as the broker says so."""
        found: list[dict[int, int]] = []

        def is_known() -> bool:
            with suppress(KafkaException):
                found.append(committed(self.kafka))
            return bool(found)

        wait(is_known, "the broker does not say where the group is")
        return found[0]

    def are_past(self, offsets: dict[int, int]) -> bool:
        """Whether the group has moved on in every partition."""
        with suppress(KafkaException):
            now = committed(self.kafka)
            return all(now[partition] > offset for partition, offset in offsets.items())
        return False

    def show(self, since: datetime) -> bool:
        """Whether newer aggregates are stored and shown."""
        with suppress(ServerError):
            stored = self.history.search_aggregates("overall", None, None, None, 1)
            shown = self.live.overall(NEWEST)
            return bool(
                stored and shown and min(stored[0].updated_at, shown.newest.updated_at) > since
            )
        return False
