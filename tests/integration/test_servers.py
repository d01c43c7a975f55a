"""Real servers and the processes that they run in: used, killed, started again on their folders."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import redis
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined] # exported, as its documents say
    AdminClient,
    NewTopic,
)

from contracts.errors import ServerError
from local.fetch import cache_folder
from local.ports import ensure_port_free, free_port, free_ports, port_owner
from local.process import Process, stop_survivor
from local.servers import elasticsearch
from local.servers.elasticsearch import ElasticsearchServer
from local.servers.kafka import KafkaServer, kafka_cluster, kafka_image
from local.servers.sentinel import ValkeySentinel
from local.servers.server import Server
from local.servers.valkey import ValkeyServer

SERVERS: list[type[Server]] = [KafkaServer, ValkeyServer, ElasticsearchServer]
RUN_SERVER = """
import os, signal, sys
from pathlib import Path
from local.servers.valkey import ValkeyServer

server = ValkeyServer(Path(sys.argv[1]), int(sys.argv[2]))
server.start()
if sys.argv[3] == "without guard":
    os.kill(server._process._guard.pid, signal.SIGKILL)
print(server.pid, flush=True)
signal.pause()
"""


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def shell(folder: Path, script: str) -> Process:
    return Process("script", ["/bin/sh", "-c", script], folder)


def words_of(process: Process) -> list[str]:
    return process.log_tail().split()


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that nobody here may touch."""
    with subprocess.Popen(["sleep", "1000"]) as process:
        yield process
        process.kill()


def create_topic(bootstrap: str, replication: int = 1) -> None:
    topic = NewTopic("things", num_partitions=1, replication_factor=replication)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([topic])["things"].result(20)


def produce(bootstrap: str, values: list[str]) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    for value in values:
        producer.produce("things", value.encode())
    assert producer.flush(30) == 0


def consume(bootstrap: str, count: int) -> list[str]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "test",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe(["things"])
    try:
        messages = consumer.consume(count, timeout=30)
        return [(message.value() or b"").decode() for message in messages]
    finally:
        consumer.close()


def test_kafka_has_its_messages_after_a_crash_and_after_a_stop(tmp_path: Path) -> None:
    reports: list[str] = []
    server = KafkaServer(tmp_path / "kafka", free_port())
    server.start(reports.append)
    assert reports[-1] == "starting kafka"
    with server:
        create_topic(server.bootstrap)
        produce(server.bootstrap, ["a", "b"])
        server.kill()
        assert not server.alive
        server.start()
        produce(server.bootstrap, ["c"])
        server.stop()
        server.start()
        assert consume(server.bootstrap, 3) == ["a", "b", "c"]
    assert not server.alive


@pytest.mark.parametrize("kept_share", [1.0, 0.5, 0.0])
def test_kafka_starts_when_its_cached_archive_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_share: float
) -> None:
    image = kafka_image(lambda _: None)
    own = tmp_path / "groundswell"
    own.mkdir()
    (own / "jars").symlink_to(cache_folder() / "jars")
    shutil.copytree(image, own / image.name)
    archive = own / image.name / "kafka.aot"
    size = archive.stat().st_size
    with archive.open("r+b") as file:
        for place in range(size // 10, size, size // 100):
            file.seek(place)
            file.write(bytes(range(256)))
        file.truncate(int(size * kept_share))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with KafkaServer(tmp_path / "kafka", free_port()) as server:
        create_topic(server.bootstrap)


def test_a_kafka_cluster_goes_on_while_one_node_is_down(tmp_path: Path) -> None:
    with kafka_cluster(tmp_path) as cluster:
        create_topic(cluster.bootstrap, replication=3)
        cluster.servers[0].kill()
        produce(cluster.bootstrap, ["a"])
        cluster.start()
        assert all(server.alive for server in cluster.servers)
        assert consume(cluster.bootstrap, 1) == ["a"]
    assert not any(server.alive for server in cluster.servers)


def test_valkey_has_its_keys_after_a_crash_and_after_a_stop(tmp_path: Path) -> None:
    with (
        ValkeyServer(tmp_path / "valkey", free_port()) as server,
        redis.Redis.from_url(server.url, decode_responses=True) as client,
    ):
        client.set("a", "1")
        server.kill()
        server.start()
        client.set("b", "2")
        server.stop()
        server.start()
        assert client.mget("a", "b") == ["1", "2"]


def test_another_program_of_the_redis_protocol_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VALKEY_SERVER", "/nowhere/redis-server")
    with pytest.raises(ServerError, match=r"cannot start valkey.*/nowhere/redis-server"):
        ValkeyServer(tmp_path / "valkey", free_port()).start()


def test_the_sentinels_put_a_replica_in_the_place_of_a_killed_master(tmp_path: Path) -> None:
    with ValkeySentinel(tmp_path, replicas=2) as sentinel:
        master = sentinel.master
        master.kill()
        assert eventually(lambda: sentinel.master is not master)
        assert sentinel.master.alive
        sentinel.start()
        assert all(server.alive for server in (*sentinel.servers, *sentinel.sentinels))
    assert not any(server.alive for server in (*sentinel.servers, *sentinel.sentinels))


def test_elasticsearch_has_its_documents_after_a_crash_and_leaves_nothing_running(
    tmp_path: Path,
) -> None:
    with (
        ElasticsearchServer(tmp_path / "elasticsearch", free_port()) as server,
        httpx.Client(base_url=server.url, timeout=30) as client,
    ):
        client.put("/things/_doc/1", json={"text": "a storm"}).raise_for_status()
        family = [server.pid or 0, *children_of(server)]
        server.kill()
        assert not any(runs(pid) for pid in family)
        server.start()
        client.post("/things/_refresh").raise_for_status()
        answer = client.post("/things/_search", json={"query": {"match": {"text": "storm"}}})
        assert [hit["_id"] for hit in answer.json()["hits"]["hits"]] == ["1"]
        family = [server.pid or 0, *children_of(server)]
        assert len(family) > 1
    assert not any(runs(pid) for pid in family)


def children_of(server: Server) -> list[int]:
    return [child.pid for child in psutil.Process(server.pid).children(recursive=True)]


def test_elasticsearch_runs_as_nobody_where_root_has_no_user_namespaces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert elasticsearch.as_other_than_root() == ((), "nobody")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert elasticsearch.as_other_than_root() == ((), None)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_taken_port_is_refused_with_its_owner_and_the_setting(
    kind: type[Server], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = kind(tmp_path / kind.name, port, port_setting="SOME_PORT")
        with pytest.raises(ServerError) as caught:
            server.start()
    owner = f"{psutil.Process().name()} (pid {os.getpid()})"
    assert caught.value.what == f"port {port} is in use by {owner}"
    assert caught.value.remedy == "stop it or choose another with SOME_PORT=…"
    assert not server.folder.exists()


def test_a_port_that_nobody_listens_on_has_no_owner() -> None:
    port = free_port()
    ensure_port_free(port, "PORT")
    assert port_owner(port) is None
    assert len(set(free_ports(20))) == 20


def test_a_server_dies_with_the_program_that_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN_SERVER, str(tmp_path), str(free_port()), "with guard"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        pid = int(program.stdout.readline())
        assert runs(pid)
        program.kill()
    assert eventually(lambda: not runs(pid))


def test_a_server_that_outlived_its_program_is_stopped_by_the_next_start(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", RUN_SERVER, str(tmp_path), str(port), "without guard"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        pid = int(program.stdout.readline())
        program.kill()
    assert runs(pid)
    with ValkeyServer(tmp_path, port) as server:
        assert not runs(pid)
        assert server.pid != pid


def test_a_stranger_with_the_recorded_id_is_not_touched(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    created = psutil.Process(bystander.pid).create_time()
    pid_file = tmp_path / "server.pid"
    pid_file.write_text(json.dumps({"pid": bystander.pid, "create_time": created - 60}))
    assert not stop_survivor(pid_file)
    assert bystander.poll() is None
    assert not pid_file.exists()


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"pid": "x"}', '{"pid": 1}', "null"])
def test_a_pid_file_that_says_nothing_useful_is_removed(tmp_path: Path, text: str) -> None:
    pid_file = tmp_path / "server.pid"
    pid_file.write_text(text)
    assert not stop_survivor(pid_file)
    assert not pid_file.exists()


def test_a_process_that_ends_by_itself_fails_at_once_with_its_last_words(tmp_path: Path) -> None:
    process = shell(tmp_path, "echo the disk is full; exit 3")
    process.start()
    with pytest.raises(ServerError, match=r"(?s)script ended with code 3.*the disk is full"):
        process.wait_until(lambda: False, deadline_seconds=60)


def test_last_words_are_those_of_this_run(tmp_path: Path) -> None:
    process = shell(tmp_path, "echo run $(($(wc -l < script.log) + 1))")
    process.working_directory = tmp_path
    for number in ("1", "2"):
        process.start()
        assert eventually(lambda: process.exit_code == 0)
        assert words_of(process) == ["run", number]
        process.stop()


def test_a_process_that_is_not_ready_in_time_is_ended(tmp_path: Path) -> None:
    process = shell(tmp_path, "echo waiting for Godot; sleep 1000")
    process.start()
    pid = process.pid or 0
    with pytest.raises(ServerError, match=r"(?s)not ready within 0 s.*script\.log"):
        process.wait_until(lambda: False, deadline_seconds=0.3)
    assert not runs(pid)


def test_stopping_waits_for_a_process_that_tidies_up(tmp_path: Path) -> None:
    process = shell(
        tmp_path, "trap 'sleep 0.3; echo tidy; exit' TERM; echo up; while :; do sleep 0.05; done"
    )
    process.start()
    assert eventually(lambda: words_of(process) == ["up"])
    process.stop()
    assert words_of(process) == ["up", "tidy"]


def test_stopping_ends_a_process_that_ignores_it_and_all_that_it_started(tmp_path: Path) -> None:
    process = shell(tmp_path, "trap '' TERM; sleep 1000 & echo $!; wait")
    process.start()
    assert eventually(lambda: bool(words_of(process)))
    family = [process.pid or 0, int(words_of(process)[0])]
    assert all(runs(pid) for pid in family)
    process.stop(patience_seconds=0.2)
    assert not any(runs(pid) for pid in family)
    assert not process.alive
    assert not process.pid_file.exists()


def test_what_a_process_left_behind_when_it_ended_is_ended_too(tmp_path: Path) -> None:
    process = shell(tmp_path, "sleep 1000 & echo $!")
    process.start()
    assert eventually(lambda: process.exit_code == 0)
    left = int(words_of(process)[0])
    assert runs(left)
    process.stop()
    assert not runs(left)


def test_the_terminals_interrupt_does_not_reach_a_process(tmp_path: Path) -> None:
    process = shell(tmp_path, "sleep 1000")
    process.start()
    assert os.getpgid(process.pid or 0) != os.getpgid(0)
    process.stop()


def test_a_program_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    process = Process("server", [tmp_path / "nothing"], tmp_path)
    with pytest.raises(ServerError, match=r"cannot start server: .*No such file"):
        process.start()
    assert not process.alive


def test_a_variable_can_be_set_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", "inherited")
    monkeypatch.setenv("SECOND", "inherited")
    process = Process(
        "script",
        ["/bin/sh", "-c", "echo ${FIRST-none} ${SECOND-none}"],
        tmp_path,
        environment={"FIRST": "own", "SECOND": None},
    )
    process.start()
    assert eventually(lambda: process.exit_code == 0)
    assert words_of(process) == ["own", "none"]
    process.stop()


def test_a_killed_process_died_of_kill(tmp_path: Path) -> None:
    process = shell(tmp_path, "sleep 1000")
    process.start()
    os.kill(process.pid or 0, signal.SIGKILL)
    assert eventually(lambda: process.exit_code == -signal.SIGKILL)
    process.stop()
