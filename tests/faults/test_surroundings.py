"""What the service and an ingest stand on gives way: the disk, a Chroma server, the clock, callers
who only hold connections."""

from __future__ import annotations

import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from rag.settings import Settings

pytestmark = [pytest.mark.faults, pytest.mark.model]

Check = Callable[[Settings], set[str]]
Start = Callable[..., Any]
Serve = Callable[..., AbstractContextManager[Any]]
MOST = 10_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_told_and_the_old_index_answers_on(
    own_bridge: Settings, small_disk: Path, check_whole: Check, start: Start, serve: Serve,
    page: Any,
) -> None:  # fmt: skip
    data = small_disk / "data"
    shutil.copytree(own_bridge.data_dir, data, symlinks=True)
    own = own_bridge.model_copy(update={"data_dir": data})
    before = check_whole(own)
    said = " ".join(f"Pier {n} of the harbour was mended in spring." for n in range(200))
    page(own.corpus_dir / "more.txt", ("Lin Mei", "Welcome."), ("Wu Lan", said))
    ballast = small_disk / "ballast"
    with serve(own) as service:
        answer = service.ask().json()["text"]
        for left_kb in (0, 20, 200, 400):
            ballast.unlink(missing_ok=True)
            room = shutil.disk_usage(small_disk).free
            ballast.write_bytes(b"x" * max(0, room - 1024 * left_kb))
            writer = start(own, "ingest")
            told = writer.communicate(timeout=300)[1]
            assert writer.returncode == 1, told
            assert "Traceback" not in told
            assert "ake room" in told
            assert service.ask().json()["text"] == answer
            if not left_kb:
                for command in (("keys", "add", "desk"), ("ask", "What will the bridge cost?")):
                    told = start(own, *command).communicate(timeout=120)[1]
                    assert told.startswith("Error: The ")
                    assert "disk" in told or "No space" in told
        ballast.unlink()
        assert check_whole(own) == before
        assert start(own, "ingest").wait(300) == 0
        assert check_whole(own) == before | {"more"}
        assert service.wait().json()["transcripts"] == len(before) + 1


def test_a_chroma_server_killed_and_started_again_is_used_again(
    own_bridge: Settings, serve: Serve, start: Start, start_chroma: Any, tmp_path: Path
) -> None:
    with start_chroma(tmp_path / "server") as (address, process):
        own = own_bridge.model_copy(update={"chroma_url": address})
        assert start(own, "ingest").wait(300) == 0
        with serve(own) as service:
            before = service.ask().json()["text"]
            process.kill()
            process.wait(20)
            got = service.ask("When did work on the bridge begin?")
            assert got.status_code == 503
            assert "does not answer" in got.json()["error"]["message"]
            port = urlsplit(address).port
            with start_chroma(tmp_path / "server", port):
                assert service.ask().json()["text"] == before
                assert service.ask("When did work on the bridge begin?").status_code == 200


def test_a_clock_that_is_set_back_changes_nothing(
    own_bridge: Settings, check_whole: Check, start: Start, page: Any
) -> None:
    if not shutil.which("faketime"):
        pytest.skip("faketime is not installed (Debian: faketime)")
    back = ("faketime", "-f", "-400d")
    secret = start(own_bridge, "keys", "add", "first").communicate(timeout=60)[0]
    page(own_bridge.corpus_dir / "more.txt", ("Lin Mei", "Welcome to the ferry terminal."))
    writer = start(own_bridge, "ingest", before=back)
    assert writer.wait(300) == 0, writer.communicate()[1]
    assert "more" in check_whole(own_bridge)
    assert secret.startswith("hetao_")
    asked = start(own_bridge, "ask", "What will the new bridge cost?", before=back)
    assert "yuan" in asked.communicate(timeout=120)[0]
    assert start(own_bridge, "keys", "add", "second", before=back).wait(60) == 0
    listed = start(own_bridge, "keys", "list").communicate(timeout=60)[0]
    assert "first" in listed
    assert "second" in listed
    assert start(own_bridge, "ingest").wait(300) == 0


def test_ten_thousand_idle_connections_keep_nobody_out(own_bridge: Settings, serve: Serve) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < MOST + 500:
        pytest.skip(f"this machine allows a process {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    own = own_bridge.model_copy(update={"serve_client_seconds": 15})
    with serve(own) as service, ExitStack() as opened:
        before = service.ask().json()["text"]
        parts = urlsplit(service.address)
        for _ in range(MOST):
            opened.enter_context(socket.create_connection((parts.hostname, parts.port), 30))
        assert service.ask().json()["text"] == before
        assert httpx.get(f"{service.address}/health", timeout=10).status_code == 200
        until = time.monotonic() + 60
        files = Path(f"/proc/{service.process.pid}/fd")
        while len(list(files.iterdir())) > 200:
            assert time.monotonic() < until
            time.sleep(0.5)


def test_more_connections_than_files_keep_nobody_out(own_bridge: Settings, serve: Serve) -> None:
    """Also where nobody is let go of for being slow."""
    if not shutil.which("prlimit"):
        pytest.skip("prlimit is not installed (Debian: util-linux)")
    own = own_bridge.model_copy(update={"serve_client_seconds": 600})
    with (
        serve(own, before=("prlimit", "--nofile=1000:1000")) as service,
        ExitStack() as opened,
    ):
        parts = urlsplit(service.address)
        for _ in range(1500):
            opened.enter_context(socket.create_connection((parts.hostname, parts.port), 30))
        assert service.ask().json()["status"] == "answered"
