"""Who asked what of the service, when, and what came of it: figures, and a log where it is set."""

from __future__ import annotations

import json
import logging
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.service.metrics import Metrics

FILE = "audit.jsonl"
_logger = logging.getLogger(__name__)


class Audit:
    """The log: one JSON object a line, for its owner alone to read.

    Args:
        file: where it is written; None for nowhere.
        texts: whether questions stand in it.
    """

    def __init__(self, file: Path | None, *, texts: bool) -> None:
        self._file = file
        self._texts = texts

    def write(self, scope: Scope, status: int, seconds: float) -> None:
        """Add a request. What cannot be written is told in the log of errors."""
        if self._file is None:
            return
        state = scope.get("state", {})
        told: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "caller": state.get("caller", ""),
            "method": scope["method"],
            "route": _route(scope),
            "status": status,
            "seconds": round(seconds, 3),
        }
        if self._texts and "asked" in state:
            told["asked"] = state["asked"]
        line = json.dumps(told, ensure_ascii=False) + "\n"
        try:
            # Opened for each line, so that it can be rotated from without; a line is added whole.
            file = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, line.encode("utf-8", "replace"))
            finally:
                os.close(file)
        except OSError as error:
            _logger.error("The audit log cannot be written.", exc_info=error)


class Accounted:
    """Counts and writes down each request once its answer is sent to the end."""

    def __init__(self, app: ASGIApp, metrics: Metrics, audit: Audit) -> None:
        self._app = app
        self._metrics = metrics
        self._audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds, route = time.perf_counter() - began, _route(scope)
            self._metrics.requests.labels(route, status).inc()
            self._metrics.seconds.labels(route).observe(seconds)
            if route.startswith("/v1/"):
                self._audit.write(scope, status, seconds)


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "other"))
