"""A ``hetao`` command in a process of its own, and what has become of it.

A job is a folder, so that any process that sees the data folder can tell how it stands, another
worker of the service as well as the chat after a restart::

    job.json   the command, when it began, and what it is about
    files/     what it was given; until the next job begins
    printed    its standard output: one JSON document
    told       its standard error: how far it is
    stopped    is there where somebody stopped it

The process holds the lock of its :class:`Desk` as long as it lives, however it ends.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from rag.errors import QuestionError, StorageError
from rag.progress import Progress, read_progress

Outcome = Literal["running", "done", "stopped", "failed"]
# Nothing that lies in the working directory is taken for a module (-P).
_PROGRAM = [sys.executable, "-P", "-c", "from rag.cli.main import main; main()"]
_READ_BACK = 4_000  # bytes of what was told last, in which progress is looked for
_KEPT = 50
_LONGEST_NAME = 200  # bytes; the ending is at the end
_SECONDS_TO_STOP = 10.0
_TRIES = 5


class Occupied(StorageError):
    """The desk has something else under way."""

    def __init__(self) -> None:
        super().__init__("Something else is under way. Wait for its end, or stop it first.")


class _About(BaseModel):
    command: str
    began: datetime
    about: dict[str, str]
    container: str = ""


class Job:
    """A command that was begun, kept in a folder. Raises QuestionError where there is none."""

    def __init__(self, folder: Path) -> None:
        self.id = folder.name
        self._folder = folder
        try:
            self._known = _About.model_validate_json((folder / "job.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise QuestionError(
                f"No job has the id {folder.name!r}. The last {_KEPT} are kept."
            ) from error

    @property
    def command(self) -> str:
        """Which command of ``hetao`` it is."""
        return self._known.command

    @property
    def about(self) -> Mapping[str, str]:
        """What whoever began it wrote down of it."""
        return self._known.about

    @property
    def outcome(self) -> Outcome:
        """How it stands."""
        if self.id in _at_work(self._folder.parent):
            return "running"
        if (document := self.result()) and "error" not in document:
            return "done"
        return "stopped" if (self._folder / "stopped").exists() else "failed"

    def told(self) -> Progress | None:
        """How far it is, as it tells on standard error."""
        with suppress(OSError), (self._folder / "told").open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _READ_BACK))
            return read_progress(file.read().decode("utf-8", "replace"))
        return None

    def result(self) -> dict[str, Any]:
        """The JSON document that it printed; empty before there is one."""
        try:
            return dict(json.loads((self._folder / "printed").read_bytes()))
        except (OSError, ValueError, TypeError):
            return {}

    def error(self) -> str:
        """Why it failed, as it said; "" where it ended without saying so."""
        return str(self.result().get("error", ""))

    def stop(self) -> None:
        """End it, where it is under way. Raises StorageError where another container began it."""
        process = _at_work(self._folder.parent).get(self.id, 0)
        if not process:
            return
        if self._known.container != _container():
            raise StorageError(
                "It runs in another container, which alone can stop it: stop it where it was begun."
            )
        (self._folder / "stopped").touch()
        deadline = time.monotonic() + _SECONDS_TO_STOP
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)
            while self.outcome == "running":
                if time.monotonic() > deadline:
                    os.kill(process, signal.SIGKILL)
                time.sleep(0.02)


# The last command that this process began at each desk.
_BEGUN: dict[Path, tuple[Job, subprocess.Popen[bytes]]] = {}


class Desk:
    """Where commands of one kind are begun, one at a time for all who use a data folder.

    Args:
        data_dir: the data folder; jobs are kept under it.
        kind: of what kind the commands are, such as "library".

    What this process began is stopped when it ends.
    """

    def __init__(self, data_dir: Path, kind: str) -> None:
        self._jobs = data_dir / "jobs"
        self._lock = self._jobs / f"{kind}.lock"

    @property
    def job(self) -> Job | None:
        """The last that was begun; None before it and after :meth:`forget`."""
        with suppress(QuestionError):
            return Job(self._jobs / (_noted(self._lock)[0] or "none"))
        return None

    @property
    def busy(self) -> bool:
        """Whether a command is under way."""
        return _is_held(self._lock)

    def begin(
        self, arguments: Sequence[str], about: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> Job:  # fmt: skip
        """Begin a command.

        Args:
            arguments: of ``hetao``; ``--json`` among them.
            about: what to write down of it.
            files: names and contents of files, whose paths become the last arguments.

        Raises Occupied when one is under way, StorageError when it cannot be begun.
        """
        try:
            self._jobs.mkdir(parents=True, exist_ok=True)
            with _taken(self._lock) as lock:
                _note(lock, "")
                _tidy(self._jobs)
                folder = self._jobs / secrets.token_hex(8)
                folder.mkdir(mode=0o700)
                _note(lock, f"{folder.name} 0")  # so that nobody tidies it away
                known = _About(
                    command=arguments[0], began=datetime.now(UTC), about=dict(about or {}),
                    container=_container(),
                )  # fmt: skip
                (folder / "job.json").write_text(known.model_dump_json(), encoding="utf-8")
                paths = list(_written(folder / "files", files))
                process = _spawn([*arguments, *paths], folder, lock)
                _note(lock, f"{folder.name} {process.pid}")
        except OSError as error:
            raise StorageError(
                f"It cannot be started: {self._jobs} cannot be used ({error.strerror or error}). "
                "See that the folder may be written to and that the disk has room."
            ) from error
        job = Job(folder)
        _BEGUN[self._lock] = (job, process)  # an earlier one has ended
        return job

    def stop(self) -> None:
        """Stop the command that is under way, if any."""
        if job := self.job:
            job.stop()

    def forget(self) -> None:
        """Have none as the last one, where none is under way."""
        with suppress(OSError, Occupied), _taken(self._lock) as lock:
            _note(lock, "")


@atexit.register
def stop_begun() -> None:
    """Stop what this process began and is still under way."""
    for job, process in _BEGUN.values():
        with suppress(StorageError):  # moved to another container
            job.stop()
        process.poll()


def find_job(data_dir: Path, known_as: str) -> Job:
    """The job of an id, of whatever desk. Raises QuestionError where there is none."""
    folders = {folder.name: folder for folder in _folders(data_dir / "jobs")}
    if known_as not in folders:
        raise QuestionError(f"No job has the id {known_as!r}. The last {_KEPT} are kept.")
    return Job(folders[known_as])


def _container() -> str:
    """Which processes the number of one is counted among; "" where there are no containers."""
    with suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink())
    return ""


def _folders(jobs: Path) -> list[Path]:
    with suppress(OSError):
        return [path for path in jobs.iterdir() if path.is_dir()]
    return []


def _tidy(jobs: Path) -> None:
    """Remove what earlier jobs were given, and all but the last of them."""
    under_way = _at_work(jobs)
    ended = [path for path in _folders(jobs) if path.name not in under_way]
    ended.sort(key=_age, reverse=True)
    for number, path in enumerate(ended):
        shutil.rmtree(path if number >= _KEPT else path / "files", ignore_errors=True)


def _age(folder: Path) -> float:
    with suppress(OSError):  # tidied away by another desk meanwhile
        return folder.stat().st_mtime
    return 0.0


def _spawn(arguments: Sequence[str], folder: Path, lock: int) -> subprocess.Popen[bytes]:
    with (folder / "printed").open("wb") as printed, (folder / "told").open("wb") as told:
        return subprocess.Popen(  # noqa: S603 - our own command; no shell reads it
            [*_PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=told,
            pass_fds=[lock],
        )


def _written(folder: Path, files: Sequence[tuple[str, bytes]]) -> Iterator[str]:
    for number, (name, data) in enumerate(files):
        place = folder / str(number)  # two may have one name
        place.mkdir(parents=True)
        path = place / _file_name(name)
        path.write_bytes(data)
        yield str(path)


def _file_name(name: str) -> str:
    """The last part of a path that somebody else gave, as a name that a file can have."""
    last = Path("".join(filter(str.isprintable, name)).replace("\\", "/")).name
    kept = last.encode("utf-8", "replace")[-_LONGEST_NAME:].decode("utf-8", "ignore")
    return kept if kept not in ("", ".", "..") else "file"


@contextmanager
def _taken(lock: Path) -> Iterator[int]:
    """The lock, held as long as this block or a process that was handed it lives.

    Raises Occupied where another holds it.
    """
    file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for left in reversed(range(_TRIES)):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                # Perhaps only somebody who looks whether it is held.
                if not left:
                    raise Occupied from None
                time.sleep(0.01)
        yield file
    finally:
        os.close(file)


def _note(lock: int, words: str) -> None:
    os.ftruncate(lock, 0)
    os.pwrite(lock, words.encode(), 0)


def _noted(lock: Path) -> tuple[str, int]:
    """The id of the last job of a desk and its process; "" and 0 for none."""
    try:
        known_as, _, process = lock.read_text(encoding="utf-8").partition(" ")
        return known_as, int(process or 0)
    except (OSError, ValueError):
        return "", 0


def _at_work(jobs: Path) -> dict[str, int]:
    """The ids of the jobs under way, and their processes."""
    return dict(_noted(lock) for lock in jobs.glob("*.lock") if _is_held(lock))


def _is_held(lock: Path) -> bool:
    try:
        file = os.open(lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
