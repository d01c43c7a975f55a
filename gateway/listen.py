"""The socket that the gateway listens on, or one clear error."""

import socket

from contracts.errors import ServerError
from contracts.settings import Gateway


def listening_socket(gateway: Gateway) -> socket.socket:
    """A bound socket. :raises ServerError: the port is in use or the address is not ours."""
    listener = socket.socket(socket.AF_INET6 if ":" in gateway.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((gateway.host, gateway.port))
    except OSError as error:
        listener.close()
        raise ServerError(
            f"cannot listen on {gateway.host}:{gateway.port} ({error.strerror})",
            "stop what uses the port, or set GROUNDSWELL_GATEWAY_PORT",
        ) from None
    return listener
