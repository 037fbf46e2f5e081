"""What all requests share: the assistant, who may ask, how much at once, what is counted."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
from fastapi import Depends, HTTPException, Request
from fastapi.responses import StreamingResponse
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.concurrency import iterate_in_threadpool

from rag.assistant import Assistant
from rag.errors import HetaoError
from rag.service.keys import Keys, Scope
from rag.service.limits import Rate, Slots
from rag.settings import Settings

Made = TypeVar("Made")


class Metrics:
    """What Prometheus collects of one service.

    Args:
        shared: where all processes of the service write it, the PROMETHEUS_MULTIPROC_DIR of each;
            None where there is but one.
    """

    def __init__(self, shared: Path | None = None) -> None:
        own = CollectorRegistry()
        self.requests = Counter(
            "hetao_requests", "Requests answered", ["route", "status"], registry=own
        )
        self.seconds = Histogram(
            "hetao_request_seconds", "Seconds to the end of an answer", ["route"], registry=own
        )
        self.taken = Gauge(
            "hetao_questions_in_work", "Questions answered or waiting", registry=own,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._registry = own
        if shared is not None:
            _forget_the_dead(shared)
            self._registry = CollectorRegistry()
            MultiProcessCollector(self._registry, str(shared))  # type: ignore[no-untyped-call]

    def text(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self._registry)


class Service:
    """One service.

    Args:
        settings: keys lie in their data folder; their ``serve_`` fields are the bounds.
        opened: gives the assistant, which all requests share; what it raises is told to them.
        shared: the folder in which the processes of a service count together, if it has several.
    """

    def __init__(
        self, settings: Settings, opened: Callable[[], Assistant], shared: Path | None = None
    ) -> None:
        self.settings = settings
        self.opened = opened
        self.metrics = Metrics(shared)
        self._keys = Keys(settings.data_dir)
        self._rate = Rate(settings.serve_per_minute, shared / "callers.sqlite3" if shared else None)
        self._slots = Slots(settings.serve_at_once, settings.serve_waiting, self.metrics.taken.inc)

    def may(self, scope: Scope) -> Any:
        """A dependency of a route that lets pass whom a key allows it, and not too often."""

        async def check(request: Request) -> None:
            self._rate.take(_caller(request, self._keys, scope))

        return Depends(check)

    async def work(self, call: Callable[[Assistant], Made]) -> Made:
        """What the assistant makes of a call, in its turn. Raises Busy where too many wait."""
        async with self._slots.slot():
            return await anyio.to_thread.run_sync(lambda: call(self.opened()))

    async def stream(self, make: Callable[[Assistant], Iterator[str]]) -> StreamingResponse:
        """Server-sent events; the turn lasts until the last is sent or the caller has gone.

        The first is made before an answer is promised, so that what is wrong shows in its status.
        """
        slot = self._slots.slot()
        await slot.__aenter__()
        try:
            pieces, first = await anyio.to_thread.run_sync(lambda: _begun(make(self.opened())))
        except BaseException as error:
            await slot.__aexit__(type(error), error, error.__traceback__)
            raise

        async def sent() -> AsyncIterator[str]:
            try:
                yield first
                async for piece in iterate_in_threadpool(_told_to_the_end(pieces)):
                    yield piece
            finally:
                await slot.__aexit__(None, None, None)

        return StreamingResponse(
            sent(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )


def _forget_the_dead(shared: Path) -> None:
    """What a process that was killed had in work is no longer in work."""
    for file in shared.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, str(shared))  # type: ignore[no-untyped-call]


def event(data: Mapping[str, Any], name: str = "") -> str:
    """A server-sent event. https://html.spec.whatwg.org/multipage/server-sent-events.html"""
    told = f"event: {name}\n" if name else ""
    return f"{told}data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _begun(pieces: Iterator[str]) -> tuple[Iterator[str], str]:
    return pieces, next(pieces)


def _caller(request: Request, keys: Keys, scope: Scope) -> str:
    """Who asks: the name of a key, or an address where none is needed. Raises HTTPException."""
    address = request.client.host if request.client else ""
    if not keys.all():
        return address
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    key = keys.find(secret.strip()) if kind.casefold() == "bearer" else None
    if key is None:
        raise HTTPException(
            401, "A key is needed: Authorization: Bearer KEY (hetao keys add NAME makes one).",
            headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    if scope not in key.scopes:
        raise HTTPException(403, f"The key {key.name!r} is not meant for this ({scope}).")
    return f"key {key.name}"


def _told_to_the_end(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces; what goes wrong between them is the last one."""
    try:
        yield from pieces
    except HetaoError as error:
        yield event({"error": {"message": str(error), "type": type(error).__name__}}, "error")
