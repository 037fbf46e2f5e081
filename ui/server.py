"""What all browser sessions of a server share: the assistant, and the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import streamlit as st

from rag import log
from rag.errors import HetaoError, QuestionError
from rag.settings import load_settings
from ui.language import _

if TYPE_CHECKING:
    from rag.assistant import Assistant


def start_log() -> None:
    """Have the errors of this server written to the log of the settings in force."""
    try:
        settings = load_settings()
    except HetaoError:
        _start_log(None, False)
    else:
        _start_log(log.log_file(settings), settings.log_detail)


@st.cache_resource(show_spinner=False, max_entries=1)
def _start_log(file: Path | None, detail: bool) -> None:
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] == "streamlit":
            # Its own handlers would write the messages of errors as they are.
            logging.getLogger(name).handlers.clear()
            logging.getLogger(name).propagate = True
    log.start_log(file, detail=detail)


@st.cache_resource(show_spinner=False)
def assistant_future() -> Future[Assistant]:
    """The assistant, being opened in the background: the page is drawn meanwhile."""
    future: Future[Assistant] = Future()

    def open_it() -> None:
        try:
            from rag import assistant

            future.set_result(assistant.open_assistant(load_settings()))
        except Exception as error:
            future.set_exception(error)

    Thread(target=open_it, name="open-assistant", daemon=True).start()
    return future


@contextmanager
def opened() -> Iterator[Assistant]:
    """The assistant, as soon as it is open; until then the page says what it waits for.

    Where opening or using it fails, it is forgotten, so that the next drawing of the page opens
    another, by the settings as they are then, once the user has mended what was wrong.
    """
    future = assistant_future()
    try:
        with st.spinner(_("Loading the index and the models …")):
            assistant = future.result()
        yield assistant
    except QuestionError:
        raise
    except Exception:
        assistant_future.clear()
        raise
