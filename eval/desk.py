"""Where runs are begun, one at a time, by whoever uses a data folder."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from eval.errors import RunError
from eval.listing import ListedRun, RunList, list_runs
from eval.runs import INFO, RESULTS
from eval.shelf import delete_run
from eval.storage import UNDER_WAY, is_held
from rag.jobs import Desk, Job


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Questions answered and in all (0 until the index is ready), and the time left."""

    done: int
    total: int
    seconds_left: float | None


class RunDesk(Desk):
    """Where runs are begun: two side by side would each slow the other's answers, which are being
    timed. What a stopped run has answered stays in its folder and can be gone on with.

    Args:
        data_dir: the data folder.
    """

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir, "eval")
        self._data_dir = data_dir
        self._first: dict[str, tuple[float, int]] = {}

    def start(
        self, set_path: str, split: str | None, folder: Path, name: str = "",
        limit: int | None = None,
    ) -> Job:  # fmt: skip
        """Run a set, given by path or name, into a new folder; see :meth:`Desk.begin`."""
        options = [*_option("--split", split), *_option("--limit", limit), f"--name={name}"]
        return self._run(["--out", str(folder), *options, "--", set_path], folder)

    def resume(self, set_path: str, run: ListedRun) -> Job:
        """Go on with an unfinished run of the set; see :meth:`Desk.begin`."""
        options = [*_option("--split", run.info.split), *_option("--limit", run.info.limit)]
        return self._run(["--resume", str(run.folder), *options, "--", set_path], run.folder)

    def delete(self, run: ListedRun) -> Path:
        """Move a run aside; returns where it lies now.

        Raises RunError when it is under way, here or elsewhere, or cannot be moved.
        """
        here = self.busy and self.job is not None and run_of(self.job) == run.folder
        if here or is_held(run.folder):
            raise RunError(UNDER_WAY)
        return delete_run(run.folder)

    def runs(self) -> RunList:
        """The runs that there are, but for the one under way."""
        under_way = run_of(self.job) if self.job and self.busy else None
        return list_runs(self._data_dir / "runs", under_way)

    def progress(self, job: Job) -> RunProgress:
        """How far a run is, as its folder tells."""
        folder = run_of(job)
        try:
            total = int(json.loads((folder / INFO).read_bytes())["n"])
        except (OSError, ValueError, KeyError, TypeError):
            return RunProgress(0, 0, None)
        try:
            done = (folder / RESULTS).read_bytes().count(b"\n")
        except OSError:
            done = 0
        now = time.monotonic()
        began, before = self._first.setdefault(job.id, (now, done))
        left = (total - done) * (now - began) / (done - before) if done > before else None
        return RunProgress(min(done, total), total, left)

    def _run(self, arguments: list[str], folder: Path) -> Job:
        return self.begin(["eval", "run", "--json", *arguments], {"run": str(folder)})


def run_of(job: Job) -> Path:
    """The folder of the run that a job does."""
    return Path(job.about["run"])


def _option(name: str, value: object) -> list[str]:
    return [] if value is None else [name, str(value)]
