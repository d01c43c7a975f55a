"""The gateway's composition: stores, views, hub, pool and routes in one application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response, WebSocket
from fastapi.openapi.utils import get_openapi
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from contracts.errors import ServerError
from contracts.settings import Settings
from gateway.analysis import AnalysisPool
from gateway.answers import Range
from gateway.books import BooksGauge
from gateway.documents import schema
from gateway.hub import Hub
from gateway.problems import answer_problems, problem
from gateway.routes import analyze_routes, completeness_routes, history_routes, metrics_routes
from gateway.views import Views
from inference.analyzer import load_analyzer
from stores.history import History
from stores.open import open_history
from stores.redis import LiveStore

BUILT = Path(__file__).parent.parent / "dashboard" / "dist"


def create_app(settings: Settings) -> FastAPI:
    """The application. :raises ServerError: a store cannot be opened."""
    history = open_history(settings)
    live = LiveStore(settings.redis)
    threshold = settings.inference.churn_threshold
    views = Views(live, history, settings.windows.length_seconds, threshold)
    hub = Hub(live, views)
    pool = AnalysisPool(load_analyzer(settings.inference), settings.gateway.analyze_queue)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        books = BooksGauge(history)
        async with hub.running():
            yield
        await asyncio.to_thread(books.close)
        pool.close()
        live.close()
        history.close()

    app = FastAPI(
        title="Groundswell",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    answer_problems(app)
    app.include_router(metrics_routes(views))
    app.include_router(history_routes(history))
    app.include_router(completeness_routes(history))
    app.include_router(analyze_routes(pool))
    _add_probes(app, hub, live, history)

    @app.websocket("/ws")
    async def ws(socket: WebSocket, range: Range = "1h") -> None:  # noqa: A002 -- its public name
        await hub.serve(socket, range)

    app.openapi = lambda: _description(app)  # type: ignore[method-assign] # FastAPI's documented way
    _add_dashboard(app, settings)
    return app


def _add_probes(app: FastAPI, hub: Hub, live: LiveStore, history: History) -> None:
    @app.get("/healthz", tags=["operations"])
    async def healthz() -> Response:
        """Whether this process works: its event loop answers and the hub runs."""
        return PlainTextResponse("ok") if hub.is_running else problem(500, "the hub has stopped")

    @app.get("/readyz", tags=["operations"])
    async def readyz() -> Response:
        """Whether the stores answer."""
        try:
            await asyncio.to_thread(live.ping)
            await asyncio.to_thread(history.ping)
        except ServerError as error:
            return problem(503, str(error))
        return PlainTextResponse("ok")

    @app.get("/metrics", tags=["operations"])
    def metrics() -> Response:
        """Counters and gauges for Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _add_dashboard(app: FastAPI, settings: Settings) -> None:
    dashboard = settings.gateway.dashboard or BUILT
    if dashboard.is_dir():
        app.mount("/", StaticFiles(directory=dashboard, html=True))
        return

    @app.get("/", include_in_schema=False)
    def unbuilt() -> Response:
        return PlainTextResponse("The dashboard is not built here: make setup builds it.")


def _description(app: FastAPI) -> dict[str, Any]:
    """The API's description, with the answers' schemas."""
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version="1", routes=app.routes)
        components = described.setdefault("components", {}).setdefault("schemas", {})
        components.update(schema("#/components/schemas/{name}"))
        app.openapi_schema = described
    return app.openapi_schema
