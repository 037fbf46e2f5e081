"""Evaluation runs as the page sees them: the one under way, and those on disk."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import streamlit as st

from eval.errors import RunError
from eval.runs import INFO, RESULTS, SUMMARY, RunInfo
from eval.shelf import TRASH, delete_run, empty_trash, read_name
from ui import users
from ui.command import Command, Desk
from ui.language import _

# An unfinished run whose files were written to just now may still be going on elsewhere, from
# the command line; a question is answered in far less time than this.
_QUIET_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Questions answered and in all (0 until the index is ready), and the time left."""

    done: int
    total: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run on disk: what it is, when it began, in local time, and what a person calls it."""

    folder: Path
    info: RunInfo
    started: datetime
    name: str = ""

    def asks_as(self, other: ListedRun) -> bool:
        """Whether both ask the same questions."""
        asked = [(run.set_sha256, run.split, run.limit) for run in (self.info, other.info)]
        return asked[0] == asked[1]


@dataclass(frozen=True, slots=True)
class RunList:
    """The runs of a data directory, the newest first, and names of folders that are none."""

    finished: tuple[ListedRun, ...]
    unfinished: tuple[ListedRun, ...]
    unreadable: tuple[str, ...]


class Job(Command):
    """``hetao eval run``, how far it is being told by its folder."""

    def __init__(self, arguments: Sequence[str], folder: Path) -> None:
        super().__init__(["eval", "run", "--json", *arguments])
        self.folder = folder
        self._first: tuple[float, int] | None = None

    def progress(self) -> RunProgress:
        """How far the run is, as its folder tells."""
        try:
            total = int(json.loads((self.folder / INFO).read_bytes())["n"])
        except (OSError, ValueError, KeyError, TypeError):
            return RunProgress(0, 0, None)
        try:
            done = (self.folder / RESULTS).read_bytes().count(b"\n")
        except OSError:
            done = 0
        now = time.monotonic()
        began, before = self._first = self._first or (now, done)
        left = (total - done) * (now - began) / (done - before) if done > before else None
        return RunProgress(min(done, total), total, left)


class RunDesk(Desk[Job]):
    """Where runs are begun: two side by side would each slow the other's answers, which are being
    timed. What a stopped run has answered stays in its folder and can be gone on with."""

    def start(self, set_path: str, split: str | None, folder: Path, name: str = "") -> None:
        """Run a set, given by path or name, into a new folder; see :meth:`Desk.begin`."""
        options = ["--out", str(folder), *_option("--split", split), f"--name={name}"]
        self.begin(lambda: Job([*options, "--", set_path], folder))

    def resume(self, set_path: str, run: ListedRun) -> None:
        """Go on with an unfinished run of the set; see :meth:`Desk.begin`."""
        options = [*_option("--split", run.info.split), *_option("--limit", run.info.limit)]
        arguments = ["--resume", str(run.folder), *options, "--", set_path]
        self.begin(lambda: Job(arguments, run.folder))

    def delete(self, run: ListedRun) -> Path:
        """Move a run aside; returns where it lies now.

        Raises RunError when it is under way, here or elsewhere, or cannot be moved, AccessError for
        a user who is no administrator.
        """
        users.ensure_may_change()
        with self.lock:
            here = self.busy and self.job is not None and self.job.folder == run.folder
            if here or _is_written_to(run.folder):
                raise RunError(_("This run is under way. Wait for its end, or stop it first."))
            return delete_run(run.folder)


@st.cache_resource(show_spinner=False)
def desk() -> RunDesk:
    """The desk of this server."""
    return RunDesk()


@st.cache_resource(show_spinner=False)
def tidy(runs: Path) -> None:
    """Remove, once a server, what was deleted from a folder of runs more than a week ago."""
    empty_trash(runs)


def list_runs(folder: Path, job: Job | None) -> RunList:
    """What lies in a folder of runs. The run of a ``job`` under way is left out.

    An unfinished run is listed once nobody writes to it any more.
    """
    finished, unfinished, unreadable = [], [], []
    running = job.folder if job is not None and job.outcome == "running" else None
    for run in _folders(folder):
        if run == running:
            continue
        try:
            info = RunInfo.model_validate_json((run / INFO).read_bytes())
            began = datetime.fromisoformat(info.started).astimezone()
            listed = ListedRun(run, info, began, read_name(run))
            if (run / SUMMARY).is_file():
                finished.append(listed)
            elif (job is not None and run == job.folder) or _is_quiet(run):
                unfinished.append(listed)
        except (OSError, ValueError, OverflowError):
            unreadable.append(run.name)
    newest_first = [
        tuple(sorted(runs, key=lambda run: run.started, reverse=True))
        for runs in (finished, unfinished)
    ]
    return RunList(newest_first[0], newest_first[1], tuple(unreadable))


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and path.name != TRASH)
    except OSError:
        return []


def _is_quiet(run: Path) -> bool:
    written = max(path.stat().st_mtime for path in run.iterdir())
    return time.time() - written > _QUIET_SECONDS


def _is_written_to(run: Path) -> bool:
    """Whether a process elsewhere may be at work on a run."""
    try:
        written = (run / RESULTS).stat().st_mtime
    except OSError:
        return False
    return not (run / SUMMARY).is_file() and time.time() - written <= _QUIET_SECONDS


def _option(name: str, value: object) -> list[str]:
    return [] if value is None else [name, str(value)]
