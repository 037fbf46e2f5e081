"""The HTTP service, put together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import anyio
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.assistant import Assistant
from rag.collector import Collector, open_collector
from rag.errors import HetaoError, QuestionError, sentence_of
from rag.hosts import only_here
from rag.jobs import Occupied
from rag.log import keep_error, log_file
from rag.service.audit import FILE, Accounted, Audit
from rag.service.changes import job_routes, library_routes
from rag.service.described import REFUSALS
from rag.service.limits import Busy
from rag.service.routes import answer_routes, model_routes, state_routes
from rag.service.service import Routes, Service
from rag.settings import Settings

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Bytes a second that a caller must send at least, once the time to begin is over.
_SLOWEST = 16_384
_BUG = "Something went wrong that should not have; the log that `hetao doctor` names says where."


def build_app(
    settings: Settings, opened: Callable[[], Assistant], host: str = "127.0.0.1",
    more: Sequence[Routes] = (), shared: Path | None = None,
) -> FastAPI:  # fmt: skip
    """The service.

    Args:
        settings: see :class:`~rag.service.service.Service`, as for ``opened``.
        opened: gives the assistant.
        host: what the service listens on. On this machine alone, only requests that name this
            machine are answered: a page of the web cannot make a browser ask here.
        more: further routes, of packages that this one does not know.
        shared: as for the service.
    """
    app = FastAPIOffline(
        title="Hetao", version=version("hetao-rag"),
        description="Answers from press-conference transcripts, every sentence with its source.",
        responses=REFUSALS,
    )  # fmt: skip
    service = Service(settings, opened, shared, needs_keys=not only_here(host))
    for routes in (state_routes, answer_routes, model_routes, library_routes, job_routes, *more):
        app.include_router(routes(service))
    _tell_errors(app, settings)

    app.add_middleware(
        _Bounded,
        most=settings.serve_request_kb * 1024,
        most_uploaded=settings.serve_upload_kb * 1024,
        seconds=settings.serve_client_seconds,
    )
    kept = settings.data_dir / FILE if settings.serve_audit != "off" else None
    audit = Audit(kept, texts=settings.serve_audit == "texts")
    app.add_middleware(_Traced, collector=open_collector(settings))
    if only_here(host):
        app.add_middleware(_OwnPages)
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", "[::1]"])
    app.add_middleware(Accounted, metrics=service.metrics, audit=audit)
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
        kinds = {QuestionError: 400, Occupied: 409}
        status = next((kinds[kind] for kind in kinds if isinstance(error, kind)), 503)
        return _refusal(status, str(error), type(error).__name__)

    @app.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> JSONResponse:
        keep_error(log_file(settings), error, detail=settings.log_detail)
        return _refusal(500, sentence_of(error) or _BUG)


class _Bounded:
    """Refuses what is larger than a request may be, whatever its head says, or comes too slowly."""

    def __init__(self, app: ASGIApp, most: int, most_uploaded: int, seconds: float) -> None:
        self._app = app
        self._most = most
        self._most_uploaded = most_uploaded
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kind = Headers(scope=scope).get("content-type", "")
        uploads = kind.startswith("multipart/form-data")
        most = self._most_uploaded if uploads else self._most
        setting = "HETAO_SERVE_UPLOAD_KB" if uploads else "HETAO_SERVE_REQUEST_KB"
        began, read, ended = time.monotonic(), 0, False

        async def counted() -> Message:
            nonlocal read, ended
            if ended:
                return await receive()
            until = began + self._seconds + read / _SLOWEST
            try:
                with anyio.fail_after(max(0.0, until - time.monotonic())):
                    message = await receive()
            except TimeoutError as error:
                told = "The request comes too slowly (HETAO_SERVE_CLIENT_SECONDS)."
                raise HTTPException(408, told, {"Connection": "close"}) from error
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, f"A request may have {most // 1024} KB ({setting}).")
            ended = not message.get("more_body", False)
            return message

        await self._app(scope, counted, send)


class _OwnPages:
    """Refuses what a page of another site has a browser send here, where no key is needed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc != headers.get("host"):
                told = "Pages of other sites are not answered."
                await _refusal(403, told)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Traced:
    """Makes a span of each request that asks something, up to the last word of its answer."""

    def __init__(self, app: ASGIApp, collector: Collector) -> None:
        self._app = app
        self._collector = collector

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Probes (/health, /metrics) come all day and tell nothing.
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        with self._collector.request(dict(Headers(scope=scope))) as step:

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    # The route, not the path: that may hold what somebody is looking for.
                    route = getattr(scope.get("route"), "path", "other")
                    method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
                    step.rename(f"{method} {route}")
                    step.note(method=method, route=route, status_code=message["status"])
                    if message["status"] >= 500:
                        step.fail(str(message["status"]))
                await send(message)

            await self._app(scope, receive, noted)


def _refusal(
    status: int, told: str, kind: str = "hetao_error", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A sentence, also where OpenAI's clients look for it."""
    error = {"message": told, "type": kind, "param": None, "code": None}
    return JSONResponse({"error": error}, status, headers)
