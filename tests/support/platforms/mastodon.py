"""A server that behaves as Mastodon's documented API does for those without an account.

``with MastodonServer() as server: server.post("I love cola #cola"); server.url``. Its time is a
clock that can be set.
"""

import json
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

TAG = re.compile(r"#(\w+)")
LIMIT = 300
WINDOW = timedelta(minutes=5)
PAGE_MOST = 40


class MastodonServer:
    """Mastodon, on 127.0.0.1, until the ``with`` block ends."""

    def __init__(
        self, clock: Callable[[], datetime] = lambda: datetime.now(UTC), limit: int = LIMIT
    ) -> None:
        self.clock = clock
        self.limit = limit
        self.statuses: dict[int, dict[str, Any]] = {}
        self.requests: list[tuple[datetime, str, int]] = []
        self.faults: list[tuple[int, bytes]] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._window = datetime.fromtimestamp(0, UTC)
        self._used = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def post(self, text: str, *, late: timedelta = timedelta(0), **more: Any) -> str:
        """A post of now; ``late``: of another server, written so long ago."""
        with self._lock:
            created_at = self.clock() - late
            number = int(created_at.timestamp() * 1000) << 16
            while number in self.statuses:
                number += 1
            self.statuses[number] = {
                "id": str(number),
                "created_at": created_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "visibility": "public",
                "content": f"<p>{text}</p>",
                "language": "en",
                "account": {"acct": "ann", "url": "https://example.org/@ann", "noindex": False},
                "replies_count": 0,
                **more,
            }
        return str(number)

    def delete(self, post_id: str) -> None:
        with self._lock:
            del self.statuses[int(post_id)]

    def fail(self, status: int, body: bytes = b"{}", times: int = 1) -> None:
        """The next answers are these."""
        self.faults += [(status, body)] * times

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, bytes, dict[str, str]]:
        with self._lock:
            now = self.clock()
            begin = datetime.fromtimestamp(now.timestamp() // 300 * 300, UTC)
            if begin != self._window:
                self._window, self._used = begin, 0
            self._used += 1
            headers = {
                "X-RateLimit-Limit": str(self.limit),
                "X-RateLimit-Remaining": str(max(0, self.limit - self._used)),
                "X-RateLimit-Reset": (begin + WINDOW).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            }
            status, body = self._found(path, query)
            if self._used > self.limit:
                status, body = 429, {"error": "Too many requests"}
            raw = json.dumps(body).encode()
            if self.faults:
                status, raw = self.faults.pop(0)
            self.requests.append((now, path, status))
            return status, raw, headers

    def _found(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if path == "/api/v2/instance":
            return 200, {"title": "Test", "version": "4.4.0"}
        if path == "/api/v1/statuses":
            wanted = [int(each) for each in query.get("id[]", [])]
            return 200, [self.statuses[each] for each in wanted if each in self.statuses]
        if found := re.fullmatch(r"/api/v1/timelines/tag/(\w+)", path):
            limit = min(PAGE_MOST, int(query.get("limit", ["20"])[0]))
            behind = int(query.get("min_id", ["0"])[0])
            tagged = [
                status
                for number, status in sorted(self.statuses.items())
                if number > behind and found[1] in TAG.findall(status["content"])
            ]
            page = tagged[:limit] if behind else tagged[-limit:]
            return 200, page[::-1]
        return 404, {"error": "Record not found"}


def _handler(server: MastodonServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, body, headers = server.answer(parts.path, parse_qs(parts.query))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    return Handler
