from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn

from rag.log import log_file, stop_log
from rag.service import serving
from rag.service.connections import PatientProtocol
from rag.settings import Settings


class Broken:
    """An assistant with a bug, whose error repeats the question."""

    def ask(self, question: str, *_: object) -> None:
        raise ValueError(question)


@contextmanager
def running(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What `hetao serve` runs, with a broken assistant; gives its address."""
    begun: list[uvicorn.Server] = []

    class Server(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            begun.append(self)

    # As in a process of its own: in this one Streamlit may have set up uvicorn's loggers.
    for logger in map(logging.getLogger, ("uvicorn", "uvicorn.error")):
        monkeypatch.setattr(logger, "handlers", [])
        monkeypatch.setattr(logger, "propagate", True)
    for name in ("seconds", "most"):
        monkeypatch.setattr(PatientProtocol, name, getattr(PatientProtocol, name))
    monkeypatch.setattr(uvicorn, "Server", Server)
    monkeypatch.setattr(serving, "opened_once", lambda _: Broken)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    thread = threading.Thread(target=serving.run_service, args=(settings, "127.0.0.1", port))
    thread.start()
    while not (begun and begun[0].started):
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    begun[0].should_exit = True
    thread.join(10)
    stop_log()


def test_of_a_bug_the_log_tells_kind_and_place_once_and_nothing_tells_the_question(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(settings, monkeypatch) as address:
        got = httpx.post(f"{address}/v1/ask", json={"question": "A zeppelin?"}, timeout=60)
    assert got.status_code == 500
    kept = log_file(settings).read_text(encoding="utf-8")
    assert kept.count("ValueError") == 1
    assert f"{__file__}, line" in kept
    assert "ValueError" in (shown := capsys.readouterr().err)
    assert "zeppelin" not in kept + shown
