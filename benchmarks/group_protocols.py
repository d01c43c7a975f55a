"""How soon a replica that was killed reads again: the classic group protocol against KIP-848.

``python -m benchmarks.group_protocols`` kills a static member of a group with ``kill -9``, starts
it again at once, and prints for each protocol how long no record was read, with the timeouts of the
broker and of the platform.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from confluent_kafka import Consumer, Producer

from contracts.errors import ServerError, one_line_errors
from contracts.settings import Kafka, load
from local.ports import free_port
from local.servers.kafka import KafkaServer
from stores.kafka import consumer_config, ensure_topics, producer_config

KILLS = 3
EVERY_S = 0.02
PATIENCE_S = 120
SILENCE_S = 5.0
REFUSED = {"UNRELEASED_INSTANCE_ID", "FENCED_INSTANCE_ID", "FENCED_MEMBER_EPOCH"}
PROTOCOLS = {
    "classic": {"session.timeout.ms": 6000, "heartbeat.interval.ms": 2000},
    "consumer": {},
}
"""KIP-848 ("consumer") leaves the session timeout to the broker: 45 s, and no less by default."""


def main() -> None:
    """Run both by turns and print."""
    with (
        TemporaryDirectory(prefix="groundswell-") as folder,
        KafkaServer(Path(folder), free_port()) as server,
    ):
        kafka = load({"GROUNDSWELL_KAFKA_BOOTSTRAP": server.bootstrap}).kafka
        ensure_topics(kafka)
        stopping = Event()
        sender = Thread(target=_send, args=(kafka, stopping))
        sender.start()
        try:
            for protocol in PROTOCOLS:
                gaps = _gaps(kafka, protocol)
                print(
                    f"{protocol}: nothing was read for {statistics.median(gaps):.1f} s after a kill"
                    f" ({', '.join(f'{gap:.1f}' for gap in gaps)})",
                    flush=True,
                )
        finally:
            stopping.set()
            sender.join()


def read(bootstrap: str, protocol: str) -> None:
    """Read as a static member, a line a record, until it is refused. What a child does.

    The client may say nothing of a refusal: who hears nothing for long ends as well.
    """
    kafka = load({"GROUNDSWELL_KAFKA_BOOTSTRAP": bootstrap}).kafka
    consumer = Consumer(
        {
            **consumer_config(kafka),
            "group.id": protocol,
            "group.instance.id": "replica",
            "group.protocol": protocol,
            **PROTOCOLS[protocol],
        }
    )
    consumer.subscribe([kafka.raw])
    heard = time.monotonic()
    while time.monotonic() - heard < SILENCE_S:
        message = consumer.poll(EVERY_S)
        if message is None:
            continue
        if error := message.error():
            if error.fatal() or error.name() in REFUSED:
                return
            continue
        heard = time.monotonic()
        print(message.offset(), flush=True)


def _gaps(kafka: Kafka, protocol: str) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.group_protocols", kafka.bootstrap, protocol]
    gaps = []
    _kill(_reading(command))
    for _ in range(KILLS):
        killed = time.monotonic()
        child = _reading(command)
        gaps.append(time.monotonic() - killed)
        _kill(child)
    return gaps


def _reading(command: list[str]) -> subprocess.Popen[bytes]:
    """A member that has read a record; one that is refused is started again, as it would be."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if child.stdout and child.stdout.readline():
            return child
        _kill(child)
    raise ServerError(f"no member was let in within {PATIENCE_S} s")


def _kill(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.communicate()


def _send(kafka: Kafka, stopping: Event) -> None:
    producer = Producer(producer_config(kafka))
    while not stopping.wait(EVERY_S):
        producer.produce(kafka.raw, key=b"key", value=b"value")
        producer.poll(0)
    producer.flush(PATIENCE_S)


if __name__ == "__main__":
    with one_line_errors():
        if len(sys.argv) == 1:
            main()
        else:
            read(*sys.argv[1:])
