"""Evaluation runs as the page sees them: the one under way, and those on disk."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import IO, Literal

import streamlit as st

from eval.errors import RunError
from eval.runs import INFO, RESULTS, SUMMARY, RunInfo
from eval.shelf import TRASH, delete_run, empty_trash, read_name
from ui.language import _

Outcome = Literal["running", "done", "stopped", "failed"]
# An unfinished run whose files were written to just now may still be going on elsewhere, from
# the command line; a question is answered in far less time than this.
_QUIET_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
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


class Job:
    """``hetao eval run`` in a process of its own, so that the page stays alive meanwhile."""

    def __init__(self, arguments: Sequence[str], folder: Path) -> None:
        self.folder = folder
        self._printed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives with the job
        self._stopped = False
        self._first: tuple[float, int] | None = None
        program = [sys.executable, "-c", "from rag.cli.main import main; main()", "eval", "run"]
        self._process = subprocess.Popen(  # noqa: S603 - our own command; no shell reads it
            [*program, "--json", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._printed,
            stderr=subprocess.DEVNULL,
        )

    @property
    def outcome(self) -> Outcome:
        """How the run stands."""
        code = self._process.poll()
        if code is None:
            return "running"
        if code == 0:
            return "done"
        return "stopped" if self._stopped else "failed"

    def progress(self) -> Progress:
        """How far the run is, as its folder tells."""
        try:
            total = int(json.loads((self.folder / INFO).read_bytes())["n"])
        except (OSError, ValueError, KeyError, TypeError):
            return Progress(0, 0, None)
        try:
            done = (self.folder / RESULTS).read_bytes().count(b"\n")
        except OSError:
            done = 0
        now = time.monotonic()
        began, before = self._first = self._first or (now, done)
        left = (total - done) * (now - began) / (done - before) if done > before else None
        return Progress(min(done, total), total, left)

    def error(self) -> str:
        """Why a failed run ended, as the command said it."""
        self._printed.seek(0)
        try:
            return str(json.loads(self._printed.read())["error"])
        except (ValueError, KeyError, TypeError):
            return _(
                "The run ended before it was finished, without saying why (exit code {code}). The "
                "log that `hetao doctor` names may say where."
            ).format(code=self._process.returncode)

    def stop(self) -> None:
        """End the process; what it has answered stays in the folder and can be gone on with."""
        if self._process.poll() is None:
            self._stopped = True
            self._process.terminate()
            self._process.wait()


class Desk:
    """The one run that this server does at a time; all its browser sessions share it.

    Two side by side would each slow the other's answers, which are being timed.
    """

    def __init__(self) -> None:
        self.job: Job | None = None
        self._lock = Lock()
        atexit.register(self.stop)

    @property
    def busy(self) -> bool:
        """Whether a run is under way."""
        return self.job is not None and self.job.outcome == "running"

    def start(self, set_path: str, split: str | None, folder: Path, name: str = "") -> None:
        """Run a set, given by path or name, into a new folder; see :meth:`_begin`."""
        options = ["--out", str(folder), *_option("--split", split), f"--name={name}"]
        self._begin(set_path, options, folder)

    def resume(self, set_path: str, run: ListedRun) -> None:
        """Go on with an unfinished run of the set; see :meth:`_begin`."""
        options = [*_option("--split", run.info.split), *_option("--limit", run.info.limit)]
        self._begin(set_path, ["--resume", str(run.folder), *options], run.folder)

    def delete(self, run: ListedRun) -> Path:
        """Move a run aside; returns where it lies now.

        Raises RunError when it is under way, here or elsewhere, or cannot be moved.
        """
        with self._lock:
            here = self.busy and self.job is not None and self.job.folder == run.folder
            if here or _is_written_to(run.folder):
                raise RunError(_("This run is under way. Wait for its end, or stop it first."))
            return delete_run(run.folder)

    def stop(self) -> None:
        """Stop the run that is under way, if any."""
        if self.job is not None:
            self.job.stop()

    def _begin(self, set_path: str, options: Sequence[str], folder: Path) -> None:
        """Start the process. Raises RunError when one runs already or it cannot be started."""
        with self._lock:
            if self.busy:
                raise RunError(_("Another run is under way. Wait for its end, or stop it first."))
            try:
                self.job = Job([*options, "--", set_path], folder)
            except OSError as error:
                words = _("The run cannot be started: {reason}.")
                raise RunError(words.format(reason=error.strerror or error)) from error


@st.cache_resource(show_spinner=False)
def desk() -> Desk:
    """The desk of this server."""
    return Desk()


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
