"""What a person does with runs that are there: name them, delete them, bring them back.

A name is one line in a file of its own, so that the record of the run stays as it was written.
What is deleted is moved aside within the folder of runs, and goes for good a week later.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from eval.errors import RunError
from eval.storage import storage_errors, write_whole

NAME = "name.txt"
NAME_LENGTH = 40
TRASH = ".trash"
KEPT_SECONDS = 7 * 24 * 3600.0


def clean_name(text: str) -> str:
    """A name on one line, without characters that do not print. Raises RunError if too long."""
    name = _one_line(text)
    if len(name) > NAME_LENGTH:
        raise RunError(f"The name of a run has at most {NAME_LENGTH} characters; choose another.")
    return name


def read_name(folder: Path) -> str:
    """The name of the run in a folder; "" where it has none, or none that can be read."""
    try:
        with (folder / NAME).open(encoding="utf-8", errors="replace") as file:
            return _one_line(file.read(10 * NAME_LENGTH))[:NAME_LENGTH]
    except OSError:
        return ""


def give_name(folder: Path, text: str) -> None:
    """Name the run in a folder, or take its name away where ``text`` is blank.

    Raises RunError when the name is too long or cannot be written.
    """
    name = clean_name(text)
    with storage_errors(folder):
        if name:
            write_whole(folder / NAME, name + "\n")
        else:
            (folder / NAME).unlink(missing_ok=True)


def delete_run(folder: Path) -> Path:
    """Move a run aside; returns where it lies now. Raises RunError when that cannot be done."""
    place, number = folder.parent / TRASH / folder.name, 1
    while place.exists():
        number += 1
        place = place.with_name(f"{folder.name}-{number}")
    with storage_errors(folder):
        place.parent.mkdir(exist_ok=True)
        folder.rename(place)
        # The folder's own time tells from now on when it was deleted.
        os.utime(place)
    return place


def restore_run(place: Path) -> Path:
    """Bring back what :func:`delete_run` moved aside; returns where it lies again.

    Raises RunError when it is gone, or something else has taken its place.
    """
    folder = place.parent.parent / place.name
    if not place.is_dir():
        raise RunError("This run was brought back already, or is gone for good.")
    if folder.exists():
        raise RunError(f"There is a run {folder.name} again. Delete or move that one first.")
    with storage_errors(folder):
        place.rename(folder)
    return folder


def deleted_runs(runs: Path) -> list[Path]:
    """What was deleted from a folder of runs and can be brought back, the last one first."""
    try:
        found = [(place.stat().st_mtime, place) for place in (runs / TRASH).iterdir()]
    except OSError:
        return []
    return [place for _, place in sorted(found, reverse=True) if place.is_dir()]


def empty_trash(runs: Path, kept_seconds: float = KEPT_SECONDS) -> None:
    """Remove what was deleted longer ago than ``kept_seconds``; what resists is left."""
    for place in deleted_runs(runs):
        with suppress(OSError):
            if time.time() - place.stat().st_mtime > kept_seconds:
                shutil.rmtree(place)


def _one_line(text: str) -> str:
    words = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(words.split())
