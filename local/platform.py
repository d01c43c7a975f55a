"""The whole platform on this machine: servers, topics, pipeline and gateway, in order.

Used by the demo, the tests and the benchmarks alike. Servers that are already somewhere are used
as they are; the others are started here, in one folder that holds all of the platform's state.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

import httpx

from contracts.errors import USER_ERROR, ServerError
from contracts.settings import Settings, load
from local import services
from local.ports import ensure_port_free, free_port, is_free
from local.process import Process, Report
from local.servers.elasticsearch import ElasticsearchServer
from local.servers.kafka import KafkaServer
from local.servers.server import Server
from local.servers.valkey import ValkeyServer
from local.services import Supervisor
from stores.kafka import ensure_topics
from stores.kafka.admin import assigned_members
from stores.open import open_history
from stores.redis import LiveStore

READY_SECONDS = 60
Search = Literal["sqlite", "elasticsearch"]


@dataclass(frozen=True)
class Wanted:
    """What is to run, and where.

    :param folder: all state; started again on it, the platform goes on where it was.
    :param kafka: ``host:port`` of a broker that is already there; likewise ``redis`` and
        ``elasticsearch`` as URLs.
    :param workers: threads of the pipeline.
    :param environment: further settings, as variables.
    """

    folder: Path
    port: int = 8000
    search: Search = "sqlite"
    kafka: str | None = None
    redis: str | None = None
    elasticsearch: str | None = None
    workers: int = 1
    environment: dict[str, str] = field(default_factory=dict)


class Platform:
    """``with Platform(wanted) as platform:`` runs it; stops in reverse order."""

    def __init__(self, wanted: Wanted, report: Report = lambda _: None) -> None:
        """:param report: told of everything that is being done and of every service that is up."""
        self.wanted = wanted
        self.folder = wanted.folder.absolute()
        self._report = report
        self.kafka = None if wanted.kafka else KafkaServer(self.folder / "kafka", _port(9092))
        self.valkey = None if wanted.redis else ValkeyServer(self.folder / "valkey", _port(6379))
        self.elasticsearch: ElasticsearchServer | None = None
        if wanted.search == "elasticsearch" and not wanted.elasticsearch:
            self.elasticsearch = ElasticsearchServer(self.folder / "elasticsearch", _port(9200))
        self.port = wanted.port
        self.environment = self._environment()
        self.settings: Settings = load({**_settings_of_this_process(), **self.environment})
        self.pipeline: Supervisor | None = None
        self.gateway: Supervisor | None = None
        self.connectors: list[Process | Supervisor] = []

    @property
    def url(self) -> str:
        """The gateway's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start everything and wait until it answers.

        :raises GroundswellError: something cannot be had or does not come up.
        """
        ensure_port_free(self.port, "PORT")
        self.start_servers()
        self.start_services()

    def start_servers(self) -> None:
        """Start the servers side by side, then create the topics."""
        servers = self._servers()
        for server in servers:
            server.launch(self._report)
        for server in servers:
            server.wait_until_ready()
            self._report(f"{server.name} is up at {server.address}")
        for difference in ensure_topics(self.settings.kafka):
            self._report(f"warning: {difference}")

    def start_services(self) -> None:
        """Start pipeline and gateway and wait until both work.

        The stores are asked first: one that is away is said at once, and the history's file is
        made by one process alone.
        """
        LiveStore(self.settings.redis).ping()
        history = open_history(self.settings)
        history.ping()
        history.close()
        self.pipeline = Supervisor(
            services.pipeline(self.folder / "pipeline", self.environment, self.wanted.workers),
            self._report,
        )
        self.gateway = Supervisor(
            services.gateway(self.folder / "gateway", self.environment), self._report
        )
        self.pipeline.start()
        self.gateway.start()
        self._wait(self.gateway.process, self._gateway_answers)
        self._report(f"gateway is up at {self.url}")
        self._wait(self.pipeline.process, self._pipeline_reads)
        self._report("pipeline is up, with recovery on")

    def connector(self, *arguments: str | Path) -> Process:
        """A connector that writes to this platform, not started yet; stops with the platform."""
        process = services.connector(self.folder / "connector", self.environment, *arguments)
        self.connectors.append(process)
        return process

    def poll(self, name: str) -> None:
        """Have a connector run, whatever happens, until the platform stops."""
        process = services.connector(self.folder / "connector", self.environment, name)
        supervisor = Supervisor(process, self._report)
        self.connectors.append(supervisor)
        supervisor.start()

    def require_services(self) -> None:
        """:raises ServerError: a service has stopped for good."""
        for service in (self.pipeline, self.gateway):
            if service and service.has_given_up:
                raise ServerError(service.process.log_tail(1).removeprefix("error: "))

    def stop(self) -> None:
        """Stop everything in the messages' order, the servers last."""
        for connector in self.connectors:
            connector.stop()
        for service in (self.pipeline, self.gateway):
            if service:
                service.stop()
        for server in reversed(self._servers()):
            server.stop()

    def __enter__(self) -> Self:
        """Started."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stopped, whatever happened."""
        self.stop()

    def _servers(self) -> list[Server]:
        return [s for s in (self.kafka, self.elasticsearch, self.valkey) if s is not None]

    def _environment(self) -> dict[str, str]:
        wanted = self.wanted
        elasticsearch = self.elasticsearch.url if self.elasticsearch else wanted.elasticsearch
        variables = {
            "GROUNDSWELL_KAFKA_BOOTSTRAP": self.kafka.bootstrap if self.kafka else wanted.kafka,
            "GROUNDSWELL_REDIS_URL": self.valkey.url if self.valkey else wanted.redis,
            "GROUNDSWELL_HISTORY_STORE": wanted.search,
            "GROUNDSWELL_HISTORY_PATH": str(self.folder / "history.sqlite"),
            "GROUNDSWELL_HISTORY_URL": elasticsearch,
            "GROUNDSWELL_GATEWAY_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **wanted.environment,
        }
        return {name: value for name, value in variables.items() if value is not None}

    def _wait(self, process: Process, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not is_ready():
            if process.exit_code == USER_ERROR:
                raise ServerError(process.log_tail(1).removeprefix("error: "))
            if time.monotonic() > deadline:
                raise ServerError(
                    f"{process.name} is not ready after {READY_SECONDS} s",
                    f"its log is {process.log}",
                )
            time.sleep(0.05)

    def _gateway_answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _pipeline_reads(self) -> bool:
        return assigned_members(self.settings.kafka) > 0


def _port(usual: int) -> int:
    """The usual port, or a free one where that is taken."""
    return usual if is_free(usual) else free_port()


def _settings_of_this_process() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("GROUNDSWELL_")}
