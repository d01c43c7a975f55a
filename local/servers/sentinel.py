"""Sentinel on this machine: a master, its replicas, and sentinels that put one in its place.

All of them are the program of :mod:`local.servers.valkey`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import redis

from local.ports import HOST, free_ports
from local.process import Process, Report
from local.servers.server import Server
from local.servers.valkey import ValkeyServer, valkey_binary

MASTER_NAME = "live"
SENTINELS = 3
_QUORUM = 2
_DOWN_AFTER_MS = 1000
_FAILOVER_TIMEOUT_MS = 2000


class SentinelServer(Server):
    """One sentinel: it watches a master, and agrees with its peers on who is to follow it.

    :param master_port: where the master is when the sentinel is started for the first time.
    :param replicas: how many replicas and
    :param peers: how many other sentinels it is to know before it counts as ready.
    """

    name = "sentinel"
    deadline_seconds = 30

    def __init__(
        self, folder: Path, port: int, *, master_port: int, replicas: int, peers: int
    ) -> None:
        super().__init__(folder, port)
        self.master_port = master_port
        self.replicas = replicas
        self.peers = peers

    def prepare(self, tell: Report) -> Process:
        """Write its configuration, which it keeps what it learns in."""
        del tell
        configuration = self.folder / "sentinel.conf"
        if not configuration.exists():
            lines = [
                f"bind {HOST}",
                f"port {self.port}",
                f'dir "{self.folder}"',
                f"sentinel monitor {MASTER_NAME} {HOST} {self.master_port} {_QUORUM}",
                f"sentinel down-after-milliseconds {MASTER_NAME} {_DOWN_AFTER_MS}",
                f"sentinel failover-timeout {MASTER_NAME} {_FAILOVER_TIMEOUT_MS}",
            ]
            configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return Process(self.name, [valkey_binary(), configuration, "--sentinel"], self.folder)

    def answers(self) -> bool:
        """Whether it knows the replicas and its peers: without them nobody could follow."""
        try:
            state = self.master()
        except redis.RedisError:
            return False
        known = int(state["num-slaves"]), int(state["num-other-sentinels"])
        return known >= (self.replicas, self.peers) and "down" not in state["flags"]

    def master(self) -> dict[str, Any]:
        """What it says of the master. :raises redis.RedisError: it does not answer."""
        with redis.Redis(HOST, self.port, socket_timeout=2, decode_responses=True) as client:
            state: dict[str, Any] = client.sentinel_master(MASTER_NAME)
            return state


class ValkeySentinel:
    """A master, its replicas and three sentinels; ``with`` starts and stops them.

    :param folder: their data, a folder each.
    :param replicas: how many; which server is the master changes with every failover.
    """

    def __init__(self, folder: Path, replicas: int = 1) -> None:
        master_port, *ports = free_ports(1 + replicas + SENTINELS)
        self.servers = [ValkeyServer(folder / "valkey-1", master_port)] + [
            ValkeyServer(folder / f"valkey-{number}", port, replica_of=master_port)
            for number, port in enumerate(ports[:replicas], start=2)
        ]
        self.sentinels = [
            SentinelServer(
                folder / f"sentinel-{number}",
                port,
                master_port=master_port,
                replicas=replicas,
                peers=SENTINELS - 1,
            )
            for number, port in enumerate(ports[replicas:], start=1)
        ]

    @property
    def url(self) -> str:
        """What ``GROUNDSWELL_REDIS_URL`` is set to."""
        addresses = ",".join(sentinel.address for sentinel in self.sentinels)
        return f"redis+sentinel://{addresses}/{MASTER_NAME}/0"

    @property
    def master(self) -> ValkeyServer:
        """The server that the sentinels call the master now."""
        port = int(self.sentinels[0].master()["port"])
        return next(server for server in self.servers if server.port == port)

    def start(self, report: Report | None = None) -> None:
        """Start what does not run, and wait until a failover is possible.

        :raises ServerError: see :meth:`Server.start`.
        """
        # A sentinel asks a master for its replicas at once, and then only every now and then.
        for servers in (self.servers, self.sentinels):
            _start(servers, report)

    def stop(self) -> None:
        """End all of them in good order, the sentinels first: they are to take no notice."""
        for server in (*self.sentinels, *self.servers):
            server.stop()

    def __enter__(self) -> Self:
        """Started, or ended again where one does not come up."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stopped, whatever happened."""
        self.stop()


def _start(servers: Sequence[Server], report: Report | None) -> None:
    for server in servers:
        if not server.alive:
            server.launch(report)
    for server in servers:
        server.wait_until_ready()
