"""REST: what is asked and which view answers it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import AwareDatetime

from contracts import wire
from contracts.aggregates import OVERALL_KEY, Dimension
from contracts.completeness import Completeness
from contracts.errors import InputError
from contracts.messages import SentimentLabel
from gateway.analysis import AnalysisPool
from gateway.answers import (
    Analyses,
    AnalyzeRequest,
    DimensionMetrics,
    History,
    MessagePage,
    OverallMetrics,
    Range,
    Trend,
)
from gateway.views import Views
from stores import history as port
from stores.books import read_books

PAGE_MAX = 500
HISTORY_MAX = 10_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
STRETCH_MAX = timedelta(days=31)
# More than 100 texts of 10,000 characters take, every character as two JSON escapes.
BODY_MAX_BYTES = 16 << 20


def answer(value: msgspec.Struct) -> Response:
    """A JSON answer."""
    return Response(wire.encode(value), media_type="application/json")


def answers(kind: type[msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    """What the API's description says that a route answers."""
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {200: {"content": {"application/json": {"schema": schema}}}}


def metrics_routes(views: Views) -> APIRouter:
    """``/api/metrics/…``: the live state."""
    router = APIRouter(prefix="/api/metrics", tags=["metrics"])

    @router.get("/overall", responses=answers(OverallMetrics))
    def overall(range: Range = "1h") -> Response:  # noqa: A002 -- the parameter's public name
        """The newest window and the range that ends with it."""
        return answer(views.overall(range))

    @router.get("/trend", responses=answers(Trend))
    def trend(
        dimension: Dimension = "overall",
        key: str = OVERALL_KEY,
        range: Range = "1h",  # noqa: A002 -- the parameter's public name
    ) -> Response:
        """The windows of one key, oldest first."""
        return answer(views.trend(dimension, key, range))

    names: dict[str, Dimension] = {
        "geo": "geo",
        "products": "product",
        "channels": "channel",
        "platforms": "platform",
    }
    for name, dimension in names.items():

        def by_key(range: Range = "1h", *, _dimension: Dimension = dimension) -> Response:  # noqa: A002
            return answer(views.dimension(_dimension, range))

        router.add_api_route(
            f"/{name}",
            by_key,
            name=name,
            responses=answers(DimensionMetrics),
            description=f"Every {dimension} over the range, most messages first.",
        )
    return router


def history_routes(history: port.History) -> APIRouter:
    """``/api/messages`` and ``/api/history``: what is stored."""
    router = APIRouter(prefix="/api", tags=["history"])

    @router.get("/messages", responses=answers(MessagePage))
    def messages(  # noqa: PLR0917 -- query parameters, passed by name
        q: str | None = None,
        platform: str | None = None,
        product: str | None = None,
        city: str | None = None,
        channel: str | None = None,
        label: SentimentLabel | None = None,
        churn_risk_from: Annotated[float | None, Query(ge=0, le=1)] = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
        cursor: str | None = None,
    ) -> Response:
        """Messages, newest first; ``q`` finds those with all its words."""
        wanted = port.MessageFilter(
            words=q,
            platform=platform,
            product=product,
            city=city,
            channel=channel,
            label=label,
            churn_risk_from=churn_risk_from,
            since=since,
            until=until,
        )
        page = history.search_messages(wanted, limit, cursor)
        return answer(MessagePage(messages=page.messages, cursor=page.cursor))

    @router.get("/history", responses=answers(History))
    def aggregates(
        dimension: Dimension = "overall",
        key: str | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        limit: Annotated[int, Query(ge=1, le=HISTORY_MAX)] = 1440,
    ) -> Response:
        """The newest stored aggregates of a dimension, oldest window first."""
        found = history.search_aggregates(dimension, key, since, until, limit)
        return answer(History(aggregates=found))

    return router


def completeness_routes(history: port.History) -> APIRouter:
    """``/api/completeness``: the books."""
    router = APIRouter(prefix="/api", tags=["operations"])

    @router.get("/completeness", responses=answers(Completeness))
    def completeness(
        since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    ) -> Response:
        """What entered in a stretch of time, by the broker's clock, and what became of it.

        The last hour where nothing else is asked for; always whole minutes.
        """
        latest = datetime.now(UTC) + timedelta(days=1)
        until = min(until, latest) if until else datetime.now(UTC)
        if until < EARLIEST or (since and since < EARLIEST):
            raise InputError("nothing entered that early", f"ask for times from {EARLIEST:%Y} on")
        since = since or until - timedelta(hours=1)
        if not timedelta() < until - since <= STRETCH_MAX:
            raise InputError(
                f"`from` is to be before `to`, and not by more than {STRETCH_MAX.days} days",
                "ask for a shorter stretch of time",
            )
        return answer(read_books(history, since, until))

    return router


def analyze_routes(pool: AnalysisPool) -> APIRouter:
    """``POST /api/analyze``."""
    router = APIRouter(prefix="/api", tags=["analyze"])
    schema = {"$ref": f"#/components/schemas/{AnalyzeRequest.__name__}"}
    body = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}

    @router.post("/analyze", responses=answers(Analyses), openapi_extra=body)
    async def analyze(request: Request, explain: bool = False) -> Response:
        """One analysis for each of 1 to 100 texts, in order.

        With `explain=true`, for each also the weight of every word in its sentiment score.
        """
        try:
            wanted = msgspec.json.decode(await _body(request), type=AnalyzeRequest)
        except msgspec.MsgspecError as error:
            raise InputError(str(error), 'send {"texts": ["…"]}') from None
        return answer(await pool.analyze(wanted.texts, explain=explain))

    return router


async def _body(request: Request) -> bytes:
    """A request's body, read no further than any valid one goes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise HTTPException(413, f"the body is larger than {BODY_MAX_BYTES:,} bytes")
    return bytes(body)
