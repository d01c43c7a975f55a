"""The one error shape of the API: RFC 9457, ``application/problem+json``."""

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from contracts import wire
from contracts.errors import GroundswellError, InputError
from gateway.answers import Problem

MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str) -> Response:
    """A problem answer."""
    title = HTTPStatus(status).phrase
    body = Problem(type="about:blank", title=title, status=status, detail=detail)
    return Response(wire.encode(body), status, media_type=MEDIA_TYPE)


def answer_problems(app: FastAPI) -> None:
    """Let every error of the app be answered as a problem."""

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> Response:
        answer = problem(error.status_code, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    async def validation(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{place}: {first['msg']}")

    @app.exception_handler(GroundswellError)
    async def ours(_: Request, error: GroundswellError) -> Response:
        is_input = isinstance(error, InputError)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_input else HTTPStatus.SERVICE_UNAVAILABLE
        return problem(status, str(error))

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        detail = f"unexpected {type(error).__name__}; the gateway's log has more"
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
