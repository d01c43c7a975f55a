"""Connectors on a real broker: everything arrives once, refusals are named, stops are clean."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from connectors.file import FileOptions, FileSource
from connectors.publisher import Publisher
from connectors.source import Position, Post, Unreadable, run
from connectors.stop import Stop
from connectors.synthetic import SyntheticOptions, SyntheticSource
from contracts import wire
from contracts.settings import Kafka
from local.ports import free_port
from local.servers.kafka import KafkaServer
from stores.kafka import consumer_config, ensure_topics

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "posts.csv"
numbers = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A broker of this module's own: one of the tests kills it."""
    with KafkaServer(tmp_path_factory.mktemp("kafka"), free_port()) as server:
        yield server


@pytest.fixture
def kafka(server: KafkaServer) -> Kafka:
    """Settings with topics of the test's own."""
    number = next(numbers)
    names = {name: f"{name}-{number}" for name in ("raw", "processed", "invalid")}
    kafka = Kafka(bootstrap=server.bootstrap, **names)
    ensure_topics(kafka)
    return kafka


@contextmanager
def command(kafka: Kafka, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """``python -m connectors`` as a process of its own, gone at the end of the block."""
    settings = {
        f"GROUNDSWELL_KAFKA_{name.upper()}": getattr(kafka, name)
        for name in ("bootstrap", "raw", "processed", "invalid")
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "connectors", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def arrived(kafka: Kafka) -> list[tuple[str, bytes]]:
    """Key and value of everything in the raw topic."""
    consumer = Consumer({**consumer_config(kafka), "group.id": "test"})
    found = []
    try:
        for number in range(kafka.partitions):
            partition = TopicPartition(kafka.raw, number, 0)
            end = end_of(consumer, kafka, number)
            consumer.assign([partition])
            while end and consumer.position([partition])[0].offset < end:
                for message in consumer.consume(1000, timeout=1):
                    assert message.error() is None
                    found.append(((message.key() or b"").decode(), message.value() or b""))
    finally:
        consumer.close()
    return found


def count_arrived(kafka: Kafka) -> int:
    consumer = Consumer({**consumer_config(kafka), "group.id": "test"})
    try:
        return sum(end_of(consumer, kafka, number) for number in range(kafka.partitions))
    finally:
        consumer.close()


def end_of(consumer: Consumer, kafka: Kafka, number: int) -> int:
    """The partition's end offset, asked for until a new topic is known everywhere."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return int(consumer.get_watermark_offsets(TopicPartition(kafka.raw, number))[1])
        except KafkaException:
            if time.monotonic() > deadline:
                raise


class Payloads:
    """A source of given bytes."""

    name = "payloads"
    start: int = 0

    def __init__(self, *payloads: bytes) -> None:
        self.payloads = payloads
        self.acknowledged: list[Position] = []

    def __iter__(self) -> Iterator[Post]:
        for index, payload in enumerate(self.payloads):
            yield Post(Unreadable(f"file:{index}", payload, "raw"), index + 1)

    def acknowledge(self, position: Position) -> None:
        self.acknowledged.append(position)

    def counts(self) -> dict[str, int]:
        return {}


def test_every_row_of_a_file_arrives_once_under_its_id(kafka: Kafka) -> None:
    source = FileSource(str(EXAMPLE), FileOptions(author_key=bytes(32)))
    summary = run(source, Publisher(kafka))
    found = arrived(kafka)
    assert summary.complete
    assert summary.sent == len(found) >= 320
    assert summary.last_position == EXAMPLE.stat().st_size
    messages = [wire.decode_message(value) for _, value in found]
    assert [key for key, _ in found] == [message.message_id for message in messages]
    expected = FileSource(str(EXAMPLE), FileOptions(author_key=bytes(32)))
    assert {post.key: post.payload() for post in expected} == dict(found)


def test_what_cannot_be_read_arrives_byte_for_byte(kafka: Kafka, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(b'text,date\n\xff\xfe,2025-03-01\nfine,2025-03-01\nlate,soon\n"open\n')
    summary = run(FileSource(str(path), FileOptions(author_key=bytes(32))), Publisher(kafka))
    assert (summary.read, summary.unreadable, summary.sent) == (4, 3, 4)
    values = [value for _, value in arrived(kafka)]
    assert b"\xff\xfe,2025-03-01" in values
    assert b'"open' in values
    assert any(b'"created_at":"soon"' in value for value in values)


def test_what_the_broker_refuses_is_named_and_holds_the_position_back(
    kafka: Kafka, capsys: pytest.CaptureFixture[str]
) -> None:
    for_client, for_broker = os.urandom(3_000_000), os.urandom(1_500_000)
    source = Payloads(b"one", for_broker, b"three", for_client, b"five")
    summary = run(source, Publisher(kafka))
    assert (summary.read, summary.sent, summary.refused) == (5, 3, 2)
    assert not summary.complete
    assert summary.last_position == 1
    said = capsys.readouterr().err
    assert "refused: file:1: " in said
    assert "refused: file:3: " in said
    assert sorted(key for key, _ in arrived(kafka)) == ["file:0", "file:2", "file:4"]


def test_a_refusal_is_exit_code_1(kafka: Kafka, tmp_path: Path) -> None:
    path, summary = tmp_path / "posts.csv", tmp_path / "summary.json"
    # The longest row there can be is, packed or not, longer than what a broker takes by default.
    path.write_bytes(b"text\nhi there\n" + os.urandom(2 << 20).replace(b"\n", b"n") + b"\n")
    with command(kafka, "file", str(path), "--summary-file", str(summary)) as process:
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "\nrefused: file:" in said
    found = json.loads(summary.read_text())
    assert (found["read"], found["sent"], found["refused"]) == (2, 1, 1)


def test_while_the_broker_is_away_messages_wait_and_none_is_lost_or_doubled(
    kafka: Kafka, server: KafkaServer
) -> None:
    stop, publisher = Stop(), Publisher(kafka)
    source = SyntheticSource(SyntheticOptions(count=30_000, seed=1))
    was_interrupted = threading.Event()

    def interrupt() -> None:
        while count_arrived(kafka) < 2_000:
            pass
        server.kill()
        server.start()
        was_interrupted.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    summary = run(source, publisher, rate=6_000, stop=stop)
    thread.join()
    assert was_interrupted.is_set()
    assert summary.complete
    keys = [key for key, _ in arrived(kafka)]
    assert sorted(keys) == sorted(f"synthetic:1-{number}" for number in range(30_000))


def test_a_stop_flushes_and_ends_with_a_summary_and_exit_code_0(
    kafka: Kafka, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.json"
    arguments = ("synthetic", "--count", "0", "--rate", "500", "--summary-file", str(summary))
    with command(kafka, *arguments) as process:
        while not count_arrived(kafka):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    found = json.loads(summary.read_text())
    assert found["stopped"]
    assert found["sent"] == found["read"] == count_arrived(kafka)
    assert said.splitlines()[-1].startswith("synthetic (stopped): ")


def test_a_killed_run_goes_on_at_its_position_and_nothing_is_missing(
    kafka: Kafka, tmp_path: Path
) -> None:
    path, state = tmp_path / "posts.csv", tmp_path / "state.json"
    rows = [f"{number},post number {number}\n" for number in range(6_000)]
    path.write_text("id,text\n" + "".join(rows))
    arguments = ("file", str(path), "--state", str(state))
    with command(kafka, *arguments, "--rate", "2000") as process:
        while not state.exists():
            assert process.poll() is None
        process.kill()
        process.communicate(timeout=60)
    position = json.loads(state.read_text())["position"]
    assert 0 < position < path.stat().st_size
    with command(kafka, *arguments) as process:
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert f"going on at byte {position:,} of " in " ".join(said.split())
    keys = [key for key, _ in arrived(kafka)]
    assert set(keys) == {f"file:{number}" for number in range(6_000)}
    assert len(keys) < 12_000
    assert json.loads(state.read_text())["position"] == path.stat().st_size


def test_the_rate_is_kept(kafka: Kafka) -> None:
    summary = run(
        SyntheticSource(SyntheticOptions(count=1_000, seed=2)), Publisher(kafka), rate=500
    )
    assert summary.sent == 1_000
    assert 1.9 < summary.seconds < 4
