"""The desks at which this server begins commands; all its sessions share them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from eval.desk import RunDesk
from eval.shelf import empty_trash
from rag.jobs import Desk, Job
from rag.settings import load_settings
from ui.language import _


@st.cache_resource(show_spinner=False)
def library_desk() -> Desk:
    """Where what changes the corpus or the index is begun."""
    return Desk(load_settings().data_dir, "library")


@st.cache_resource(show_spinner=False)
def run_desk() -> RunDesk:
    """Where sets of questions are run."""
    return RunDesk(load_settings().data_dir)


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
