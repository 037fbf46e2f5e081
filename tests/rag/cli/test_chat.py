from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from rag.cli.chat import HOST, free_port, ingest_if_changed, serve
from rag.errors import HetaoError, SettingsError
from rag.settings import Settings


@contextmanager
def taken(port: int = 0) -> Iterator[int]:
    with closing(socket.socket()) as holder:
        holder.bind((HOST, port))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_free_port_is_taken_as_it_is() -> None:
    with taken() as port:
        pass
    assert free_port(port) == port


def test_the_next_port_is_used_when_one_is_taken() -> None:
    with taken() as port:
        assert port < free_port(port) < port + 20


def test_twenty_taken_ports_in_a_row_are_told_with_the_setting() -> None:
    with ExitStack() as stack:
        first = 65516
        for port in range(first, 65536):
            try:
                stack.enter_context(taken(port))
            except OSError:
                continue
        with pytest.raises(SettingsError, match="65516 to 65535 are all taken: set HETAO_PORT"):
            free_port(first)


def test_the_chat_is_served_on_the_next_port_on_this_machine_only_until_it_is_stopped(
    tmp_path: Path,
) -> None:
    with taken() as port:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("hetao"), "chat", "--no-browser", f"--port={port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
            env={**os.environ, "HETAO_DATA_DIR": str(tmp_path)}, start_new_session=True,
        )  # fmt: skip
        try:
            assert process.stderr is not None
            assert process.stderr.readline().startswith(f"Port {port} is taken; using ")
            address = re.search(r"http://localhost:\d+", process.stderr.readline())
            assert address is not None
            assert answers(f"{address[0]}/_stcore/health")
        finally:
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(timeout=30) == 0


def test_a_chat_that_does_not_start_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr("rag.cli.chat.find_spec", lambda _: package)
    monkeypatch.setattr("rag.cli.chat.signal.signal", lambda *_: None)
    with pytest.raises(HetaoError, match="could not start"):
        serve(8501, open_browser=False, announce=lambda _: None)


def test_a_corpus_that_cannot_be_read_is_told_and_does_not_keep_the_chat_from_opening(
    settings: Settings,
) -> None:
    told: list[str] = []
    ingest_if_changed(settings, told.append)
    assert told == [
        f"There is no file or folder {settings.corpus_dir}. Name a folder of transcripts, or "
        "make this one and put them there."
    ]
    settings.corpus_dir.mkdir()
    ingest_if_changed(settings, told.append)
    assert told[1].startswith("There is no transcript to ingest; the index was left as it is.")


def answers(address: str) -> bool:
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=1) as reply:  # noqa: S310 - our own
                return bool(reply.status == 200)
        except OSError:
            time.sleep(0.1)
    return False
