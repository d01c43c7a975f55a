"""A server that behaves as Reddit's API does, as far as it is documented.

``with RedditServer() as server: server.submit("cola", "I love it"); server.url``. Its time is a
clock that can be set.
"""

import base64
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

CLIENT_ID = "client"
CLIENT_SECRET = "secret-of-tests"  # noqa: S105 -- of this server
WINDOW_S = 600
MOST_LISTED = 1000
PAGE_MOST = 100


class RedditServer:
    """Reddit, on 127.0.0.1, until the ``with`` block ends."""

    def __init__(
        self, clock: Callable[[], datetime] = lambda: datetime.now(UTC), limit: int = 600
    ) -> None:
        """:param limit: requests in each window of ten minutes."""
        self.clock = clock
        self.limit = limit
        self.things: dict[str, dict[str, Any]] = {}
        self.order: list[str] = []
        self.hidden: dict[str, tuple[int, str]] = {}
        self.requests: list[tuple[datetime, str, int]] = []
        self.faults: list[tuple[int, bytes]] = []
        self.tokens = 0
        self.revoked_before = 0
        self._window = -1
        self._used = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

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

    def submit(self, subreddit: str, title: str, text: str = "", **more: Any) -> str:
        """A submission; its fullname."""
        return self._add("t3", subreddit, {"title": title, "selftext": text, **more})

    def comment(self, subreddit: str, text: str, **more: Any) -> str:
        """A comment; its fullname."""
        return self._add("t1", subreddit, {"body": text, **more})

    def delete(self, name: str) -> None:
        """As its author does: no longer listed, and without author and text."""
        thing = self.things[name]
        thing.update(author="[deleted]")
        thing.update({field: "[deleted]" for field in ("selftext", "body") if field in thing})
        self.order.remove(name)

    def remove(self, name: str) -> None:
        """As a moderator does."""
        thing = self.things[name]
        thing.update({field: "[removed]" for field in ("selftext", "body") if field in thing})
        thing["removed_by_category"] = "moderator"
        self.order.remove(name)

    def approve_late(self, name: str, places: int) -> None:
        """It is listed again, so far behind the newest."""
        self.order.insert(max(0, len(self.order) - places), name)

    def hide(self, subreddit: str, status: int, reason: str) -> None:
        """It is private, banned or in quarantine."""
        self.hidden[subreddit] = status, reason

    def fail(self, status: int, body: bytes = b"{}", times: int = 1) -> None:
        """The next answers of the API are these."""
        self.faults += [(status, body)] * times

    def revoke_tokens(self) -> None:
        """Those that were given so far are no longer taken."""
        self.revoked_before = self.tokens

    def token(self, authorization: str, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """A token, or why there is none."""
        given = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {given}":
            return 401, {"message": "Unauthorized", "error": 401}
        if form["grant_type"] == ["password"] and form.get("password") != ["hunter2"]:
            return 200, {"error": "invalid_grant"}
        self.tokens += 1
        token = {"token_type": "bearer", "expires_in": 3600, "scope": "*"}
        return 200, {**token, "access_token": str(self.tokens)}

    def answer(
        self, path: str, query: dict[str, list[str]], authorization: str
    ) -> tuple[int, bytes, dict[str, str]]:
        with self._lock:
            now = self.clock()
            window, into = divmod(int(now.timestamp()), WINDOW_S)
            if window != self._window:
                self._window, self._used = window, 0
            self._used += 1
            headers = {
                "x-ratelimit-used": str(self._used),
                "x-ratelimit-remaining": f"{max(0, self.limit - self._used):.1f}",
                "x-ratelimit-reset": str(WINDOW_S - into),
            }
            token = authorization.removeprefix("bearer ")
            if not token.isdecimal() or int(token) <= self.revoked_before:
                status, body = 401, {"message": "Unauthorized", "error": 401}
            elif self._used > self.limit:
                status, body = 429, {"message": "Too Many Requests", "error": 429}
            else:
                status, body = self._found(path, query)
            raw = json.dumps(body).encode()
            if status == 200 and self.faults:
                status, raw = self.faults.pop(0)
            self.requests.append((now, path, status))
            return status, raw, headers

    def _add(self, kind: str, subreddit: str, fields: dict[str, Any]) -> str:
        with self._lock:
            number = len(self.things) + 1000
            name = f"{kind}_{number:x}"
            self.things[name] = {
                "id": f"{number:x}",
                "name": name,
                "author": "ann_reads",
                "subreddit": subreddit,
                "subreddit_name_prefixed": f"r/{subreddit}",
                "created_utc": self.clock().timestamp(),
                "permalink": f"/r/{subreddit}/comments/{number:x}/",
                "score": 1,
                "edited": False,
                "removed_by_category": None,
                **fields,
            }
            self.order.append(name)
        return name

    def _found(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if path == "/api/v1/me":
            return 200, {"name": "ann_reads"}
        if path == "/api/info":
            names = query.get("id", [""])[0].split(",")
            return 200, _listing([self.things[n] for n in names if n in self.things], None)
        _, _, subreddit, what = path.split("/")
        if subreddit in self.hidden:
            status, reason = self.hidden[subreddit]
            return status, {"reason": reason, "message": "Forbidden", "error": status}
        if what == "about":
            return 200, {"kind": "t5", "data": {"display_name": subreddit}}
        if subreddit not in {thing["subreddit"] for thing in self.things.values()}:
            return 302, {}
        kind = "t3" if what == "new" else "t1"
        listed = [
            name
            for name in reversed(self.order)
            if name.startswith(kind) and self.things[name]["subreddit"] == subreddit
        ][:MOST_LISTED]
        after = query.get("after", [""])[0]
        # As Reddit does: behind one that is no longer listed there is nothing.
        start = 0 if not after else listed.index(after) + 1 if after in listed else len(listed)
        end = start + min(PAGE_MOST, int(query.get("limit", ["25"])[0]))
        page = listed[start:end]
        things = [self.things[name] for name in page]
        return 200, _listing(things, page[-1] if page and end < len(listed) else None)


def _listing(things: list[dict[str, Any]], after: str | None) -> dict[str, Any]:
    children = [{"kind": thing["name"][:2], "data": thing} for thing in things]
    return {"kind": "Listing", "data": {"children": children, "after": after, "before": None}}


def _handler(server: RedditServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            said = self.headers.get("Authorization", "")
            self._send(*server.answer(parts.path, parse_qs(parts.query), said))

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status, body = server.token(self.headers.get("Authorization", ""), form)
            self._send(status, json.dumps(body).encode(), {})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    return Handler
