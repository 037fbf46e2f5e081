"""Whether the files of a generation are as they were written: one byte that is another changes an
answer without a word."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

_FILE = "sums.json"
# Chroma writes to its own whenever it opens them.
_NOT_OURS = "chroma/"


def write_sums(folder: Path) -> None:
    """Note the SHA-256 of every file below a folder but Chroma's. Raises OSError."""
    sums = {name: _sum(folder / name) for name in sorted(_names(folder))}
    (folder / _FILE).write_text(json.dumps(sums, indent=1), encoding="utf-8")


def check_sums(folder: Path, *beginnings: str) -> None:
    """Raises ValueError where a file whose name begins so is not as it was written, OSError where
    it is gone, or its sums are."""
    written_down = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    if not isinstance(written_down, dict):
        raise ValueError(f"{_FILE} holds no sums")
    for name in sorted(written_down.keys() | _names(folder)):
        if name.startswith(beginnings) and _sum(folder / name) != written_down.get(name):
            raise ValueError(f"{name} is not as it was written")


def _names(folder: Path) -> set[str]:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")} - {_FILE}
    return {name for name in names if not name.startswith(_NOT_OURS)}


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
