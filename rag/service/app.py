"""The HTTP service, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from rag.assistant import Assistant
from rag.collector import open_collector
from rag.errors import HetaoError, QuestionError, sentence_of
from rag.hosts import only_here
from rag.jobs import Occupied, stop_begun
from rag.service.audit import FILE, Audit
from rag.service.changes import job_routes, library_routes
from rag.service.described import REFUSALS, refusal
from rag.service.edge import Bounded, OwnPages, Watched
from rag.service.routes import answer_routes, model_routes, state_routes
from rag.service.service import Routes, Service
from rag.settings import Settings

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
        responses=REFUSALS, lifespan=_lifespan,
    )  # fmt: skip
    service = Service(settings, opened, shared, needs_keys=not only_here(host))
    for routes in (state_routes, answer_routes, model_routes, library_routes, job_routes, *more):
        app.include_router(routes(service))
    _tell_errors(app)

    app.add_middleware(
        Bounded,
        most=settings.serve_request_kb * 1024,
        most_uploaded=settings.serve_upload_kb * 1024,
        seconds=settings.serve_client_seconds,
    )
    kept = settings.data_dir / FILE if settings.serve_audit != "off" else None
    audit = Audit(kept, texts=settings.serve_audit == "texts")
    if only_here(host):
        app.add_middleware(OwnPages)
        app.add_middleware(
            TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", "[::1]", host]
        )
    app.add_middleware(
        Watched, metrics=service.metrics, audit=audit, collector=open_collector(settings)
    )
    return app


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    # A process that a signal ends runs nothing at its exit.
    await anyio.to_thread.run_sync(stop_begun)


def _tell_errors(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return refusal(422, f"The request cannot be read: {place}: {first['msg']}.")

    @app.exception_handler(HTTPException)
    async def told(_: Request, error: HTTPException) -> JSONResponse:
        return refusal(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(HetaoError)
    async def wrong(_: Request, error: HetaoError) -> JSONResponse:
        kinds = {QuestionError: 400, Occupied: 409}
        status = next((kinds[kind] for kind in kinds if isinstance(error, kind)), 503)
        return refusal(status, str(error), type(error).__name__)

    @app.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> JSONResponse:
        # What serves the app gets it too, and writes it to the log.
        return refusal(500, sentence_of(error) or _BUG)
