"""A command that serves in processes of its own, to measure: its address, what memory it takes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.errors import RunError
from rag.cli.chat import HOST, free_port
from rag.settings import PREFIX, Settings

_FIRST_PORT = 18701
_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Served:
    """A service that runs: where, and the process that was started."""

    address: str
    pid: int

    def memory_mb(self) -> float:
        """What the process and its children hold; what they share counts once."""
        return sum(map(_memory_kb, self._pids())) / 1024

    def cpu_seconds(self) -> float:
        """The processor time that they have taken."""
        return sum(map(_cpu_ticks, self._pids())) / os.sysconf("SC_CLK_TCK")

    def _pids(self) -> list[int]:
        return [self.pid, *_children(self.pid)]


def environment_of(settings: Settings) -> Mapping[str, str]:
    """The environment in which a command has these settings, as far as they were set."""
    told = settings.model_dump(mode="json", exclude_unset=True)
    return {**os.environ, **{PREFIX + name.upper(): str(value) for name, value in told.items()}}


@contextmanager
def serve_service(settings: Settings, workers: int = 1) -> Iterator[Served]:
    """``hetao serve`` with these settings, until it is no longer wanted.

    Raises RunError where it does not come up.
    """
    command, environment = ["serve", f"--workers={workers}"], environment_of(settings)
    with serving(command, _FIRST_PORT, environment, "/ready") as served:
        yield served


@contextmanager
def serving(
    command: Sequence[str], first_port: int, environment: Mapping[str, str], health: str
) -> Iterator[Served]:
    """A command of ``hetao`` that serves, until it is no longer wanted.

    Args:
        command: without its port.
        first_port: the first that may be free.
        environment: what it is given.
        health: what is asked until it answers.

    Raises RunError where it does not come up.
    """
    port = free_port(first_port)
    hetao = Path(sys.executable).with_name("hetao")
    server = subprocess.Popen(  # noqa: S603 - our own command
        [str(hetao), *command, f"--port={port}"], env=dict(environment),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://{HOST}:{port}"
        _wait_until_healthy(f"{address}{health}", server)
        yield Served(address, server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _wait_until_healthy(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=60):  # noqa: S310
                return
        except OSError:
            time.sleep(0.2)
    raise RunError("Nothing was measured: the server did not come up. Run `hetao doctor`.")


def _children(pid: int) -> list[int]:
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(child) for child in told.split()]
    except OSError:
        return []


def _cpu_ticks(pid: int) -> int:
    """Of user and system, https://docs.kernel.org/filesystems/proc.html."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return sum(map(int, told.rpartition(")")[2].split()[11:13]))


def _memory_kb(pid: int) -> int:
    """The proportional set size, https://docs.kernel.org/filesystems/proc.html."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:"))
