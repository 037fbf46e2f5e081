"""Who asked what of the service, when, and what came of it: a log, where it is set."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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

    def write(
        self, caller: str, method: str, route: str, status: int, seconds: float, asked: str = ""
    ) -> None:
        """Add a request. What cannot be written is told in the log of errors.

        Args:
            caller: who asks, as :meth:`Service.require` knows them.
            method: of HTTP.
            route: its pattern.
            status: of the answer.
            seconds: to the end of the answer.
            asked: the question.
        """
        if self._file is None:
            return
        told: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "caller": caller, "method": method, "route": route, "status": status,
            "seconds": round(seconds, 3),
        }  # fmt: skip
        if self._texts and asked:
            told["asked"] = asked
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
