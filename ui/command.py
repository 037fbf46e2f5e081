"""A ``hetao`` command in a process of its own, so that the page stays alive meanwhile."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from threading import Lock
from typing import IO, Any, Generic, Literal, TypeVar

from rag.errors import StorageError
from rag.progress import Progress, read_progress
from ui import users
from ui.language import N_, _

Outcome = Literal["running", "done", "stopped", "failed"]
BUSY = N_("Something else is under way. Wait for its end, or stop it first.")
_READ_BACK = 4_000  # bytes of what was told last, in which progress is looked for


class Command:
    """The command with these arguments, begun.

    Raises OSError where it cannot be.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._printed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives with the command
        self._told: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._stopped = False
        program = [sys.executable, "-c", "from rag.cli.main import main; main()"]
        self._process = subprocess.Popen(  # noqa: S603 - our own command; no shell reads it
            [*program, *arguments], stdin=subprocess.DEVNULL, stdout=self._printed,
            stderr=self._told,
        )  # fmt: skip

    @property
    def outcome(self) -> Outcome:
        """How it stands."""
        code = self._process.poll()
        if code is None:
            return "running"
        if code == 0:
            return "done"
        return "stopped" if self._stopped else "failed"

    def told(self) -> Progress | None:
        """How far it is, as it tells on standard error."""
        # The process writes on at the place that a seek here would move.
        file = self._told.fileno()
        last = os.pread(file, _READ_BACK, max(0, os.fstat(file).st_size - _READ_BACK))
        return read_progress(last.decode("utf-8", "replace"))

    def result(self) -> dict[str, Any]:
        """The JSON document that it printed; empty before there is one."""
        self._printed.seek(0)
        try:
            return dict(json.loads(self._printed.read()))
        except (ValueError, TypeError):
            return {}

    def error(self) -> str:
        """Why a command that failed ended, as it said."""
        if words := self.result().get("error"):
            return str(words)
        return _(
            "It ended before it was finished, without saying why (exit code {code}). The log "
            "that `hetao doctor` names may say where."
        ).format(code=self._process.returncode)

    def stop(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._stopped = True
            self._process.terminate()
            self._process.wait()


Kind = TypeVar("Kind", bound=Command)


class Desk(Generic[Kind]):
    """The one command of its kind that this server does at a time; all sessions share it."""

    def __init__(self) -> None:
        self.job: Kind | None = None
        self.lock = Lock()
        atexit.register(self.stop)

    @property
    def busy(self) -> bool:
        """Whether a command is under way."""
        return self.job is not None and self.job.outcome == "running"

    def begin(self, command: Callable[[], Kind]) -> None:
        """Begin a command.

        Raises StorageError when one is under way or it cannot be begun, AccessError for a user who
        is no administrator.
        """
        users.ensure_may_change()
        with self.lock:
            if self.busy:
                raise StorageError(_(BUSY))
            try:
                self.job = command()
            except OSError as error:
                words = _("It cannot be started: {reason}.")
                raise StorageError(words.format(reason=error.strerror or error)) from error

    def stop(self) -> None:
        """Stop the command that is under way, if any."""
        if self.job is not None:
            self.job.stop()
