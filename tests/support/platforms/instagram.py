"""A server that behaves as the Graph API does for Instagram, as far as it is documented.

``with InstagramServer(clock) as server: server.media("I love #cola"); server.url``. Its time is a
clock that can be set, so that a day passes in a second.
"""

import json
import math
import re
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.platforms.instagram_fields import Wanted, parse

TOKEN = "EAAGtokenOfTests0123456789"  # noqa: S105 -- of this server
USER_ID = "17841405309211844"
USERNAME = "our.brand"
VERSION = "/v23.0"
TAG = re.compile(r"#(\w+)")
LISTED = timedelta(hours=24)
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
HASHTAG_PAGE = 50
SCOPES = ("instagram_basic", "instagram_manage_comments", "pages_read_engagement")
PUBLIC_CONTENT = "Instagram Public Content Access"
MEDIA = {"id", "caption", "media_type", "permalink", "timestamp", "like_count", "comments_count"}
KNOWN = {
    "hashtagged": MEDIA,
    "media": MEDIA | {"username", "comments"},
    "comment": {"id", "text", "timestamp", "username", "from", "like_count", "parent_id"}
    | {"replies"},
}


@dataclass
class Node:
    """Media or a comment.

    :param place: where it is in lists, newest first: most often the time of its making.
    :param shown_at: not before is it in lists.
    """

    node_id: str
    kind: str
    made_at: datetime
    place: datetime
    shown_at: datetime
    told: dict[str, Any]
    hashtags: frozenset[str] = frozenset()
    parent: str = ""
    root: str = ""
    is_gone: bool = False


@dataclass(frozen=True)
class Request:
    """One that was made, and how it ended."""

    path: str
    params: Mapping[str, str]
    status: int
    at: datetime


@dataclass
class Fault:
    """What happens to the next requests in place of an answer."""

    times: int
    act: Callable[["Handler"], None]
    path: str | None


class Refusal(Exception):  # noqa: N818 -- an answer, not an error of the test
    """An answer other than 200."""

    def __init__(self, message: str, code: int, subcode: int = 0, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1b"}
        self.error = error | ({"error_subcode": subcode} if subcode else {})


def missing(node_id: str) -> Refusal:
    """What is said of everything that is not there, or not for this account."""
    return Refusal(
        f"Unsupported get request. Object with ID '{node_id}' does not exist, cannot be loaded due "
        "to missing permissions, or does not support this operation",
        100,
        33,
    )


class InstagramServer:
    """Instagram, on 127.0.0.1, until the ``with`` block ends.

    :ivar repeats: so many media of a page are on the next one as well.
    :ivar has_one_cursor: the cursor is the same on every page, as the API warns it can be.
    :ivar usage_headers: in place of those that tell the usage.
    :ivar refuses_ids: how a request for ids ends where one is gone: ``""`` it is left out,
        ``"named"`` error 803, ``"first"`` error 100 that names one, ``"unnamed"`` error 24.
    """

    def __init__(
        self, clock: Callable[[], datetime] = lambda: datetime.now(UTC), *, limit: int = 100_000
    ) -> None:
        """:param limit: requests in any hour."""
        self.clock = clock
        self.limit = limit
        self.lock = threading.RLock()
        self.reset()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._http.instagram = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}{VERSION}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def reset(self) -> None:
        """Forget everything, but keep serving."""
        with self.lock:
            self.nodes: dict[str, Node] = {}
            self.tagged: list[str] = []
            self.requests: list[Request] = []
            self.faults: list[Fault] = []
            self.repeats = 0
            self.has_one_cursor = False
            self.refuses_ids = ""
            self.scopes = set(SCOPES)
            self.features = {PUBLIC_CONTENT}
            self.expires_at: datetime | None = None
            self.data_until: datetime | None = None
            self.is_revoked = False
            self.usage_headers: dict[str, str] | None = None
            self.unknown_hashtags: set[str] = set()
            self.hashtags: dict[str, str] = {}
            self.searched: dict[str, datetime] = {}
            self._places: dict[str, int] = {}
            self._calls: list[datetime] = []
            self._serial = 17_900_000_000_000_000

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    # What there is

    def media(
        self,
        caption: str | None,
        *,
        at: datetime | None = None,
        place: datetime | None = None,
        late_s: float = 0,
        **told: Any,
    ) -> str:
        """Somebody's public media; its id. Hashtags are those of the caption.

        :param place: where it stands in lists, if not by its time.
        :param late_s: lists have it so much later.
        """
        return self._add("hashtagged", {"caption": caption}, at, place, late_s, told)

    def own_media(self, caption: str, *, at: datetime | None = None, **told: Any) -> str:
        """Media of the own account; its id."""
        return self._add("media", {"caption": caption, "username": USERNAME}, at, None, 0, told)

    def tag(
        self,
        caption: str | None,
        *,
        username: str = "nina",
        at: datetime | None = None,
        place: datetime | None = None,
        late_s: float = 0,
        **told: Any,
    ) -> str:
        """Somebody's media that the own account is tagged in; its id."""
        about = {"caption": caption, "username": username}
        node_id = self._add("media", about, at, place, late_s, told)
        self.tagged.append(node_id)
        return node_id

    def comment(
        self,
        under: str,
        text: str,
        *,
        username: str = "nina",
        at: datetime | None = None,
        late_s: float = 0,
        **told: Any,
    ) -> str:
        """A comment under own media, or a reply to a comment; its id."""
        with self.lock:
            about = {
                "text": text,
                "username": username,
                "from": {"id": f"9{len(username)}0", "username": username},
            }
            node_id = self._add("comment", about, at, None, late_s, told)
            above, node = self.nodes[under], self.nodes[node_id]
            node.parent, node.root = under, above.root or under
            if above.kind == "comment":
                node.told["parent_id"] = under
            return node_id

    def edit(self, node_id: str, text: str) -> None:
        """As its author does."""
        node = self.nodes[node_id]
        node.told["text" if node.kind == "comment" else "caption"] = text

    def delete(self, node_id: str) -> None:
        """As its author does, with all that is under it."""
        with self.lock:
            self.nodes[node_id].is_gone = True
            for each in self.nodes.values():
                if each.parent == node_id and not each.is_gone:
                    self.delete(each.node_id)

    # What goes wrong

    def fail(
        self,
        status: int,
        code: int | None = None,
        times: int = 1,
        path: str | None = None,
        **error: Any,
    ) -> None:
        """Answer with a status, and an error object where there is a code."""
        told = {"message": "Something is wrong", "type": "OAuthException", "code": code, **error}
        body = {} if code is None else {"error": told}
        self._fault(times, path, lambda handler: handler.answer(status, body))

    def garble(self, body: bytes = b'{"data": [', times: int = 1, path: str | None = None) -> None:
        """Answer with 200 and this."""
        self._fault(times, path, lambda handler: handler.send(200, body))

    def cut(self, times: int = 1) -> None:
        """Promise a longer body than there is."""
        self._fault(times, None, lambda handler: handler.send(200, b'{"data"', promised=1000))

    def drip(self, seconds: float, times: int = 1) -> None:
        """Send a body a byte at a time, over so long."""
        self._fault(times, None, lambda handler: handler.drip(seconds))

    # What is asked

    def answer(self, path: str, params: dict[str, str]) -> Any:
        """The body of an answer with 200. :raises Refusal: any other."""
        with self.lock:
            match path.strip("/").split("/"):
                case [""] if "ids" in params:
                    body = self._by_ids(params)
                case ["debug_token"]:
                    body = self._about_token(params)
                case ["ig_hashtag_search"]:
                    body = self._search(params)
                case [one] if one == USER_ID:
                    body = {"id": USER_ID, "username": USERNAME}
                case [one, "recently_searched_hashtags"] if one == USER_ID:
                    body = self._recent_searches()
                case [one]:
                    body = self._shown(self._there(one), parse(params.get("fields", "id")))
                case [one, edge]:
                    body = self._edge(one, edge, params)
                case _:
                    raise Refusal(f"Unknown path components: {path}", 2500)
            return body

    def take(self) -> tuple[dict[str, str], bool]:
        """Count a request: the headers, and whether it is one too many."""
        with self.lock:
            now = self.clock()
            self._calls = [each for each in self._calls if each > now - HOUR]
            is_over = len(self._calls) >= self.limit
            if not is_over:
                self._calls.append(now)
            percent = 100 * len(self._calls) // self.limit
            wait = math.ceil((self._calls[0] + HOUR - now) / timedelta(minutes=1)) if is_over else 0
            used = {"call_count": percent, "total_cputime": 1, "total_time": 1}
            told = used | {"type": "instagram", "estimated_time_to_regain_access": wait}
            headers = {
                "X-App-Usage": json.dumps(used),
                "X-Business-Use-Case-Usage": json.dumps({USER_ID: [told]}),
            }
            if self.usage_headers is not None:
                headers = self.usage_headers
            return headers, is_over

    def admit(self, authorization: str | None, *, is_over: bool) -> None:
        """:raises Refusal: it is not the token, or not any more, or there are too many requests."""
        if authorization != f"Bearer {TOKEN}":
            shown = (authorization or "").removeprefix("Bearer ")
            raise Refusal(f"Malformed access token {shown}", 190, status=401)
        if self.is_revoked:
            raise Refusal(
                "Error validating access token: The session has been invalidated because the user "
                "changed their password",
                190,
                460,
                401,
            )
        if self.expires_at and self.clock() >= self.expires_at:
            raise Refusal(
                "Error validating access token: Session has expired", 190, 463, status=401
            )
        if is_over:
            raise Refusal("(#80002) There have been too many calls to this account", 80002)

    def fault(self, path: str) -> Fault | None:
        """The next that is due on a path."""
        with self.lock:
            for fault in self.faults:
                if fault.path is None or fault.path in path:
                    fault.times -= 1
                    if not fault.times:
                        self.faults.remove(fault)
                    return fault
            return None

    def _about_token(self, params: Mapping[str, str]) -> Any:
        if params.get("input_token") != TOKEN:
            raise Refusal("The access token could not be decrypted", 190)
        return {
            "data": {
                "app_id": "1",
                "type": "USER",
                "application": "tests",
                "data_access_expires_at": _epoch(self.data_until),
                "expires_at": _epoch(self.expires_at),
                "is_valid": True,
                "scopes": sorted(self.scopes),
                "user_id": "2",
            }
        }

    def _search(self, params: Mapping[str, str]) -> Any:
        self._needs("instagram_basic", PUBLIC_CONTENT)
        self._is_own(params)
        name = params.get("q", "").casefold()
        if not re.fullmatch(r"\w+", name) or name in self.unknown_hashtags:
            raise Refusal("The requested resource does not exist", 24, 2207024)
        hashtag_id = self.hashtags.setdefault(name, f"1784{len(self.hashtags):013}")
        self._count(name)
        return {"data": [{"id": hashtag_id}]}

    def _recent_searches(self) -> Any:
        self._needs("instagram_basic", PUBLIC_CONTENT)
        self._forget_searches()
        return {"data": [{"id": self.hashtags[each]} for each in self.searched]}

    def _count(self, name: str) -> None:
        self._forget_searches()
        if name not in self.searched and len(self.searched) >= 30:
            raise Refusal("The maximum number of hashtags was queried", 18, 2207034)
        self.searched.setdefault(name, self.clock())

    def _forget_searches(self) -> None:
        since = self.clock() - WEEK
        self.searched = {name: at for name, at in self.searched.items() if at > since}

    def _edge(self, node_id: str, edge: str, params: dict[str, str]) -> Any:
        names = {hashtag_id: name for name, hashtag_id in self.hashtags.items()}
        now = self.clock()
        if edge == "recent_media" and node_id in names:
            self._needs("instagram_basic", PUBLIC_CONTENT)
            self._is_own(params)
            self._count(names[node_id])
            found = [
                node
                for node in self._listed("hashtagged", now)
                if names[node_id] in node.hashtags and node.made_at > now - LISTED
            ]
            return self._page(found, f"{node_id}/{edge}", params, HASHTAG_PAGE)
        self._needs(*SCOPES)
        if node_id == USER_ID and edge in {"media", "tags"}:
            found = [
                node
                for node in self._listed("media", now)
                if (node.node_id in self.tagged) == (edge == "tags")
            ]
            return self._page(found, f"{node_id}/{edge}", params, 100)
        if edge in {"comments", "replies"}:
            self._there(node_id)
            return self._page(self._under(node_id), f"{node_id}/{edge}", params, 50)
        raise missing(node_id)

    def _by_ids(self, params: Mapping[str, str]) -> Any:
        self._needs(*SCOPES)
        ids = params["ids"].split(",")
        if not 1 <= len(ids) <= 50:
            raise Refusal("(#100) Too many IDs. Maximum: 50", 100)
        gone = [each for each in ids if each not in self.nodes or not self._is_readable(each)]
        if gone and self.refuses_ids == "named":
            raise Refusal(
                f"(#803) Some of the aliases you requested do not exist: {','.join(gone)}", 803
            )
        if gone and self.refuses_ids == "first":
            raise missing(gone[0])
        if gone and self.refuses_ids == "unnamed":
            raise Refusal("The requested resource does not exist", 24, 2207006)
        wanted = parse(params.get("fields", "id"))
        found = {
            each: self._shown(self.nodes[each], wanted) for each in ids if each not in set(gone)
        }
        return found or []

    def _page(
        self, found: Sequence[Node], path: str, params: dict[str, str], most: int
    ) -> dict[str, Any]:
        limit = min(int(params.get("limit", "25")), most)
        if limit < 1:
            raise Refusal("(#100) Param limit must be a positive integer", 100)
        start = self._start(path, params.get("after"))
        first = max(0, start - self.repeats) if start else 0
        shown = found[first : start + limit]
        wanted = parse(params.get("fields", "id"))
        page: dict[str, Any] = {"data": [self._shown(node, wanted) for node in shown]}
        if shown:
            self._places[path] = start + limit
            after = _cursor("same" if self.has_one_cursor else str(start + limit))
            page["paging"] = {"cursors": {"after": after}}
            if start + limit < len(found):
                query = urlencode({**params, "after": after, "access_token": TOKEN})
                page["paging"]["next"] = f"{self.url}/{path}?{query}"
        return page

    def _start(self, path: str, after: str | None) -> int:
        if after is None:
            return 0
        try:
            place = urlsafe_b64decode(after).decode()
            return self._places[path] if place == "same" else int(place)
        except (ValueError, KeyError):
            raise Refusal("(#100) Invalid cursors values", 100) from None

    def _shown(self, node: Node, wanted: Wanted) -> dict[str, Any]:
        if unknown := wanted.keys() - KNOWN[node.kind]:
            kind = "IGComment" if node.kind == "comment" else "IGMedia"
            raise Refusal(
                f"(#100) Tried accessing nonexisting field ({min(unknown)}) on node type ({kind})",
                100,
            )
        told = {
            "id": node.node_id,
            "timestamp": f"{node.made_at:%Y-%m-%dT%H:%M:%S}+0000",
            "media_type": "IMAGE",
            "permalink": f"https://www.instagram.com/p/{node.node_id}/",
            "like_count": 3,
            "comments_count": self._comments(node),
            **node.told,
        }
        shown = {name: told[name] for name in ("id", *wanted) if told.get(name) is not None}
        for edge in ("comments", "replies"):
            if edge in wanted and (under := self._under(node.node_id)):
                nested = {"limit": str(wanted[edge].limit)}
                page = self._page(under, f"{node.node_id}/{edge}", nested, 50)
                page["data"] = [self._shown(each, wanted[edge].fields) for each in under][
                    : wanted[edge].limit
                ]
                shown[edge] = page
        return shown

    def _comments(self, media: Node) -> int:
        if media.kind != "media":
            return 7
        comments = (each for each in self.nodes.values() if each.root == media.node_id)
        return sum(map(self._is_there, comments))

    def _under(self, node_id: str) -> list[Node]:
        return [each for each in self._listed("comment", self.clock()) if each.parent == node_id]

    def _listed(self, kind: str, now: datetime) -> list[Node]:
        found = [
            node
            for node in self.nodes.values()
            if node.kind == kind and not node.is_gone and node.shown_at <= now
        ]
        return sorted(found, key=lambda node: (node.place, node.node_id), reverse=True)

    def _there(self, node_id: str) -> Node:
        if node_id not in self.nodes or not self._is_readable(node_id):
            raise missing(node_id)
        return self.nodes[node_id]

    def _is_readable(self, node_id: str) -> bool:
        """Only what is the own account's can be read by its id."""
        node = self.nodes[node_id]
        is_own = node.kind != "hashtagged" and node_id not in self.tagged
        return is_own and self._is_there(node)

    def _is_there(self, node: Node) -> bool:
        return not node.is_gone and node.shown_at <= self.clock()

    def _needs(self, *rights: str) -> None:
        for right in rights:
            if right not in self.scopes | self.features:
                raise Refusal(
                    f"(#10) To use this endpoint, the app needs {right}: see "
                    "https://developers.facebook.com/docs/apps/review",
                    10,
                    status=403,
                )

    def _is_own(self, params: Mapping[str, str]) -> None:
        if params.get("user_id") != USER_ID:
            raise Refusal("(#100) The parameter user_id is required", 100)

    def _add(
        self,
        kind: str,
        about: dict[str, Any],
        at: datetime | None,
        place: datetime | None,
        late_s: float,
        told: Mapping[str, Any],
    ) -> str:
        with self.lock:
            self._serial += 1
            node_id = str(self._serial)
            made_at = at or self.clock()
            hashtags = frozenset(
                each.casefold() for each in TAG.findall(about.get("caption") or "")
            )
            self.nodes[node_id] = Node(
                node_id,
                kind,
                made_at,
                place or made_at,
                made_at + timedelta(seconds=late_s),
                {**about, **told},
                hashtags,
            )
            return node_id

    def _fault(self, times: int, path: str | None, act: Callable[["Handler"], None]) -> None:
        with self.lock:
            self.faults.append(Fault(times, act, path))


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the server."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1

    @property
    def instagram(self) -> InstagramServer:
        server: InstagramServer = self.server.instagram  # type: ignore[attr-defined]
        return server

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.where = address.path.removeprefix(VERSION)
        self.params = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.usage, is_over = self.instagram.take()
        try:
            if fault := self.instagram.fault(self.where):
                fault.act(self)
                return
            self.instagram.admit(self.headers.get("authorization"), is_over=is_over)
            self.answer(200, self.instagram.answer(self.where, self.params))
        except Refusal as refusal:
            self.answer(refusal.status, {"error": refusal.error})

    def log_message(self, *_arguments: Any) -> None:
        """Tests print nothing."""

    def answer(self, status: int, body: Any) -> None:
        """JSON with a status."""
        self.send(status, json.dumps(body).encode())

    def send(self, status: int, body: bytes, promised: int = 0) -> None:
        """A body; where it is shorter than promised, the connection ends with it."""
        self._head(status, promised or len(body))
        self.wfile.write(body)
        self.wfile.flush()
        self.close_connection = promised > 0

    def drip(self, seconds: float) -> None:
        """White space, slowly."""
        steps = 200
        self._head(200, steps)
        for _ in range(steps):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(seconds / steps)
        self.close_connection = True

    def _head(self, status: int, length: int) -> None:
        server = self.instagram
        with server.lock:
            server.requests.append(Request(self.where, self.params, status, server.clock()))
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=UTF-8")
        self.send_header("content-length", str(length))
        for name, value in self.usage.items():
            self.send_header(name, value)
        self.end_headers()


def _cursor(place: str) -> str:
    return urlsafe_b64encode(place.encode()).decode()


def _epoch(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0
