"""Fan-out: one reader of the live store's events, any number of WebSocket clients.

A client gets ``metrics:initial`` first; then ``metrics:update`` when windows changed, at most
twice a second, ``message:new``, ``alert:churn`` and ``message:deleted``. ``seq`` counts the
frames of a connection. A client that does not keep up is disconnected, so that it comes back to a
fresh snapshot.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from anyio import CancelScope, create_task_group
from fastapi import WebSocket
from msgspec import Raw
from prometheus_client import Counter, Gauge

from contracts import wire
from contracts.errors import ServerError
from gateway.answers import Range
from gateway.views import Views
from stores.redis import Event, LiveStore

logger = logging.getLogger(__name__)

QUEUE_FRAMES = 500
UPDATE_INTERVAL_S = 0.5
REST_SHARE = 3  # after a costly update, so much longer than it took
EVENT_WAIT_MS = 500
RETRY_S = 1.0
TRY_AGAIN_LATER = 1013
FRAMES = {"message": "message:new", "alert": "alert:churn", "deleted": "message:deleted"}

CLIENTS = Gauge("sentiment_gateway_clients", "Connected WebSocket clients")
SLOW_CLIENTS = Counter("sentiment_gateway_slow_clients", "Clients disconnected as too slow")


@dataclass(eq=False)
class Client:
    """A connection's queue of (event, data) and its range."""

    range: Range
    frames: asyncio.Queue[tuple[str, Raw] | None] = field(
        default_factory=lambda: asyncio.Queue(QUEUE_FRAMES)
    )


class Hub:
    """Serves connections from within the gateway's event loop."""

    def __init__(self, live: LiveStore, views: Views) -> None:
        """:param views: what the frames show."""
        self._live = live
        self._views = views
        self._clients: set[Client] = set()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_running(self) -> bool:
        """Whether events are being read and sent."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Read and send events meanwhile."""
        self._tasks = [asyncio.create_task(work) for work in (self._listen(), self._update())]
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def serve(self, socket: WebSocket, range_: Range) -> None:
        """Serve one connection until it ends."""
        await socket.accept()
        client = Client(range_)
        self._clients.add(client)
        CLIENTS.inc()
        is_sent_away = False
        try:
            async with create_task_group() as both:
                both.start_soon(_cancel_when_gone, socket, both.cancel_scope)
                try:
                    await self._send(socket, client)
                except ServerError as error:
                    logger.warning("a client is sent away: %s", error)
                is_sent_away = True
                both.cancel_scope.cancel()
        finally:
            self._clients.discard(client)
            CLIENTS.dec()
        if is_sent_away:
            await socket.close(TRY_AGAIN_LATER, "connect again for a fresh snapshot")

    async def _send(self, socket: WebSocket, client: Client) -> None:
        snapshot = await asyncio.to_thread(self._views.snapshot, client.range)
        await socket.send_text(_frame("metrics:initial", Raw(wire.encode(snapshot)), seq=0))
        seq = 0
        while (frame := await client.frames.get()) is not None:
            seq += 1
            await socket.send_text(_frame(*frame, seq=seq))

    async def _listen(self) -> None:
        position: str | None = None
        while True:
            try:
                if position is None:
                    position = await asyncio.to_thread(self._live.last_position)
                events = await asyncio.to_thread(self._live.events_after, position, EVENT_WAIT_MS)
            except ServerError as error:
                logger.warning("%s", error)
                await asyncio.sleep(RETRY_S)
                continue
            for event in events:
                position = event.position
                self._pass_on(event)

    def _pass_on(self, event: Event) -> None:
        if event.kind == "metrics":
            self._changed.set()
        else:
            for client in list(self._clients):
                self._put(client, FRAMES[event.kind], Raw(event.data))

    async def _update(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            begun = time.monotonic()
            for range_ in {client.range for client in self._clients}:
                try:
                    metrics = await asyncio.to_thread(self._views.metrics, range_)
                except ServerError as error:
                    logger.warning("%s", error)
                    continue
                except Exception:
                    logger.exception("the metrics cannot be shown")
                    continue
                data = Raw(wire.encode(metrics))
                for client in [client for client in self._clients if client.range == range_]:
                    self._put(client, "metrics:update", data)
            taken_s = time.monotonic() - begun
            await asyncio.sleep(max(UPDATE_INTERVAL_S, REST_SHARE * taken_s))

    def _put(self, client: Client, event: str, data: Raw) -> None:
        try:
            client.frames.put_nowait((event, data))
        except asyncio.QueueFull:
            SLOW_CLIENTS.inc()
            self._clients.discard(client)
            while not client.frames.empty():
                client.frames.get_nowait()
            client.frames.put_nowait(None)


async def _cancel_when_gone(socket: WebSocket, scope: CancelScope) -> None:
    """Wait until the client goes; what it says is not asked for."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    scope.cancel()


def _frame(event: str, data: Raw, *, seq: int) -> str:
    return wire.encode({"event": event, "data": data, "seq": seq}).decode()
