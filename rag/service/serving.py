"""The service on a port: in this process, or in several that share it."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cache, partial
from multiprocessing import parent_process
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.supervisors import Multiprocess

from rag.log import log_file, start_log
from rag.service.connections import PatientProtocol, raise_open_files
from rag.service.limits import CALLERS, Rate
from rag.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rag.assistant import Assistant
    from rag.service.service import Routes

# A process that says nothing for so long is replaced. uvicorn's 5 seconds are less than a busy
# machine takes to load one.
_SILENT_SECONDS = 60


def run_service(
    settings: Settings, host: str, port: int, workers: int = 1, more: Sequence[Routes] = ()
) -> None:
    """Serve until it is stopped.

    Args:
        settings: as for :func:`~rag.service.app.build_app`.
        host: the address to listen on.
        port: the port.
        workers: how many processes answer. One that ends is started again; each maps the same
            index, and they count requests and callers together.
        more: as for the app.
    """
    several = tempfile.TemporaryDirectory(prefix="hetao-") if workers > 1 else nullcontext()
    with several as folder:
        shared = Path(folder) if folder else None
        config = uvicorn.Config(
            partial(_app, settings, host, more, shared), factory=True, host=host, port=port,
            workers=workers, http=PatientProtocol, ws="none",
            timeout_worker_healthcheck=_SILENT_SECONDS,
            timeout_graceful_shutdown=int(settings.serve_client_seconds) + 1,
            # What a request asks for never stands in a log: uvicorn's handlers would write the
            # messages of errors as they are.
            log_config=None, log_level="warning", access_log=False,
            # Who asks is whoever connects: a header would name anybody.
            proxy_headers=False,
        )  # fmt: skip
        # Before the log begins, which would keep it to itself that the port is taken.
        listening = [config.bind_socket()]
        if shared is None:
            uvicorn.Server(config).run(listening)
        else:
            # Prometheus' client reads it as it is imported, in each of the processes.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(shared)
            # Made before they are: to make it at once they would wait for each other in vain.
            Rate(settings.serve_per_minute, shared / CALLERS)
            Multiprocess(config, listening).run()


def opened_once(settings: Settings) -> Callable[[], Assistant]:
    """Gives the assistant, opened with the first request; an error is tried anew with the next."""
    from rag.assistant import open_assistant

    lock = threading.Lock()

    @cache
    def opened() -> Assistant:
        return open_assistant(settings)

    def one() -> Assistant:
        with lock:
            return opened()

    return one


def _app(settings: Settings, host: str, more: Sequence[Routes], shared: Path | None) -> FastAPI:
    """Made in the process that serves it.

    What is heavy is loaded here: until this module is, the process cannot say that it lives.
    """
    from rag.service.app import build_app

    start_log(log_file(settings), detail=settings.log_detail)
    PatientProtocol.most = raise_open_files()
    PatientProtocol.seconds = settings.serve_client_seconds
    if shared is not None:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    return build_app(settings, opened_once(settings), host, more, shared)


def _end_with_parent() -> None:
    """One that lost its supervisor would hold the port against the next `hetao serve`."""
    if parent := parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
