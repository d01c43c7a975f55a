"""What exactly once costs against at least once: throughput, and time from raw to processed.

``python -m benchmarks.delivery [--mode fast|accurate|cascade]`` runs the analyze half by turns in
both on one broker: first through a backlog, then beside a steady stream. Prints each run, and the
ratio of the medians.
"""

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from confluent_kafka import Consumer, Producer, TopicPartition

from connectors.synthetic.generator import SyntheticOptions, SyntheticSource
from contracts import wire
from contracts.errors import ServerError, one_line_errors
from contracts.settings import Kafka, load
from local import services
from local.account import end_offsets, records_since, wait_until_analyzed
from local.ports import free_port
from local.servers.kafka import KafkaServer
from stores.kafka import consumer_config, ensure_topics, producer_config

DELIVERIES = ("at_least_once", "exactly_once")
ROUNDS = 3
BACKLOG = 60_000
STREAM_PER_S = 2000
STREAM_S = 20
WARM_UP_S = 5
TURN_S = 0.01
PATIENCE_S = 300
JAVA_OPTIONS = ("-Xms512m", "-Xmx512m")
SENT = "sent_ns"

Environment = dict[str, str]


def main(mode: str) -> None:
    """Run and print."""
    with TemporaryDirectory(prefix="groundswell-") as temporary:
        folder = Path(temporary)
        with KafkaServer(folder / "kafka", free_port(), java_options=JAVA_OPTIONS) as server:
            bench = Bench(folder, server.bootstrap, mode)
            bench.fill_backlog()
            rates: dict[str, list[float]] = {delivery: [] for delivery in DELIVERIES}
            waits: dict[str, list[float]] = {delivery: [] for delivery in DELIVERIES}
            for _ in range(ROUNDS):
                for delivery in DELIVERIES:
                    rates[delivery].append(bench.throughput(delivery))
                    print(f"{delivery}: {rates[delivery][-1]:,.0f} messages/s", flush=True)
            for _ in range(ROUNDS):
                for delivery in DELIVERIES:
                    p50, p99 = bench.latency(delivery)
                    waits[delivery].append(p50)
                    print(f"{delivery}: p50 {p50:.0f} ms, p99 {p99:.0f} ms", flush=True)
    at_least, exactly = (statistics.median(rates[delivery]) for delivery in DELIVERIES)
    print(
        f"exactly once: {exactly / at_least:.3f} of at least once's throughput; at {STREAM_PER_S}/s"
        f" p50 {statistics.median(waits['exactly_once']):.0f} ms against"
        f" {statistics.median(waits['at_least_once']):.0f} ms ({mode})"
    )


class Bench:
    """One broker and one raw topic; every run has a group and topics of outcomes of its own."""

    def __init__(self, folder: Path, bootstrap: str, mode: str) -> None:
        self._folder = folder
        self._common = {
            "GROUNDSWELL_KAFKA_BOOTSTRAP": bootstrap,
            "GROUNDSWELL_INFERENCE_MODE": mode,
        }
        self._source = SyntheticSource(SyntheticOptions(count=0, seed=1, rate=STREAM_PER_S))
        self._runs = 0

    def fill_backlog(self) -> None:
        """Messages that wait."""
        kafka = load(self._common).kafka
        ensure_topics(kafka)
        send(kafka, [self._message(number) for number in range(BACKLOG)])

    def throughput(self, delivery: str) -> float:
        """Messages a second through the backlog, by the broker's clock."""
        environment = self._environment(delivery)
        kafka = load(environment).kafka
        with self._analyze(environment):
            if not wait_until_analyzed(kafka, PATIENCE_S):
                raise ServerError("the backlog was not analyzed", f"see {self._folder}")
        appended = [record.timestamp_ms for record in records_since(kafka, kafka.processed, {})]
        if len(appended) != BACKLOG:
            raise ServerError(f"{len(appended)} of {BACKLOG} messages were processed")
        return len(appended) / (max(appended) - min(appended)) * 1000

    def latency(self, delivery: str) -> tuple[float, float]:
        """Milliseconds from being sent until a reader of committed records has it, p50 and p99."""
        environment = self._environment(delivery)
        raw = {"GROUNDSWELL_KAFKA_RAW": f"raw-{self._runs}"}
        kafka = load(environment | raw).kafka
        ensure_topics(kafka)
        with self._analyze(environment | raw):
            send(kafka, [self._message(0)])
            if not wait_until_analyzed(kafka, PATIENCE_S):
                raise ServerError("nothing is analyzed", f"see {self._folder}")
            messages = [self._message(number) for number in range(STREAM_PER_S * STREAM_S)]
            sender = threading.Thread(target=send, args=(kafka, messages, STREAM_PER_S))
            heard = listen(kafka, len(messages), sender)
        waits = [wait for at, wait in heard if at > WARM_UP_S]
        p50, p99 = np.quantile(waits, [0.5, 0.99])
        return float(p50), float(p99)

    def _environment(self, delivery: str) -> Environment:
        self._runs += 1
        environment = {
            **self._common,
            "GROUNDSWELL_KAFKA_DELIVERY": delivery,
            "GROUNDSWELL_KAFKA_PROCESSED": f"processed-{self._runs}",
            "GROUNDSWELL_KAFKA_INVALID": f"invalid-{self._runs}",
            "GROUNDSWELL_KAFKA_GROUP": f"group-{self._runs}",
            "GROUNDSWELL_KAFKA_INSTANCE": f"instance-{self._runs}",
        }
        ensure_topics(load(environment).kafka)
        return environment

    @contextmanager
    def _analyze(self, environment: Environment) -> Iterator[None]:
        process = services.analyze(self._folder / f"run-{self._runs}", environment)
        process.start()
        try:
            yield
        finally:
            process.stop()

    def _message(self, number: int) -> tuple[bytes, bytes]:
        message = self._source.message(number)
        return message.message_id.encode(), wire.encode(message)


def send(kafka: Kafka, messages: list[tuple[bytes, bytes]], per_s: float = 0) -> None:
    """Send messages, at a rate where one is given, with the time in a header."""
    producer = Producer(producer_config(kafka))
    begun = time.monotonic()
    for number, (key, value) in enumerate(messages):
        while per_s and number > (time.monotonic() - begun) * per_s:
            producer.poll(TURN_S)
        header = (SENT, str(time.time_ns()).encode())
        while True:
            try:
                producer.produce(kafka.raw, key=key, value=value, headers=[header])
                break
            except BufferError:
                producer.poll(TURN_S)
    if producer.flush(PATIENCE_S):
        raise ServerError("the broker did not take the messages")


def listen(kafka: Kafka, count: int, sender: threading.Thread) -> list[tuple[float, float]]:
    """For each message, when it came, in seconds, and how long it took, in milliseconds."""
    consumer = Consumer({**consumer_config(kafka), "group.id": "listener", "fetch.wait.max.ms": 5})
    ends = end_offsets(kafka, kafka.processed)
    consumer.assign([TopicPartition(kafka.processed, p, end) for p, end in ends.items()])
    consumer.consume(1, timeout=1)
    sender.start()
    begun = time.monotonic()
    heard: list[tuple[float, float]] = []
    while len(heard) < count and time.monotonic() - begun < PATIENCE_S:
        for message in consumer.consume(1000, timeout=TURN_S):
            if message.error():
                continue
            sent_ns = int(dict(message.headers())[SENT])
            heard.append((time.monotonic() - begun, (time.time_ns() - sent_ns) / 1e6))
    sender.join()
    consumer.close()
    if len(heard) != count:
        raise ServerError(f"{len(heard)} of {count} messages were processed")
    return heard


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", default="fast", choices=("fast", "accurate", "cascade"))
    with one_line_errors():
        main(parser.parse_args(sys.argv[1:]).mode)
