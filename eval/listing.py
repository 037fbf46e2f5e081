"""The runs of a data folder, as people choose from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from eval.runs import INFO, SUMMARY, RunInfo
from eval.shelf import TRASH, read_name
from eval.storage import is_held


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


def list_runs(folder: Path, under_way: Path | None = None) -> RunList:
    """What lies in a folder of runs.

    An unfinished run is listed once nobody writes to it any more.

    Args:
        folder: that of the runs.
        under_way: a run that is left out, since it goes on.
    """
    finished, unfinished, unreadable = [], [], []
    for run in _folders(folder):
        if run == under_way:
            continue
        try:
            info = RunInfo.model_validate_json((run / INFO).read_bytes())
            began = datetime.fromisoformat(info.started).astimezone()
            listed = ListedRun(run, info, began, read_name(run))
            if (run / SUMMARY).is_file():
                finished.append(listed)
            elif not is_held(run):
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
