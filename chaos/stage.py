"""What is broken: real servers behind proxies, the pipeline, and one more analyze replica."""

from contextlib import ExitStack
from pathlib import Path
from typing import Self

from chaos.proxy import Proxy
from local import services
from local.platform import Platform, Wanted
from local.ports import free_port, free_ports
from local.process import Report
from local.servers.elasticsearch import ElasticsearchServer
from local.servers.kafka import KafkaServer
from local.servers.server import Server
from local.servers.valkey import ValkeyServer
from local.services import Supervisor

KAFKA_SETTINGS = {"transaction.abort.timed.out.transaction.cleanup.interval.ms": "500"}
SETTINGS = {
    "GROUNDSWELL_KAFKA_TRANSACTION_TIMEOUT_MS": "4000",
    "GROUNDSWELL_KAFKA_REQUEST_TIMEOUT_MS": "5000",
    "GROUNDSWELL_HISTORY_TIMEOUT_MS": "3000",
    "GROUNDSWELL_INFERENCE_MODE": "fast",
}


class Stage:
    """``with Stage(folder, tell) as stage:`` runs it."""

    def __init__(self, folder: Path, tell: Report) -> None:
        kafka_port, proxied = free_ports(2)
        address = {"advertised.listeners": f"BROKER://127.0.0.1:{proxied}"}
        self.kafka = KafkaServer(folder / "kafka", kafka_port, settings=KAFKA_SETTINGS | address)
        self.valkey = ValkeyServer(folder / "valkey", free_port())
        self.elasticsearch = ElasticsearchServer(folder / "elasticsearch", free_port())
        self.servers: dict[str, Server] = {
            "broker": self.kafka,
            "redis": self.valkey,
            "elasticsearch": self.elasticsearch,
        }
        self.networks = {
            "broker": Proxy(kafka_port, proxied),
            "redis": Proxy(self.valkey.port, free_port()),
            "elasticsearch": Proxy(self.elasticsearch.port, free_port()),
        }
        self.platform = Platform(
            Wanted(
                folder=folder / "platform",
                port=free_port(),
                search="elasticsearch",
                kafka=f"127.0.0.1:{proxied}",
                redis=f"redis://127.0.0.1:{self.networks['redis'].port}/0",
                elasticsearch=f"http://127.0.0.1:{self.networks['elasticsearch'].port}",
                environment=SETTINGS,
            ),
            tell,
        )
        instance = {"GROUNDSWELL_KAFKA_INSTANCE": "replica"}
        environment = self.platform.environment | instance
        self.replica = Supervisor(services.analyze(folder / "replica", environment), tell)
        self._running = ExitStack()

    @property
    def pipeline(self) -> Supervisor:
        """The pipeline's supervisor."""
        if self.platform.pipeline is None:
            raise RuntimeError("the stage is not set")
        return self.platform.pipeline

    def __enter__(self) -> Self:
        """All of it answers."""
        try:
            for server in self.servers.values():
                self._running.callback(server.kill)
                server.launch()
            for server in self.servers.values():
                server.wait_until_ready()
            for proxy in self.networks.values():
                self._running.enter_context(proxy)
            self._running.callback(self.platform.stop)
            self.platform.start()
            self._running.callback(self.replica.stop)
            self.replica.start()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stopped, in the opposite order."""
        self._running.close()
