"""The HTTP service, put together."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import anyio
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.assistant import Assistant
from rag.errors import HetaoError, QuestionError, sentence_of
from rag.hosts import only_here
from rag.log import keep_error, log_file
from rag.service.limits import Busy
from rag.service.routes import answer_routes, model_routes, state_routes
from rag.service.service import Service
from rag.settings import Settings

_BUG = "Something went wrong that should not have; the log that `hetao doctor` names says where."


def build_app(
    settings: Settings, opened: Callable[[], Assistant], host: str = "127.0.0.1",
    shared: Path | None = None,
) -> FastAPI:  # fmt: skip
    """The service.

    Args:
        settings: see :class:`~rag.service.service.Service`, as for ``opened``.
        opened: gives the assistant.
        host: what the service listens on. On this machine alone, only requests that name this
            machine are answered: a page of the web cannot make a browser ask here.
        shared: as for the service.
    """
    app = FastAPI(
        title="Hetao", version=version("hetao-rag"),
        description="Answers from press-conference transcripts, every sentence with its source.",
    )  # fmt: skip
    service = Service(settings, opened, shared)
    for routes in (state_routes, answer_routes, model_routes):
        app.include_router(routes(service))
    _tell_errors(app, settings)

    @app.middleware("http")
    async def measured(
        request: Request, answer: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        began = time.perf_counter()
        response = await answer(request)
        name = getattr(request.scope.get("route"), "path", "other")
        service.metrics.requests.labels(name, response.status_code).inc()
        service.metrics.seconds.labels(name).observe(time.perf_counter() - began)
        return response

    app.add_middleware(
        _Bounded, most=settings.serve_request_kb * 1024, seconds=settings.serve_client_seconds
    )
    if only_here(host):
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", "[::1]"])
    return app


def _tell_errors(app: FastAPI, settings: Settings) -> None:
    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return _refusal(422, f"The request cannot be read: {place}: {first['msg']}.")

    @app.exception_handler(HTTPException)
    async def told(_: Request, error: HTTPException) -> JSONResponse:
        return _refusal(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(Busy)
    async def busy(_: Request, error: Busy) -> JSONResponse:
        return _refusal(error.status, str(error), headers={"Retry-After": str(error.seconds)})

    @app.exception_handler(HetaoError)
    async def wrong(_: Request, error: HetaoError) -> JSONResponse:
        status = 400 if isinstance(error, QuestionError) else 503
        return _refusal(status, str(error), type(error).__name__)

    @app.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> JSONResponse:
        keep_error(log_file(settings), error, detail=settings.log_detail)
        return _refusal(500, sentence_of(error) or _BUG)


class _Bounded:
    """Refuses what is larger than a request may be, whatever its head says, or comes too slowly."""

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            with anyio.fail_after(self._seconds):
                body = await self._read(receive)
        except TimeoutError:
            told = f"A request may take {self._seconds:g} s to come (HETAO_SERVE_CLIENT_SECONDS)."
            await _refusal(408, told, headers={"Connection": "close"})(scope, receive, send)
            return
        if len(body) > self._most:
            told = f"A request may have {self._most // 1024} KB (HETAO_SERVE_REQUEST_KB)."
            await _refusal(413, told)(scope, receive, send)
            return
        read = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def again() -> Message:
            return next(read, None) or await receive()

        await self._app(scope, again, send)

    async def _read(self, receive: Receive) -> bytes:
        """A body, or as much of it as shows that it is too large."""
        body, more = b"", True
        while more and len(body) <= self._most:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return body


def _refusal(
    status: int, told: str, kind: str = "hetao_error", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A sentence, also where OpenAI's clients look for it."""
    error = {"message": told, "type": kind, "param": None, "code": None}
    return JSONResponse({"error": error}, status, headers)
