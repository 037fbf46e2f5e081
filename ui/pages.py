"""The pages there are. Each is imported when it is drawn: where a package is missing, the others
may still be."""

from __future__ import annotations

import streamlit as st

from ui.language import _
from ui.links import READ, TIMELINE


def ask() -> st.Page:
    """The chat, the first page."""
    return st.Page(_ask, title=_("Ask"), icon=":material/forum:", default=True)


def read() -> st.Page:
    """The transcripts, to be read."""
    return st.Page(_read, title=_("Transcripts"), icon=":material/menu_book:", url_path=READ)


def timeline() -> st.Page:
    """Who said what about a topic, when."""
    return st.Page(_timeline, title=_("Timeline"), icon=":material/timeline:", url_path=TIMELINE)


def evaluation() -> st.Page:
    """Sets of questions, their runs and what changed."""
    return st.Page(
        _measure, title=_("Evaluation"), icon=":material/monitoring:", url_path="evaluation"
    )


def _ask() -> None:
    from ui import chat

    chat.page()


def _read() -> None:
    from ui import reader

    reader.page()


def _timeline() -> None:
    from ui import timeline

    timeline.page()


def _measure() -> None:
    from ui import evaluation

    evaluation.page()
