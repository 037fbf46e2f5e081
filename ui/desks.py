"""The desks at which this server begins commands; all its sessions share them.

Users who are no administrators are refused by AccessError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from eval.desk import RunDesk
from eval.listing import ListedRun
from eval.shelf import empty_trash
from rag.jobs import Desk, Job
from rag.settings import load_settings
from ui import users
from ui.language import _


class _GuardedDesk(Desk):
    def begin(
        self, arguments: Sequence[str], about: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> Job:  # fmt: skip
        users.ensure_may_change()
        return super().begin(arguments, about, files)


class _GuardedRunDesk(_GuardedDesk, RunDesk):
    def delete(self, run: ListedRun) -> Path:
        users.ensure_may_change()
        return super().delete(run)


@st.cache_resource(show_spinner=False)
def library_desk() -> Desk:
    """Where what changes the corpus or the index is begun."""
    return _GuardedDesk(load_settings().data_dir, "library")


@st.cache_resource(show_spinner=False)
def run_desk() -> RunDesk:
    """Where sets of questions are run."""
    return _GuardedRunDesk(load_settings().data_dir)


@st.cache_resource(show_spinner=False)
def tidy(runs: Path) -> None:
    """Remove, once a server, what was deleted from a folder of runs more than a week ago."""
    empty_trash(runs)


def why_failed(job: Job) -> str:
    """The sentence about a command that failed."""
    return job.error() or _(
        "It ended before it was finished, without saying why. The log that `hetao doctor` names "
        "may say where."
    )
