"""Writing into run folders: whole files, and refusals told as sentences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eval.errors import RunError


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it or none."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
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
