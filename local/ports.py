"""Ports of this machine: free ones, and who has the others."""

import errno
import socket
from contextlib import ExitStack

import psutil

from contracts.errors import ServerError

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on now."""
    return free_ports(1)[0]


def port_owner(port: int) -> str | None:
    """``NAME (pid N)`` of the process that listens on a port, where this user may know it."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,):
                process = psutil.Process(connection.pid) if connection.pid else None
                return f"{process.name()} (pid {process.pid})" if process else None
    except psutil.Error:
        return None
    return None


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on now."""
    with ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in sockets]


def is_free(port: int) -> bool:
    """Whether nobody listens on a port, be it a process that this user cannot see."""
    try:
        ensure_port_free(port, "")
    except ServerError:
        return False
    return True


def ensure_port_free(port: int, setting: str) -> None:
    """Refuse to go on where a port is taken.

    :param setting: what the user sets to choose another port, such as ``KAFKA_PORT``.
    :raises ServerError: it is; names who has it where that can be known.
    """
    with socket.socket() as probe:
        # Connections of a server that just ended do not count, as they do not for servers.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ServerError(
                    f"cannot listen on port {port}: {error.strerror}",
                    f"choose another with {setting}=…",
                ) from error
            owner = port_owner(port) or "another process"
            raise ServerError(
                f"port {port} is in use by {owner}", f"stop it or choose another with {setting}=…"
            ) from error
