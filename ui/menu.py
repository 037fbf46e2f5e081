"""The head of a conversation: its title, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from rag.conversations.export import (
    conversation_docx,
    conversation_json,
    conversation_markdown,
    file_name,
)
from rag.conversations.kept import Conversation, Round
from rag.errors import HetaoError
from rag.types import Language
from ui import state
from ui.header import header_html
from ui.language import N_, _, language
from ui.links import chat_link
from ui.markup import text_html, text_markdown
from ui.script import copy_html


def _json(held: Conversation, past: Sequence[Round], _language: Language) -> str:
    return conversation_json(held, past)


_EXPORTS = (
    (N_("Save as Markdown"), "md", "text/markdown", conversation_markdown),
    (
        N_("Save as a Word document"),
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        conversation_docx,
    ),
    (
        N_("Save as JSON"),
        "json",
        "application/json",
        _json,
    ),
)
_DELETED = "deleted-chat"


def draw_menu(past: tuple[Round, ...]) -> None:
    """Draw the title of the open conversation and its menu."""
    held = state.store().conversation(state.chat())
    st.html(header_html(text_html(held.title), is_long=True))
    with st.popover(_("More"), icon=":material/more_horiz:", key="chat-menu", type="tertiary"):
        st.text_input(
            _("Title"), held.title, max_chars=80, key=f"title-{held.id}",
            on_change=_rename, args=(held.id,),
        )  # fmt: skip
        st.html(copy_html(_("Copy the link"), link=chat_link(held.id)))
        for label, ending, mime, make in _EXPORTS:
            st.download_button(
                _(label),
                partial(make, held, past, language()),
                file_name(held, ending),
                mime,
                key=f"export-{ending}",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
        st.button(
            _("Delete the conversation"), key="delete-chat", icon=":material/delete:",
            type="tertiary", on_click=_delete, args=(held,),
        )  # fmt: skip


def draw_undo() -> None:
    """Offer to bring back the conversation that was deleted just now, until another is open."""
    held = st.session_state.get(_DELETED)
    if held is None or state.chat():
        st.session_state[_DELETED] = None
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo"):
        words = _("Deleted: {title}").format(title=held.title)
        st.html(f'<p class="hetao-note" role="status">{text_html(words)}</p>', width="content")
        st.button(_("Undo"), key="undo-delete", icon=":material/undo:", on_click=_restore)


def _rename(known_as: str) -> None:
    _report(lambda: state.store().rename(known_as, st.session_state[f"title-{known_as}"]))


def _delete(held: Conversation) -> None:
    if _report(lambda: state.store().delete(held.id)):
        st.session_state[_DELETED] = held
        state.open_chat("")


def _restore() -> None:
    held = st.session_state[_DELETED]
    if _report(lambda: state.store().restore(held.id)):
        state.open_chat(held.id)


def _report(change: Callable[[], None]) -> bool:
    try:
        change()
    except HetaoError as error:
        st.toast(text_markdown(str(error)), icon=":material/error:")
        return False
    return True
