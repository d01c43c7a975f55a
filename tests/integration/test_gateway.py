"""The gateway's application on real stores; problems, limits and the description of the API."""

import asyncio
import operator
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import HTTPException, WebSocketDisconnect
from fastapi.testclient import TestClient

from contracts.messages import Analysis
from contracts.settings import Settings, load
from gateway.analysis import AnalysisPool
from gateway.app import create_app
from gateway.documents import PATH, text
from gateway.routes import BODY_MAX_BYTES
from inference.explain import Attribution
from stores.history import Arrival
from stores.open import open_history
from tests.support.messages import NOON, analysis, processed


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> Settings:
    return load(
        {
            "GROUNDSWELL_HISTORY_PATH": str(tmp_path / "history.sqlite"),
            "GROUNDSWELL_REDIS_URL": redis_url,
            "GROUNDSWELL_GATEWAY_DASHBOARD": str(tmp_path / "none"),
        }
    )


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def test_probes_answer(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok"
    assert client.get("/readyz").text == "ok"
    assert "sentiment_gateway_clients" in client.get("/metrics").text
    assert "make setup" in client.get("/").text


def test_an_empty_platform_answers_with_empty_metrics(client: TestClient) -> None:
    overall = client.get("/api/metrics/overall").json()
    assert overall == {"range": "1h", "live_at": None, "newest": None, "merged": None}
    for name in ("geo", "products", "channels", "platforms"):
        assert client.get(f"/api/metrics/{name}").json()["metrics"] == []
    assert client.get("/api/messages").json() == {"messages": [], "cursor": None}


def test_stored_messages_keep_their_unknown_fields(client: TestClient, settings: Settings) -> None:
    history = open_history(settings)
    history.put_messages([Arrival(processed("a", extra={"reach": 7}), 1)])
    history.close()
    (message,) = client.get("/api/messages").json()["messages"]
    assert message["reach"] == 7
    assert "extra" not in message


def test_texts_are_analysed_in_order(client: TestClient) -> None:
    texts = ["I love this phone, it is wonderful", "I hate this awful phone", "😂"]
    answer = client.post("/api/analyze", json={"texts": texts})
    analyses = answer.json()["analyses"]
    assert [a["sentiment_label"] for a in analyses[:2]] == ["positive", "negative"]
    assert len(analyses) == 3


def test_too_large_a_body_is_refused(client: TestClient) -> None:
    answer = client.post("/api/analyze", content=b" " * (BODY_MAX_BYTES + 1))
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert "larger than" in answer.text


def test_an_analysis_can_be_explained_word_by_word(client: TestClient) -> None:
    body = {"texts": ["the screen is terrible", "wonderful"]}
    answer = client.post("/api/analyze?explain=true", json=body).json()
    assert len(answer["analyses"]) == 2
    first, second = answer["explanations"]
    assert [part["words"] for part in first] == ["the", "screen", "is", "terrible"]
    assert min(first, key=operator.itemgetter("weight"))["words"] == "terrible"
    assert second[0]["weight"] > 0
    assert "explanations" not in client.post("/api/analyze", json=body).json()
    refused = client.post("/api/analyze?explain=true", json={"texts": ["a"] * 11})
    assert refused.status_code == 422
    assert "1 to 10" in refused.text


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "/api/analyze", b"{", 422, "texts"),
        ("POST", "/api/analyze", b'{"texts": []}', 422, "1 to 100"),
        ("POST", "/api/analyze", b'{"texts": ["a"], "mode": 1}', 422, "mode"),
        ("POST", "/api/analyze", b'{"texts": ["ok", "  "]}', 422, "texts[1] is empty"),
        ("POST", "/api/analyze", b'{"texts": [' + b'"a",' * 100 + b'"a"]}', 422, "101"),
        ("POST", "/api/analyze", b'{"texts": ["' + b"a" * 10_001 + b'"]}', 422, "10001"),
        ("GET", "/api/metrics/overall?range=2h", None, 422, "range"),
        ("GET", "/api/messages?limit=0", None, 422, "limit"),
        ("GET", "/api/messages?cursor=x", None, 422, "cursor"),
        ("GET", "/api/messages?since=yesterday", None, 422, "since"),
        (
            "GET",
            "/api/completeness?from=2026-01-02T00:00Z&to=2026-01-01T00:00Z",
            None,
            422,
            "before",
        ),
        (
            "GET",
            "/api/completeness?from=2025-01-02T00:00Z&to=2026-01-01T00:00Z",
            None,
            422,
            "31 days",
        ),
        ("GET", "/api/completeness?from=1970-01-01T00:00Z", None, 422, "2000"),
        ("GET", "/api/completeness?to=0001-01-01T00:10Z", None, 422, "2000"),
        ("GET", "/api/completeness?from=2026-01-02T00:00", None, 422, "from"),
        ("GET", "/api/nothing", None, 404, "Not Found"),
        ("DELETE", "/api/messages", None, 405, "Method Not Allowed"),
    ],
)
def test_every_error_is_a_problem_that_says_what(
    client: TestClient, method: str, path: str, body: bytes | None, status: int, says: str
) -> None:
    answer = client.request(method, path, content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert says in problem["detail"]


def test_the_books_of_a_stretch_that_ends_in_the_future_are_those_of_now(
    client: TestClient,
) -> None:
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    answer = client.get("/api/completeness", params={"from": since, "to": "9999-12-31T23:59:59Z"})
    assert answer.status_code == httpx.codes.OK
    assert answer.json()["entered"] == 0
    assert answer.json()["is_complete"]


def test_without_redis_it_is_not_ready_and_says_why(tmp_path: Path) -> None:
    settings = load(
        {
            "GROUNDSWELL_HISTORY_PATH": str(tmp_path / "history.sqlite"),
            "GROUNDSWELL_REDIS_URL": "redis://127.0.0.1:1/0",
        }
    )
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        answer = client.get("/readyz")
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert "GROUNDSWELL_REDIS_URL" in answer.json()["detail"]
        assert client.get("/api/metrics/overall").status_code == httpx.codes.SERVICE_UNAVAILABLE


def test_a_client_that_cannot_be_served_is_sent_away_to_come_back(tmp_path: Path) -> None:
    settings = load(
        {
            "GROUNDSWELL_HISTORY_PATH": str(tmp_path / "history.sqlite"),
            "GROUNDSWELL_REDIS_URL": "redis://127.0.0.1:1/0",
        }
    )
    with (
        TestClient(create_app(settings)) as client,
        client.websocket_connect("/ws") as socket,
        pytest.raises(WebSocketDisconnect) as raised,
    ):
        socket.receive_json()
    assert raised.value.code == 1013


def test_the_api_describes_its_answers(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    assert {"/api/metrics/overall", "/api/messages", "/api/analyze"} <= set(described["paths"])
    for path in described["paths"].values():
        for operation in path.values():
            for media in operation["responses"]["200"].get("content", {}).values():
                name = media["schema"].get("$ref", "").rsplit("/", 1)[-1]
                assert not name or name in described["components"]["schemas"]


def test_the_dashboards_schema_is_up_to_date() -> None:
    assert PATH.read_text() == text(), "make docs"


class Held:
    """An analyzer that waits until it is let go."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.let_go = threading.Event()

    def analyze(
        self,
        texts: Sequence[str],
        languages: Sequence[str | None] | None = None,
        *,
        waiting: int = 0,
    ) -> list[Analysis]:
        assert languages is None
        assert waiting == 0
        self.started.set()
        assert self.let_go.wait(20)
        return [analysis() for _ in texts]

    def explain(self, text: str, analysis: Analysis) -> list[Attribution]:
        score = analysis.sentiment_score
        return [Attribution(words=text, start=0, end=len(text), weight=score)]


def test_a_full_queue_is_429_with_a_time_to_come_back() -> None:
    async def scenario() -> None:
        held = Held()
        pool = AnalysisPool(held, places=2)
        running = [asyncio.create_task(pool.analyze(["a"])) for _ in range(2)]
        await asyncio.to_thread(held.started.wait, 20)
        with pytest.raises(HTTPException) as raised:
            await pool.analyze(["b"])
        assert raised.value.status_code == httpx.codes.TOO_MANY_REQUESTS
        assert raised.value.headers == {"Retry-After": "1"}
        held.let_go.set()
        assert [len(answers.analyses) for answers in await asyncio.gather(*running)] == [1, 1]
        assert len((await pool.analyze(["c"])).analyses) == 1
        pool.close()

    asyncio.run(scenario())


def test_what_a_dashboard_is_shown_first_is_what_is_stored(
    client: TestClient, settings: Settings
) -> None:
    history = open_history(settings)
    history.put_messages([Arrival(processed("a"), 1), Arrival(processed("b", NOON), 2)])
    history.close()
    with client.websocket_connect("/ws?range=15m") as socket:
        frame = socket.receive_json()
    assert (frame["event"], frame["seq"], frame["data"]["range"]) == ("metrics:initial", 0, "15m")
    assert {message["message_id"] for message in frame["data"]["messages"]} == {"a", "b"}
