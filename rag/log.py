"""The log of errors: a file that rotates under the data directory, and standard error.

What people ask, what transcripts say and keys to services stand in the messages of errors (a
reply that a chat model's server rejects repeats the request), so of an error only its kind and
where it arose are written, unless HETAO_LOG_DETAIL says otherwise.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

from rag.settings import Settings

FILE = "hetao.log"
# The packages whose own messages hold nothing but what is written in their code.
OWN = ("rag", "ui", "eval")
_MAX_BYTES, _KEPT_FILES = 1_000_000, 3
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_file(settings: Settings) -> Path:
    """Where the errors of these settings' chat are written."""
    return settings.data_dir.resolve() / FILE


def start_log(file: Path | None, *, detail: bool = False) -> None:
    """Send warnings and errors of this process to a log file, if any, and to standard error.

    A second call replaces what an earlier one set up.
    """
    stop_log()
    formatter = _Formatter(detail=detail)
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if file is not None:
        handlers.append(_LogFile(file))
    for handler in handlers:
        handler.setLevel(logging.WARNING)
        handler.setFormatter(formatter)
        logging.getLogger().addHandler(handler)


def stop_log() -> None:
    """Take back what :func:`start_log` set up."""
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h.formatter, _Formatter)]:
        root.removeHandler(handler)
        handler.close()


def keep_error(file: Path, error: Exception, *, detail: bool = False) -> None:
    """Write one unexpected error to a log file, and to nothing else."""
    handler = _LogFile(file)
    handler.setFormatter(_Formatter(detail=detail))
    told = (type(error), error, error.__traceback__)
    handler.emit(
        logging.LogRecord("rag", logging.ERROR, __file__, 0, "A command failed.", None, told)
    )


class _LogFile(RotatingFileHandler):
    """Opened for each record, so that a folder that was moved, or comes back, is no obstacle."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, maxBytes=_MAX_BYTES, backupCount=_KEPT_FILES, encoding="utf-8", delay=True
        )

    def emit(self, record: logging.LogRecord) -> None:
        # A data directory that is away is not made anew: what is moved back would land inside it.
        if Path(self.baseFilename).parent.is_dir():
            super().emit(record)
            if self.stream is not None:
                self.stream.close()
                self.stream = None

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - its name there
        """Passed over: the record stands on standard error, and a full disk is met elsewhere."""


class _Formatter(logging.Formatter):
    """Without ``detail``: of an error its kind and place, of other packages' messages none."""

    def __init__(self, *, detail: bool) -> None:
        super().__init__(_FORMAT)
        self._detail = detail

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record."""
        if self._detail:
            return super().format(record)
        kept = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
        kept.stack_info = None
        if record.name.split(".")[0] not in OWN:
            kept.msg, kept.args = f"a message from {record.pathname}, line {record.lineno}", ()
        lines = [super().format(kept)]
        if record.exc_info and record.exc_info[1] is not None:
            lines.extend(_outline(record.exc_info[1]))
        return "\n".join(lines)


def _outline(error: BaseException) -> Iterator[str]:
    """An error's kind and the calls that led to it, then the same of what caused it."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield f"  {'caused by ' if cause is not error else ''}{type(cause).__qualname__}"
        for frame, line in traceback.walk_tb(cause.__traceback__):
            yield f"    {frame.f_code.co_filename}, line {line}, in {frame.f_code.co_qualname}"
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
