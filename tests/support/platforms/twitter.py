"""A server that behaves as X's API v2 does, as far as it is documented.

``with TwitterServer() as server: server.post("I love cola"); server.url``. Its time is a clock
that can be set, so that a day passes in a second.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from connectors.twitter.snowflake import id_at
from tests.support.platforms.twitter_query import QueryError, parse

TOKEN = "bearer-of-tests"  # noqa: S105 -- of this server
SEARCH = "/2/tweets/search/recent"
COUNTS = "/2/tweets/counts/recent"
LOOKUP = "/2/tweets"
USAGE = "/2/usage/tweets"
FIELDS = {"expansions", "tweet.fields", "user.fields", "place.fields"}
KNOWN = {
    SEARCH: FIELDS
    | {"query", "max_results", "since_id", "until_id", "start_time", "end_time", "next_token"}
    | {"sort_order"},
    COUNTS: {"query", "granularity", "since_id", "until_id", "start_time", "end_time"},
    LOOKUP: FIELDS | {"ids"},
    USAGE: set(),
}
SEARCHED = timedelta(days=7)
PROBLEMS = "https://api.twitter.com/2/problems/"
TIMED = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000Z")


@dataclass
class Post:
    """A version of a post; ``versions`` is shared by all of them."""

    number: int
    text: str
    username: str
    created_at: datetime
    indexed_at: datetime
    versions: list[int]
    optional: dict[str, Any] = field(default_factory=dict)
    gone: str = ""

    @property
    def is_latest(self) -> bool:
        return self.versions[-1] == self.number

    def said(self) -> dict[str, Any]:
        note = self.optional.get("note_tweet") or {}
        references = self.optional.get("referenced_tweets") or []
        return {
            "text": note.get("text") or self.text,
            "username": self.username,
            "lang": self.optional.get("lang") or "und",
            "is_retweet": any(each.get("type") == "retweeted" for each in references),
        }


@dataclass(frozen=True)
class Request:
    """One that was made, and how it ended."""

    method: str
    path: str
    params: Mapping[str, str]
    status: int


@dataclass
class Fault:
    """What happens to the next requests in place of an answer."""

    times: int
    act: Callable[["Handler"], None]
    path: str | None


class Refusal(Exception):  # noqa: N818 -- an answer, not an error of the test
    """An answer other than 200."""

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        kind = more.pop("kind", None)
        self.status = status
        self.body = {
            "title": title,
            "detail": detail,
            "type": PROBLEMS + kind if kind else "about:blank",
            "status": status,
            **more,
        }


def invalid(message: str, **parameters: str) -> Refusal:
    """X's 400."""
    return Refusal(
        400,
        "Invalid Request",
        "One or more parameters to your request was invalid.",
        kind="invalid-request",
        errors=[
            {
                "message": message,
                "parameters": {name: [value] for name, value in parameters.items()},
            }
        ],
    )


class TwitterServer:
    """X, on 127.0.0.1, until the ``with`` block ends."""

    def __init__(
        self,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        limit: int = 300,
        window_s: int = 900,
        query_chars: int = 512,
    ) -> None:
        """:param limit: requests of each endpoint in each window."""
        self.clock = clock
        self.limit = limit
        self.window_s = window_s
        self.query_chars = query_chars
        self.lock = threading.RLock()
        self.reset()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._http.twitter = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def reset(self) -> None:
        """Forget everything, but keep serving."""
        with self.lock:
            self.posts: dict[int, Post] = {}
            self.users: dict[str, dict[str, Any]] = {}
            self.places: dict[str, dict[str, Any]] = {}
            self.requests: list[Request] = []
            self.reads = 0
            self.repeats = 0
            self.faults: list[Fault] = []
            self._used: dict[tuple[str, int], int] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    # What there is

    def post(
        self,
        text: str,
        *,
        at: datetime | None = None,
        username: str = "nina",
        late_s: float = 0,
        **optional: Any,
    ) -> str:
        """Post; its id.

        :param late_s: search has it so much later.
        :param optional: further fields of the post, such as ``lang``.
        """
        with self.lock:
            created_at = at or self.clock()
            number = self._number(created_at)
            late = timedelta(seconds=late_s)
            self.user(username)
            post = Post(number, text, username, created_at, created_at + late, [number], optional)
            self.posts[number] = post
            return str(number)

    def edit(self, post_id: str, text: str) -> str:
        """A new version; its id."""
        with self.lock:
            old = self.posts[int(post_id)]
            now = self.clock()
            number = self._number(now)
            old.versions.append(number)
            self.posts[number] = Post(
                number, text, old.username, now, now, old.versions, old.optional
            )
            return str(number)

    def delete(self, post_id: str) -> None:
        """As its author does."""
        self._take_away(post_id, "resource-not-found")

    def suspend(self, post_id: str) -> None:
        """As X does, or an author whose posts are protected from now on."""
        self._take_away(post_id, "not-authorized-for-resource")

    def user(self, username: str, **optional: Any) -> str:
        """An account; its id."""
        known = self.users.setdefault(
            username,
            {"id": str(1000 + len(self.users)), "name": username.title(), "username": username},
        )
        known |= optional
        return str(known["id"])

    def place(self, place_id: str, **optional: Any) -> None:
        """A place that posts are tagged with: ``geo={"place_id": …}``."""
        self.places[place_id] = {"id": place_id, "full_name": place_id, **optional}

    # What goes wrong

    def fail(self, status: int, times: int = 1, path: str | None = None, **body: Any) -> None:
        """Answer with a status."""
        problem = {"title": "Error", "detail": "Something is wrong", "type": "about:blank"} | body
        self._fault(times, path, lambda handler: handler.answer(status, problem))

    def garble(self, body: bytes = b'{"data": [', times: int = 1, path: str | None = None) -> None:
        """Answer with 200 and this."""
        self._fault(times, path, lambda handler: handler.send(200, body))

    def cut(self, times: int = 1, path: str | None = None) -> None:
        """Promise a longer body than there is."""
        self._fault(times, path, lambda handler: handler.send(200, b'{"data"', promised=1000))

    def drip(self, seconds: float, times: int = 1, path: str | None = None) -> None:
        """Send a body a byte at a time, over so long."""
        self._fault(times, path, lambda handler: handler.drip(seconds))

    # What is asked

    def answer(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        """The body of an answer with 200. :raises Refusal: any other."""
        if path not in KNOWN:
            raise Refusal(404, "Not Found", "Not Found")
        for name in params.keys() - KNOWN[path]:
            raise invalid(f"The query parameter [{name}] is not one of [...]", **{name: ""})
        with self.lock:
            match path:
                case "/2/tweets/search/recent":
                    return self._search(params)
                case "/2/tweets/counts/recent":
                    return self._counts(params)
                case "/2/tweets":
                    return self._lookup(params)
                case _:
                    return {
                        "data": {
                            "cap_reset_day": 10,
                            "project_cap": "2000000",
                            "project_id": "1",
                            "project_usage": str(self.reads),
                        }
                    }

    def take(self, path: str) -> tuple[dict[str, str], bool]:
        """Count a request: the headers, and whether it is one too many."""
        with self.lock:
            window = int(self.clock().timestamp()) // self.window_s
            used = self._used[path, window] = self._used.get((path, window), 0) + 1
            headers = {
                "x-rate-limit-limit": str(self.limit),
                "x-rate-limit-remaining": str(max(0, self.limit - used)),
                "x-rate-limit-reset": str((window + 1) * self.window_s),
            }
            return headers, used > self.limit

    def fault(self, path: str) -> Fault | None:
        """The next that is due on a path."""
        with self.lock:
            for fault in self.faults:
                if fault.path in {None, path}:
                    fault.times -= 1
                    if not fault.times:
                        self.faults.remove(fault)
                    return fault
            return None

    def _search(self, params: dict[str, str]) -> dict[str, Any]:
        most = int(params.get("max_results", "10"))
        if not 10 <= most <= 100:
            raise invalid("max_results must be between 10 and 100", max_results=str(most))
        below = self._below(params)
        found = [post for post in self._found(params) if not below or post.number < below]
        page = found[:most]
        shown = page + page[len(page) - self.repeats :] if self.repeats else page
        meta: dict[str, Any] = {"result_count": len(shown)}
        if not page:
            return {"meta": meta}
        meta |= {"newest_id": str(page[0].number), "oldest_id": str(page[-1].number)}
        if len(found) > most:
            meta["next_token"] = f"b26v{page[-1].number:x}"
        return self._with_includes(shown, params) | {"meta": meta}

    def _found(self, params: dict[str, str]) -> list[Post]:
        """What a query finds, newest first."""
        now = self.clock()
        matches = self._parsed(params.get("query", ""))
        since, until = self._bounds(params, now)
        return sorted(
            (
                post
                for number, post in self.posts.items()
                if since < number < until
                and post.indexed_at <= now
                and post.is_latest
                and not post.gone
                and matches(post.said())
            ),
            key=lambda post: -post.number,
        )

    def _parsed(self, query: str) -> Callable[[Mapping[str, Any]], bool]:
        if not 0 < len(query) <= self.query_chars:
            raise invalid(f"query must be of 1 to {self.query_chars} characters", query=query)
        try:
            return parse(query)
        except QueryError as error:
            raise invalid(
                f"There were errors processing your request: {error}", query=query
            ) from None

    def _bounds(self, params: dict[str, str], now: datetime) -> tuple[int, int]:
        ids, times = {"since_id", "until_id"} & params.keys(), {"start_time", "end_time"}
        if ids and times & params.keys():
            raise invalid(
                "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or "
                "'end_time'."
            )
        oldest = now - SEARCHED
        for name in ids:
            if not re.fullmatch(r"[0-9]{1,19}", params[name]):
                raise invalid(f"'{name}' is not a valid id", **{name: params[name]})
            if int(params[name]) < id_at(oldest):
                raise invalid(
                    f"'{name}' must be a tweet id created after {oldest:{TIMED[0]}}. Please use a "
                    f"'{name}' that is larger than {id_at(oldest)}",
                    **{name: params[name]},
                )
        starts = params.get("start_time")
        start = datetime.strptime(starts, "%Y-%m-%dT%H:%M:%S%z") if starts else oldest
        if start < oldest:
            raise invalid(f"'start_time' must be on or after {oldest:{TIMED[0]}}.")
        since = int(params.get("since_id", id_at(start) - 1))
        until = int(params.get("until_id", id_at(now + timedelta(days=1))))
        if since >= until:
            raise invalid("'since_id' must be less than 'until_id'")
        return since, until

    def _below(self, params: dict[str, str]) -> int:
        token = params.get("next_token")
        if token is None:
            return 0
        if not token.startswith("b26v"):
            raise invalid("'next_token' is not valid", next_token=token)
        return int(token.removeprefix("b26v"), 16)

    def _counts(self, params: dict[str, str]) -> dict[str, Any]:
        days: dict[str, int] = {}
        for post in self._found(params):
            day = f"{post.created_at:%Y-%m-%d}"
            days[day] = days.get(day, 0) + 1
        data = [{"start": day, "tweet_count": count} for day, count in sorted(days.items())]
        return {"data": data, "meta": {"total_tweet_count": sum(days.values())}}

    def _lookup(self, params: dict[str, str]) -> dict[str, Any]:
        ids = params.get("ids", "").split(",")
        if not 1 <= len(ids) <= 100 or not all(re.fullmatch(r"[0-9]{1,19}", each) for each in ids):
            raise invalid("The `ids` query parameter value is not valid", ids=",".join(ids))
        posts = {each: self.posts.get(int(each)) for each in ids}
        errors = [
            self._error(each, post.gone if post else "resource-not-found")
            for each, post in posts.items()
            if post is None or post.gone
        ]
        found = [post for post in posts.values() if post and not post.gone]
        answer = self._with_includes(found, params) if found else {}
        return answer | ({"errors": errors} if errors else {})

    def _error(self, post_id: str, kind: str) -> dict[str, Any]:
        is_lost = kind == "resource-not-found"
        return {
            "value": post_id,
            "detail": f"Could not find tweet with ids: [{post_id}]."
            if is_lost
            else f"Sorry, you are not authorized to see the Tweet with ids: [{post_id}].",
            "title": "Not Found Error" if is_lost else "Authorization Error",
            "resource_type": "tweet",
            "parameter": "ids",
            "resource_id": post_id,
            "type": PROBLEMS + kind,
        }

    def _with_includes(self, found: list[Post], params: Mapping[str, str]) -> dict[str, Any]:
        expansions = params.get("expansions", "").split(",")
        includes: dict[str, list[Any]] = {}
        if "author_id" in expansions:
            names = dict.fromkeys(post.username for post in found)
            wanted = {"id", "name", "username", *params.get("user.fields", "").split(",")}
            includes["users"] = [_only(self.users[name], wanted) for name in names]
        if "geo.place_id" in expansions:
            ids = dict.fromkeys(
                str((post.optional.get("geo") or {}).get("place_id")) for post in found
            )
            wanted = {"id", "full_name", *params.get("place.fields", "").split(",")}
            places = [_only(self.places[each], wanted) for each in ids if each in self.places]
            includes |= {"places": places} if places else {}
        beside: dict[int, Post] = {}
        for post in found:
            if "edit_history_tweet_ids" in expansions:
                beside |= {number: self.posts[number] for number in post.versions}
            if "referenced_tweets.id" in expansions:
                references = post.optional.get("referenced_tweets") or []
                numbers = [int(each["id"]) for each in references]
                beside |= {each: self.posts[each] for each in numbers if each in self.posts}
        if beside:
            includes["tweets"] = [self._shown(post, params) for post in beside.values()]
        self.reads += len({post.number for post in found} | beside.keys())
        answer: dict[str, Any] = {"data": [self._shown(post, params) for post in found]}
        return answer | ({"includes": includes} if includes else {})

    def _shown(self, post: Post, params: Mapping[str, str]) -> dict[str, Any]:
        fields = {
            "id": str(post.number),
            "text": post.text,
            "edit_history_tweet_ids": [str(number) for number in post.versions],
            "author_id": self.users[post.username]["id"],
            "created_at": f"{post.created_at:{TIMED[1]}}",
            **post.optional,
        }
        wanted = {"id", "text", "edit_history_tweet_ids"}
        return _only(fields, wanted | set(params.get("tweet.fields", "").split(",")))

    def _number(self, time: datetime) -> int:
        """An id of that time, above those of it that there are."""
        number = id_at(time)
        while number in self.posts:
            number += 1
        return number

    def _take_away(self, post_id: str, kind: str) -> None:
        with self.lock:
            for number in self.posts[int(post_id)].versions:
                self.posts[number].gone = kind

    def _fault(self, times: int, path: str | None, act: Callable[["Handler"], None]) -> None:
        with self.lock:
            self.faults.append(Fault(times, act, path))


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the server."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1

    @property
    def twitter(self) -> TwitterServer:
        server: TwitterServer = self.server.twitter  # type: ignore[attr-defined]
        return server

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.limits, too_many = self.twitter.take(address.path)
        self.params = {name: values[0] for name, values in parse_qs(address.query).items()}
        try:
            self._respond(address.path, too_many=too_many)
        except Refusal as refusal:
            self.answer(refusal.status, refusal.body)

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

    def _respond(self, path: str, *, too_many: bool) -> None:
        fault = self.twitter.fault(path)
        if fault:
            fault.act(self)
        elif self.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refusal(401, "Unauthorized", "Unauthorized")
        elif too_many:
            raise Refusal(429, "Too Many Requests", "Too Many Requests")
        else:
            self.answer(200, self.twitter.answer(path, self.params))

    def _head(self, status: int, length: int) -> None:
        self._note(status)
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(length))
        for name, value in self.limits.items():
            self.send_header(name, value)
        self.end_headers()

    def _note(self, status: int) -> None:
        path = urlsplit(self.path).path
        with self.twitter.lock:
            self.twitter.requests.append(Request(self.command, path, self.params, status))


def _only(fields: Mapping[str, Any], wanted: set[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in wanted}
