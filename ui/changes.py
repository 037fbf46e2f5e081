"""Changes of the library: what adds, removes and reads anew, one at a time for all sessions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from rag.jobs import Job
from ui.desks import library_desk


def start(
    arguments: Sequence[str], uploads: Sequence[UploadedFile] = (), title: str = ""
) -> NoReturn:
    """Begin a change and draw the page anew, which then tells how far it is.

    Args:
        arguments: of ``hetao``.
        uploads: files that it adds.
        title: what it is about, as a person calls it.

    Raises StorageError when another one is under way or it cannot be begun.
    """
    files = [(upload.name, upload.getvalue()) for upload in uploads]
    library_desk().begin([arguments[0], "--json", *arguments[1:]], {"title": title}, files)
    st.rerun()


def files_of(job: Job) -> frozenset[Path]:
    """The files that a change added, resolved."""
    return frozenset(Path(name).resolve() for name in job.result().get("files", ()))


def told_of(job: Job, what: str) -> list[dict[str, Any]]:
    """The notes, or what was skipped, of the files that a change added, or of all."""
    files, told = files_of(job), job.result().get(what, [])
    return [each for each in told if not files or Path(each["path"]).resolve() in files]
