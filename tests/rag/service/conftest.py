from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import uvicorn

from rag.assistant import Assistant, open_assistant
from rag.service.app import build_app
from rag.service.connections import PatientProtocol
from rag.settings import Settings


@contextmanager
def served(
    settings: Settings, opened: Callable[[], Any], host: str = "127.0.0.1", more: Any = ()
) -> Iterator[str]:
    """The service on a free port of this machine; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = build_app(settings, opened, host, more)
    config = uvicorn.Config(
        app, port=port, log_level="warning", log_config=None, http=PatientProtocol
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[str]]:
    return served


@pytest.fixture(scope="module")
def assistant(bridge_settings: Settings) -> Assistant:
    return open_assistant(bridge_settings)


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    """The service over three events on a bridge."""
    with served(assistant.settings, lambda: assistant) as address:
        yield address
