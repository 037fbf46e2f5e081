"""The sets of questions that can be run by name, and adding one's own."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from eval.errors import SetError
from eval.public_sets import NAMED_SETS
from eval.records import SETS, complain, records_in
from rag.settings import Settings


def known_sets(settings: Settings) -> dict[str, str]:
    """The path or name by which each set is run, and what it is called: one's own first."""
    files = [
        path for folder in (own_sets(settings), SETS) for path in sorted(folder.glob("*.jsonl"))
    ]
    named = NAMED_SETS if settings.eval_data_dir.is_dir() else ()
    return {str(path): path.stem for path in files} | {name: name for name in named}


def set_named(name: str, settings: Settings) -> str:
    """The path or name of the set that is called so. Raises SetError when there is none."""
    for path, called in known_sets(settings).items():
        if called == name:
            return path
    raise SetError(
        f"The set {name!r} is not among those offered here. Add it, or run it where its file lies."
    )


def own_sets(settings: Settings) -> Path:
    """The folder of the sets that were added."""
    return settings.data_dir / "sets"


def add_set(settings: Settings, file_name: str, data: bytes) -> Path:
    """Keep a set under the data directory, once each of its lines has been read.

    Its quotes are looked up in the transcripts when it is run. Raises SetError when a line
    cannot be used, when there is another set of that name, or when it cannot be written.
    """
    stem = re.sub(r"[^\w-]+", "-", Path(file_name).stem).strip("-")[:80] or "questions"
    path = own_sets(settings) / f"{stem}.jsonl"
    if stem in known_sets(settings).values() and not _holds(path, data):
        raise SetError(f"There is a set {stem} already. Give your file another name.")
    named = Path(file_name or path.name)
    if problems := records_in(data, named)[1]:
        raise complain(named, problems)
    if _holds(path, data):
        return path
    part = path.with_name(f".{stem}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
    except OSError as error:
        raise SetError(f"{path} cannot be written ({error.strerror or error}).") from error
    try:
        os.link(part, path)
    except FileExistsError as error:  # added just now by somebody else
        raise SetError(f"There is a set {stem} already. Give your file another name.") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data
