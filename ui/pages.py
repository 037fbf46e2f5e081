"""The pages there are. Each is imported when it is drawn: where a package is missing, the others
may still be."""

from __future__ import annotations

import streamlit as st

from ui.language import _
from ui.links import READ, TIMELINE, TRANSCRIPT


def ask() -> st.Page:
    """The chat, the first page."""
    return st.Page(_ask, title=_("Ask"), icon=":material/forum:", default=True)


def library() -> st.Page:
    """All transcripts; one whole, where the address names it."""
    return st.Page(_library, title=_("Library"), icon=":material/menu_book:", url_path=READ)


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


def _library() -> None:
    from ui import library, reader

    if st.query_params.get(TRANSCRIPT):
        reader.page()
    else:
        library.page()


def _timeline() -> None:
    from ui import timeline

    timeline.page()


def _measure() -> None:
    from ui import evaluation

    evaluation.page()
