"""The sink that matters: the raw topic, written by an idempotent producer.

Every delivery report is looked at. While the broker is away messages wait in a bounded queue and
the source waits with them; nothing times out. What the broker refuses is counted and named.
"""

import sys
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from connectors.source import SLICE_SECONDS, Position, Post
from connectors.stop import Stop
from contracts.errors import ServerError, SettingsError
from contracts.settings import Kafka
from stores.kafka import ensure_topics, producer_config

QUEUE_MESSAGES = 20_000
QUEUE_KBYTES = 64 * 1024
FLUSH_SECONDS = 10.0
"""How long a stop waits for a broker that is away."""
SILENCE_SECONDS = 10.0
"""After this long without an acknowledgement the wait is reported, and again each time."""
PURGED = (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT)  # noqa: SLF001 librdkafka's names


@dataclass(slots=True)
class _Pending:
    position: Position
    delivered: bool = False


class Publisher:
    """Writes posts to ``kafka.raw``: key = message id, value = JSON."""

    def __init__(self, kafka: Kafka) -> None:
        """Connect and see to the topics.

        :raises ServerError: no broker answers.
        :raises SettingsError: the client properties do not fit.
        """
        self.sent = self.refused = self.undelivered = 0
        self._topic = kafka.raw
        self._bootstrap = kafka.bootstrap
        self._pending: deque[_Pending] = deque()
        self._delivered_to: Position | None = None
        self._heard_at = time.monotonic()
        try:
            for difference in ensure_topics(kafka):
                _say(f"warning: {difference}")
            self._producer = Producer(
                {
                    "queue.buffering.max.messages": QUEUE_MESSAGES,
                    "queue.buffering.max.kbytes": QUEUE_KBYTES,
                    "message.timeout.ms": 0,
                    **producer_config(kafka),
                }
            )
        except KafkaException as error:
            raise SettingsError(
                f"the Kafka client does not start ({error.args[0].str()})",
                "check GROUNDSWELL_KAFKA_CLIENT",
            ) from None

    @property
    def delivered_to(self) -> Position | None:
        """See :class:`connectors.source.Sink`; stays before the first post that was refused."""
        return self._delivered_to

    def send(self, post: Post, stop: Stop) -> bool:
        """Queue a post, waiting for room while the broker is slow or away.

        :returns: false where a stop came while waiting.
        :raises ServerError: the producer cannot go on.
        """
        pending = _Pending(post.position)
        payload = post.payload()
        while not stop.requested:
            try:
                self._producer.produce(
                    self._topic,
                    key=post.key,
                    value=payload,
                    on_delivery=partial(self._on_delivery, pending, post.key),
                )
            except BufferError:
                self._producer.poll(SLICE_SECONDS)
                self._report_silence()
            except KafkaException as error:
                self._track(pending)
                self._refuse_or_raise(post.key, error.args[0])
                return True
            else:
                self._track(pending)
                self._producer.poll(0)
                return True
        return False

    def idle(self, seconds: float) -> None:
        """Pass at most this time, serving delivery reports."""
        self._producer.poll(seconds)

    def close(self, stop: Stop) -> None:
        """Deliver what is queued: patiently, but for at most 10 s once a stop is requested."""
        deadline: float | None = None
        while self._producer.flush(SLICE_SECONDS):
            self._report_silence()
            if stop.requested:
                deadline = deadline or time.monotonic() + FLUSH_SECONDS
                if time.monotonic() > deadline:
                    self._producer.purge()
                    self._producer.flush(SLICE_SECONDS)
                    return

    def _track(self, pending: _Pending) -> None:
        # After a refusal the position stays where it is, and what comes later is not kept.
        if not self.refused:
            self._pending.append(pending)

    def _on_delivery(
        self, pending: _Pending, key: str, error: KafkaError | None, message: Any
    ) -> None:
        del message
        self._heard_at = time.monotonic()
        if error is None:
            self.sent += 1
            pending.delivered = True
            while self._pending and self._pending[0].delivered:
                self._delivered_to = self._pending.popleft().position
        elif error.code() in PURGED:
            self.undelivered += 1
        else:
            self._refuse(key, error)

    def _refuse_or_raise(self, key: str, error: KafkaError) -> None:
        if error.code() != KafkaError.MSG_SIZE_TOO_LARGE:
            raise ServerError(
                f"the producer for {self._bootstrap} cannot go on ({error.str()})",
                "start the connector again; it goes on where it was",
            )
        self._refuse(key, error)

    def _refuse(self, key: str, error: KafkaError) -> None:
        self.refused += 1
        _say(f"refused: {key}: {error.str()}")

    def _report_silence(self) -> None:
        silence = time.monotonic() - self._heard_at
        if silence > SILENCE_SECONDS:
            self._heard_at = time.monotonic()
            _say(
                f"waiting: Kafka at {self._bootstrap} has acknowledged nothing for "
                f"{silence:.0f} s; {len(self._producer):,} messages are queued"
            )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
