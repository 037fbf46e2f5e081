"""Writing into run folders: whole files, and refusals told as sentences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from eval.errors import RunError
from eval.words import N_

LOCK = ".lock"
UNDER_WAY = N_("This run is under way. Wait for its end, or stop it first.")
# Whoever asks whether somebody writes holds the lock himself for a moment.
_LOCK_SECONDS = 1.0


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it or none."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    # The path of a run, of whatever bytes, comes back whole from JSON.
    part.write_text(text, encoding="utf-8", errors="backslashreplace")
    part.replace(path)


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """A refusal to write, as a RunError; what was written stays."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"The run folder {folder} cannot be written ({error.strerror or error}). Make room "
            "or choose another by --out; a run that had begun goes on with --resume."
        ) from error


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep others from writing to a run folder. Raises RunError where somebody does."""
    lock = FileLock(folder / LOCK)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=_LOCK_SECONDS)
        except Timeout:
            raise RunError(UNDER_WAY) from None
    try:
        yield
    finally:
        lock.release()


def is_held(folder: Path) -> bool:
    """Whether somebody writes to a run folder; the system lets go of it when a process ends."""
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
