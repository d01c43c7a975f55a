"""Answers of a platform, over HTTP, through both kinds of clients."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from connectors.polling.errors import (
    DeniedError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
)
from connectors.polling.http import ApiAdapter, ApiClient, judge

PUBLIC = "https://api.example.org"
TIMEOUT_S = 0.5
Get = Callable[[], Any]


class Answers:
    """A server that answers as it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.pieces = [b"{}"]
        self.pause_s = 0.0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(answers.status)
                self.end_headers()
                try:
                    for piece in answers.pieces:
                        self.wfile.write(piece)
                        time.sleep(answers.pause_s)
                except OSError:
                    pass  # the client has given up

            def log_message(self, *_: object) -> None:
                """Nothing on standard error."""

        return Handler


@pytest.fixture
def answers() -> Iterator[Answers]:
    answers = Answers()
    yield answers
    answers.close()


@pytest.fixture(params=["httpx", "requests"])
def get(request: pytest.FixtureRequest, answers: Answers) -> Iterator[Get]:
    with ExitStack() as closing:
        if request.param == "httpx":
            client = ApiClient("here", answers.url, TIMEOUT_S)
            closing.callback(client.close)
            yield lambda: client.get("/x", {"a": 1, "b": None})
        else:
            session = closing.enter_context(requests.Session())
            session.mount(PUBLIC, ApiAdapter("here", PUBLIC, answers.url, TIMEOUT_S, judge))
            yield lambda: session.get(f"{PUBLIC}/x").json()


def test_json_is_what_comes(answers: Answers, get: Get) -> None:
    answers.pieces = [b'{"a":', b" 1}"]
    assert get() == {"a": 1}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, DeniedError),
        (403, DeniedError),
        (404, RefusedError),
        (429, RateLimitedError),
        (500, UnavailableError),
        (503, UnavailableError),
    ],
)
def test_a_status_is_an_error_with_a_remedy(
    answers: Answers, get: Get, status: int, error: type[Exception]
) -> None:
    answers.status = status
    with pytest.raises(error, match=r"^here .*; "):
        get()


def test_an_answer_that_trickles_is_given_up_in_time(answers: Answers, get: Get) -> None:
    answers.pieces = [b"["] + [b"1,"] * 100
    answers.pause_s = 0.1
    begun = time.monotonic()
    with pytest.raises(UnavailableError, match="here"):
        get()
    assert time.monotonic() - begun < 5


def test_nobody_there_is_said(answers: Answers, get: Get) -> None:
    answers.server.server_close()
    with pytest.raises(UnavailableError, match="here is not reached"):
        get()
