"""What every request passes: bounds, where it comes from, what is noted of it."""

from __future__ import annotations

import time
from contextlib import nullcontext

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.collector import Collector
from rag.service.audit import Audit
from rag.service.described import refusal
from rag.service.metrics import Metrics
from rag.telemetry import NOT_RECORDED

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What reads its form by itself, once it knows that the caller may send one.
_UPLOADS = ("/v1/transcripts", "/v1/eval/sets")
# Bytes a second that a caller must send at least, once the time to begin is over.
_SLOWEST = 16_384


class Bounded:
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
        uploads = scope["method"] == "POST" and scope["path"] in _UPLOADS
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


class OwnPages:
    """Refuses what a page of another site has a browser send here, where no key is needed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            origin, host = headers.get("origin"), headers.get("host", "")
            from_elsewhere = origin is not None and origin.partition("://")[2] != host
            if from_elsewhere or headers.get("sec-fetch-site") == "cross-site":
                told = "Pages of other sites are not answered."
                await refusal(403, told)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class Watched:
    """Counts each request, writes it down and makes a span of it, up to the end of its answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics, audit: Audit, collector: Collector) -> None:
        self._app = app
        self._metrics = metrics
        self._audit = audit
        self._collector = collector

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Probes (/health, /metrics) come all day and tell nothing.
        tells = scope["path"].startswith("/v1/")
        began, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        request = self._collector.request(dict(Headers(scope=scope)))
        with request if tells else nullcontext(NOT_RECORDED) as step:
            try:
                await self._app(scope, receive, watched)
            finally:
                # The route, not the path: that may hold what somebody is looking for.
                route = str(getattr(scope.get("route"), "path_format", "other"))
                method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
                seconds = time.perf_counter() - began
                self._metrics.requests.labels(route, status).inc()
                self._metrics.seconds.labels(route).observe(seconds)
                step.rename(f"{method} {route}")
                step.note(method=method, route=route, status_code=status)
                if status >= 500:
                    step.fail(str(status))
                if tells:
                    caller, asked = (scope.get("state", {}).get(n, "") for n in ("caller", "asked"))
                    self._audit.write(caller, method, route, status, seconds, asked)
