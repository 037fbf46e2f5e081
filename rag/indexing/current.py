"""The generation in force on this machine, and the lock of whoever changes that."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Set
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import StorageError


def index_folder(data_dir: Path) -> Path:
    """Where the generations lie."""
    return data_dir / "index"


def current_generation(data_dir: Path) -> str | None:
    """The generation in force, or None before the first ingest."""
    try:
        # A damaged name is that of no generation, which `hetao ingest` mends.
        file = index_folder(data_dir) / "CURRENT"
        return file.read_text(encoding="utf-8", errors="replace").strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(
            f"The index in {data_dir} cannot be read ({error}). Check the folder's "
            "permissions, or set HETAO_DATA_DIR to another folder."
        ) from error


def publish(data_dir: Path, generation: str) -> None:
    """Put a complete generation in force: the one step that a reader can notice."""
    folder = index_folder(data_dir)
    pending = folder / f"CURRENT.{os.getpid()}"
    with pending.open("w", encoding="utf-8") as file:
        file.write(generation)
        file.flush()
        os.fsync(file.fileno())
    pending.replace(folder / "CURRENT")


@contextlib.contextmanager
def locked(data_dir: Path, wait_seconds: float = 0) -> Iterator[None]:
    """Keep other ingests and downloads off a data directory.

    Raises StorageError when one has not ended after so many seconds, or nothing can be written.
    """
    folder = index_folder(data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        lock.acquire(timeout=wait_seconds)
    except Timeout as error:
        raise StorageError(
            f"Another ingest is writing to {data_dir}: wait until it has finished, then run "
            "this one again."
        ) from error
    except OSError as error:
        raise StorageError(
            f"The data directory {data_dir} cannot be written ({error.strerror or error}). "
            "Check its permissions, or set HETAO_DATA_DIR to a folder you may write to."
        ) from error
    try:
        yield
    finally:
        lock.release()


def remove_folders(data_dir: Path, keep: Set[str]) -> None:
    """Remove what lies beside the generations to keep: older ones, and what a kill left."""
    for path in index_folder(data_dir).iterdir():
        if path.is_dir() and path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith("CURRENT.") or path.suffix == ".zip":
            path.unlink(missing_ok=True)
