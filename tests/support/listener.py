"""A WebSocket client that keeps every frame it was sent."""

import threading
from contextlib import ExitStack
from typing import Any, Self

import msgspec
from websockets.sync.client import ClientConnection, connect

Frame = dict[str, Any]


class Listener:
    """``with Listener(url) as heard:`` listens meanwhile."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/ws"
        self.frames: list[Frame] = []
        self._open = ExitStack()

    def of(self, event: str) -> list[Frame]:
        return [frame for frame in list(self.frames) if frame["event"] == event]

    def _listen(self, socket: ClientConnection) -> None:
        for text in socket:
            self.frames.append(msgspec.json.decode(text))

    def __enter__(self) -> Self:
        socket = self._open.enter_context(connect(self._url, max_size=None))
        listening = threading.Thread(target=self._listen, args=[socket])
        listening.start()
        self._open.callback(listening.join)
        self._open.callback(socket.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
