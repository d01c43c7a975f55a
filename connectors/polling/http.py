"""HTTP to a platform: where it is, how long an answer may take, and how its answers end.

For clients built on requests (Tweepy, PRAW) an adapter for their session, for the others a client
of httpx. Neither waits or tries again: that is the poller's business.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import httpx
import requests
import urllib3
from requests.adapters import HTTPAdapter

from connectors.polling.errors import DeniedError, RateLimitedError, RefusedError, UnavailableError

OK = range(200, 300)
UNAUTHORIZED = 401
FORBIDDEN = 403
TOO_MANY = 429
FAILURES = range(500, 600)
MOST_BYTES = 32 * 1024 * 1024
SHOWN_CHARS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform answered, whatever the client. Header names are matched in any case."""

    platform: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body. :raises UnavailableError: it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise self.unavailable("no JSON") from None

    def unavailable(self, why: str) -> UnavailableError:
        """The error where it is of no use and a later one may be."""
        return UnavailableError(
            f"{self.platform} answers with {why}", "it is asked again, ever later"
        )

    def said(self) -> str:
        """Its status and how its body begins, to be shown."""
        return f"{self.status} {self.body[:SHOWN_CHARS].decode(errors='replace')}".strip()


Judge = Callable[[Answer], None]
"""Looks at an answer; raises where it is none. :func:`judge` is what all platforms share."""


def judge(answer: Answer, until: datetime | None = None) -> None:
    """Raise what the status says.

    :param until: when more requests are taken, where the answer tells.
    """
    if answer.status in OK:
        return
    if answer.status == TOO_MANY:
        raise RateLimitedError(f"{answer.platform} wants fewer requests", until)
    if answer.status in FAILURES:
        raise answer.unavailable(str(answer.status))
    if answer.status in {UNAUTHORIZED, FORBIDDEN}:
        raise DeniedError(
            f"{answer.platform} does not let this account in ({answer.said()})",
            f"check its credentials and rights: python -m connectors check {answer.platform}",
        )
    raise RefusedError(
        f"{answer.platform} refuses a request ({answer.said()})", "check what is asked"
    )


class ApiAdapter(HTTPAdapter):
    """Mounted on a session of requests where a client expects the platform.

    What the judge raises passes through the client, which never sees a failed answer.
    """

    def __init__(
        self, platform: str, public_url: str, base_url: str, timeout_s: float, judge: Judge
    ) -> None:
        """:param public_url: what the client asks; ``base_url`` is asked in its place.

        :param timeout_s: longest wait for a whole answer.
        """
        super().__init__()
        self._platform = platform
        self._public_url = public_url.rstrip("/")
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._judge = judge

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        """Send, read the whole answer in time, and have it judged."""
        request.url = (request.url or "").replace(self._public_url, self._base_url, 1)
        options |= {"timeout": self._timeout_s, "stream": True}
        deadline = time.monotonic() + self._timeout_s
        try:
            response = super().send(request, *args, **options)
            body = _read(_as_it_comes(response.raw), deadline, self._platform)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _unreachable(self._platform, error) from None
        response.raw = BytesIO(body)
        response._content = body  # noqa: SLF001 -- as requests itself keeps what it has read
        self._judge(Answer(self._platform, response.status_code, response.headers, body))
        return response


class ApiClient:
    """Gets JSON from a platform that has no client library of its own here."""

    def __init__(
        self,
        platform: str,
        base_url: str,
        timeout_s: float,
        judge: Judge = judge,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._platform = platform
        self._timeout_s = timeout_s
        self._judge = judge
        self._client = httpx.Client(
            base_url=base_url, timeout=timeout_s, headers=dict(headers or {}), follow_redirects=True
        )

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON at a path.

        :param params: those that are null are left out.
        :raises RateLimitedError, UnavailableError, RefusedError, DeniedError: as the judge says.
        """
        wanted = {name: value for name, value in (params or {}).items() if value is not None}
        deadline = time.monotonic() + self._timeout_s
        try:
            with self._client.stream("GET", path, params=wanted) as response:
                body = _read(response.iter_bytes(), deadline, self._platform)
        except httpx.HTTPError as error:
            raise _unreachable(self._platform, error) from None
        answer = Answer(self._platform, response.status_code, response.headers, body)
        self._judge(answer)
        return answer.json()


def _as_it_comes(raw: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """What each read of the socket brings: a body that trickles is not waited for as a whole."""
    while chunk := raw.read1(64 * 1024, decode_content=True):
        yield chunk


def _read(chunks: Any, deadline: float, platform: str) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if time.monotonic() > deadline:
            raise UnavailableError(
                f"{platform} answers too slowly", "it is asked again, ever later"
            )
        if len(body) > MOST_BYTES:
            raise UnavailableError(
                f"{platform} answers without end", "it is asked again, ever later"
            )
    return bytes(body)


def _unreachable(platform: str, error: Exception) -> UnavailableError:
    return UnavailableError(
        f"{platform} is not reached ({type(error).__name__})", "it is asked again, ever later"
    )
