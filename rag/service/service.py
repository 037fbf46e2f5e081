"""What all requests share: the assistant, who may ask, how much at once, what is counted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool

from rag.assistant import Assistant
from rag.errors import HetaoError, QuestionError
from rag.service.keys import Key, Keys, Scope
from rag.service.limits import CALLERS, Rate, Slots
from rag.service.metrics import Metrics
from rag.settings import Settings

Made = TypeVar("Made")
Routes = Callable[["Service"], APIRouter]


class Service:
    """One service.

    Args:
        settings: keys lie in their data folder; their ``serve_`` fields are the bounds.
        opened: gives the assistant, which all requests share; what it raises is told to them.
        shared: the folder in which the processes of a service count together, if it has several.
        needs_keys: whether nobody may ask without a key, even where there is none (any more).
    """

    def __init__(
        self, settings: Settings, opened: Callable[[], Assistant], shared: Path | None = None,
        *, needs_keys: bool,
    ) -> None:  # fmt: skip
        self._needs_keys = needs_keys
        self.settings = settings
        self.opened = opened
        self.metrics = Metrics(shared)
        self._keys = Keys(settings.data_dir)
        self._rate = Rate(settings.serve_per_minute, shared / CALLERS if shared else None)
        self._slots = Slots(settings.serve_at_once, settings.serve_waiting, self.metrics.taken.inc)

    def may(self, *scopes: Scope) -> Any:
        """A dependency of a route that lets pass whom a key allows one of these, not too often."""

        async def check(request: Request) -> None:
            self.require(request, *scopes)
            self._rate.take(request.state.caller)

        return Depends(check)

    def require(self, request: Request, *scopes: Scope) -> None:
        """Let pass whom a key allows one of these, and note who it is. Raises HTTPException."""
        if not self._needs_keys and not self._keys.all():
            request.state.caller = request.client.host if request.client else ""
            return
        key = _key_of(request, self._keys)
        request.state.caller = f"key {key.name}"
        if not set(scopes) & set(key.scopes):
            needed = " or ".join(scopes)
            raise HTTPException(403, f"The key {key.name!r} is not meant for this ({needed}).")

    async def work(self, call: Callable[[Assistant], Made]) -> Made:
        """What the assistant makes of a call, in its turn. HTTPException where too many wait."""
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

        async def sent() -> AsyncIterator[bytes]:
            try:
                yield first.encode("utf-8", "replace")
                async for piece in iterate_in_threadpool(_told_to_the_end(pieces)):
                    yield piece.encode("utf-8", "replace")
            finally:
                await slot.__aexit__(None, None, None)

        return StreamingResponse(
            sent(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )


@contextmanager
def missing_is_404() -> Iterator[None]:
    """What is asked for by an id that nothing has is not found."""
    try:
        yield
    except QuestionError as error:
        raise HTTPException(404, str(error)) from error


def event(data: Mapping[str, Any], name: str = "") -> str:
    """A server-sent event. https://html.spec.whatwg.org/multipage/server-sent-events.html"""
    told = f"event: {name}\n" if name else ""
    return f"{told}data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _begun(pieces: Iterator[str]) -> tuple[Iterator[str], str]:
    return pieces, next(pieces)


def _key_of(request: Request, keys: Keys) -> Key:
    """The key that a request brings. Raises HTTPException where it brings none that is known."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    key = keys.find(secret.strip()) if kind.casefold() == "bearer" else None
    if key is None:
        raise HTTPException(
            401, "A key is needed: Authorization: Bearer KEY (hetao keys add NAME makes one).",
            headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    return key


def _told_to_the_end(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces; what goes wrong between them is the last one."""
    try:
        yield from pieces
    except HetaoError as error:
        yield event({"error": {"message": str(error), "type": type(error).__name__}}, "error")
