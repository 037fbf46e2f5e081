"""Changes of the library: what adds, removes and reads anew, one at a time for all sessions."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui.command import Command, Desk


class Change(Command):
    """A command that changes the corpus or the index.

    Args:
        arguments: of ``hetao``.
        uploads: files that it adds; kept as long as the change is.
        title: what it is about, as a person calls it.
    """

    def __init__(
        self, arguments: Sequence[str], uploads: Sequence[UploadedFile] = (), title: str = ""
    ) -> None:
        self.title = title
        self.removes = "remove" in arguments[:1]
        self._folder = tempfile.TemporaryDirectory(prefix="hetao-")
        paths = []
        for number, upload in enumerate(uploads):
            folder = Path(self._folder.name) / str(number)  # two may have one name
            folder.mkdir()
            paths.append(folder / Path(upload.name).name)
            paths[-1].write_bytes(upload.getbuffer())
        super().__init__([arguments[0], "--json", *arguments[1:], *map(str, paths)])

    @property
    def files(self) -> frozenset[Path]:
        """The files that it added, resolved."""
        return frozenset(Path(name).resolve() for name in self.result().get("files", ()))

    def told_of(self, what: str) -> list[dict[str, Any]]:
        """The notes, or what was skipped, of the files that it added, or of all."""
        files, told = self.files, self.result().get(what, [])
        return [each for each in told if not files or Path(each["path"]).resolve() in files]


@st.cache_resource(show_spinner=False)
def desk() -> Desk[Change]:
    """The desk of this server."""
    return Desk()


def start(
    arguments: Sequence[str], uploads: Sequence[UploadedFile] = (), title: str = ""
) -> NoReturn:
    """Begin a :class:`Change` and draw the page anew, which then tells how far it is.

    Raises StorageError when another one is under way or it cannot be begun.
    """
    desk().begin(lambda: Change(arguments, uploads, title))
    st.rerun()
