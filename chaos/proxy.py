"""A TCP proxy in front of a server, that can be cut or stalled as a network is."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from typing import Any, Self

CHUNK_BYTES = 65536
ANSWER_S = 10.0
HOST = "127.0.0.1"


class Proxy:
    """Passes on what comes, in a thread of its own. ``with Proxy(port) as proxy:`` runs it."""

    def __init__(self, target_port: int, port: int = 0) -> None:
        """:param port: where it listens; by default a free one."""
        self.port = port
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._listener: socket.socket | None = None
        self._flowing = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        self._do(self._close())

    def stall(self) -> None:
        """Take connections and bytes, and pass nothing on."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def mend(self) -> None:
        """Pass on again, what was held too."""
        self._do(self._open())

    def __enter__(self) -> Self:
        """Listening."""
        self._thread.start()
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        """Closed."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(ANSWER_S)

    async def _open(self) -> None:
        self._flowing.set()
        if self._listener is None:
            self._listener = socket.create_server((HOST, self.port))
            self._listener.setblocking(False)
            self.port = self._listener.getsockname()[1]
            self._loop.add_reader(self._listener, self._accept, self._listener)

    async def _close(self) -> None:
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        self._flowing.set()
        await asyncio.sleep(0)

    def _accept(self, listener: socket.socket) -> None:
        """Not left to ``asyncio.Server``: closed at this moment, it forgets the connection."""
        with suppress(OSError):
            client, _ = listener.accept()
            connection = self._loop.create_task(self._pass_on(client))
            self._connections.add(connection)
            connection.add_done_callback(self._connections.discard)
            connection.add_done_callback(lambda _: client.close())

    async def _pass_on(self, client: socket.socket) -> None:
        with suppress(OSError), ExitStack() as ends:
            here, back = await asyncio.open_connection(sock=client)
            ends.callback(back.transport.abort)
            there, forth = await asyncio.open_connection(HOST, self._target_port)
            ends.callback(forth.transport.abort)
            await asyncio.gather(self._pump(here, forth), self._pump(there, back))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(CHUNK_BYTES):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            writer.transport.abort()
        else:
            writer.close()
