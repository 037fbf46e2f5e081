"""What the tests of faults share: the command in processes of its own, to be killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.cli.chat import free_port
from rag.indexing.index import open_index
from rag.settings import PREFIX, Settings

HETAO = Path(sys.executable).with_name("hetao")
QUESTION = "What will the new bridge cost?"
Start = Callable[..., subprocess.Popen[str]]


def environment(settings: Settings) -> dict[str, str]:
    told = settings.model_dump(mode="json", exclude_defaults=True)
    return {**os.environ, **{PREFIX + name.upper(): str(value) for name, value in told.items()}}


def start_command(settings: Settings, *arguments: str, before: tuple[str, ...] = ()) -> Any:
    return subprocess.Popen(
        [*before, HETAO, *arguments], env=environment(settings), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


class Service:
    """``hetao serve`` in processes of its own."""

    def __init__(self, settings: Settings, *arguments: str, before: tuple[str, ...]) -> None:
        port = free_port(18800)
        given = ("serve", f"--port={port}", *arguments)
        self.process = start_command(settings, *given, before=before)
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, question: str = QUESTION, seconds: float = 60) -> httpx.Response:
        return httpx.post(f"{self.address}/v1/ask", json={"question": question}, timeout=seconds)

    def wait(self, path: str = "/ready", seconds: float = 60) -> httpx.Response:
        """What is answered first, where a connection may be refused before."""
        until = time.monotonic() + seconds
        while True:
            try:
                return httpx.get(f"{self.address}{path}", timeout=seconds)
            except httpx.TransportError:
                assert time.monotonic() < until, "The service does not answer."
                assert self.process.poll() is None, self.process.communicate()[1]
                time.sleep(0.1)

    def workers(self) -> set[int]:
        """The processes that answer, where several do."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        command = {int(c): Path(f"/proc/{c}/cmdline").read_bytes() for c in children}
        return {child for child, told in command.items() if b"spawn_main" in told}


@contextmanager
def serving(settings: Settings, *arguments: str, before: tuple[str, ...] = ()) -> Iterator[Service]:
    service = Service(settings, *arguments, before=before)
    try:
        service.wait()
        yield service
    finally:
        if service.process.poll() is None:
            service.process.send_signal(signal.SIGTERM)
        service.process.communicate(timeout=60)


@pytest.fixture(scope="session")
def start() -> Start:
    """Starts ``hetao`` with these settings and arguments."""
    return start_command


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[Service]]:
    return serving


@pytest.fixture
def own_bridge(bridge_settings: Settings, tmp_path: Path) -> Settings:
    """The three events on a bridge with an index of its own to write to."""
    data = tmp_path / "data"
    shutil.copytree(bridge_settings.data_dir / "index", data / "index")
    (data / "models").symlink_to(bridge_settings.models_dir.resolve())
    corpus = Path(shutil.copytree(bridge_settings.corpus_dir, tmp_path / "corpus"))
    return bridge_settings.model_copy(update={"data_dir": data, "corpus_dir": corpus})


@pytest.fixture
def check_whole(real_embedder: Any) -> Callable[[Settings], set[str]]:
    """Opens every part of an index, and gives the ids of its transcripts."""

    def check(settings: Settings) -> set[str]:
        index = open_index(settings, real_embedder.id)
        index.open_parts()
        ids = {passage.id for passage in index.passages}
        assert set(index.vectors._collection().get(include=[])["ids"]) == ids
        index.close()
        return set(index.transcripts)

    return check
