"""The side bar of the chat: conversations, filters, the newest events, what leaves the machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st

from rag.answering.provider import destination
from rag.collector import trace_destination
from rag.conversations.kept import Conversation
from rag.errors import StorageError
from rag.hosts import place_of
from rag.reader.named import BUNDLED, reader_destination
from rag.settings import Settings
from rag.transcripts.events import events_of
from rag.types import Transcript
from ui import filters, state
from ui.language import _, day, several
from ui.links import READ, chat_link, turn_link
from ui.markup import text_html, text_markdown
from ui.script import inside_html

if TYPE_CHECKING:
    from rag.assistant import Assistant

_SHOWN_CHATS = 6
_MORE_CHATS = 200
_SHOWN_EVENTS = 4


def draw(assistant: Assistant) -> None:
    """Draw the side bar."""
    st.button(
        _("New chat"), key="new-chat", icon=":material/add:", width="stretch",
        on_click=state.open_chat, args=("",),
    )  # fmt: skip
    filters.draw_filters(assistant.transcripts())
    _draw_conversations()
    _draw_events(assistant.transcripts())
    with st.expander(_("What leaves this machine?")):
        st.caption(text_markdown(_reader(assistant.settings)))
        st.html("".join(f"<p>{text_html(words)}</p>" for words in _what_leaves(assistant.settings)))


def _draw_conversations() -> None:
    try:
        kept = state.store().conversations()
        if not kept:
            return
        st.html(f"<h2>{_('Conversations')}</h2>")
        words = ""
        if len(kept) > _SHOWN_CHATS:
            words = st.text_input(
                _("Search in conversations"), key="search-chats", type="search",
                placeholder=_("Search in conversations"), label_visibility="collapsed",
            ) or ""  # fmt: skip
            kept = state.store().conversations(words) if words else kept
    except StorageError as error:
        st.error(text_markdown(str(error)), icon=":material/error:")
        return
    if not kept:
        st.caption(_("Nothing was found."))
    shown = _MORE_CHATS if words else _SHOWN_CHATS
    st.html(_links_html(kept[:shown]))
    if rest := kept[shown:_MORE_CHATS]:
        with st.expander(several("1 more", "{n} more", len(rest)), key="more-chats"):
            st.html(_links_html(rest))


def _links_html(conversations: Sequence[Conversation]) -> str:
    items = "".join(
        f"<li>{inside_html(chat_link(held.id), held.title, css=_css(held.id == state.chat()))}</li>"
        for held in conversations
    )
    return f'<ul class="hetao-list">{items}</ul>'


def _css(is_open: bool) -> str:
    return "hetao-open" if is_open else ""


def _draw_events(transcripts: Sequence[Transcript]) -> None:
    found = events_of(transcripts)
    events = [
        f"<li>{inside_html(turn_link(event[0].id), event[0].title)}"
        f"<small>{text_html(day(event[0].date) if event[0].date else '')}</small></li>"
        for event in found[:_SHOWN_EVENTS]
    ]
    if len(found) > _SHOWN_EVENTS:
        every = several("The event", "All {n} events", len(found))
        events.append(f"<li>{inside_html(f'./{READ}', every, css='hetao-every')}</li>")
    st.html(f'<h2>{_("Transcripts")}</h2><ul class="hetao-list">{"".join(events)}</ul>')


def _reader(settings: Settings) -> str:
    if settings.reader_model == BUNDLED:
        return _("The bundled reader reads the passages, on this machine.")
    return _(
        "The reader {model} reads the passages. Where it fails, the bundled one reads."
    ).format(model=settings.reader_model)


def _what_leaves(settings: Settings) -> list[str]:
    """Say what goes where: to models, stores and a collector of spans elsewhere."""
    leaving = []
    if host := destination(settings):
        leaving.append(
            _(
                "Your questions, the conversation and the passages found go to {host}, where the "
                "chat model {model} runs."
            ).format(host=host, model=settings.chat_model)
        )
    if host := reader_destination(settings):
        leaving.append(
            _(
                "Your questions and the passages found go to {host}, where the reader {model} runs."
            ).format(host=host, model=settings.reader_model)
        )
    if settings.chroma_url:
        leaving.append(
            _(
                "The passages with who says them and where, their vectors and those of your "
                "questions go to the Chroma server that HETAO_CHROMA_URL names ({host})."
            ).format(host=_host(settings.chroma_url))
        )
    if host := trace_destination(settings):
        leaving.append(
            _(
                "How long each step took and what came of it goes to {host}, with your questions, "
                "the passages found and the answers."
            ).format(host=host)
            if settings.trace_texts
            else _(
                "How long each step took and what came of it goes to {host}, without a word of "
                "your questions, the passages or the answers."
            ).format(host=host)
        )
    if settings.index_url:
        leaving.append(
            _(
                "The transcripts go with their index to {place}, which HETAO_INDEX_URL names, when "
                "they are added here."
            ).format(place=place_of(settings.index_url))
        )
    # A cluster that stands elsewhere has any machines; "local" is one of this machine alone.
    if settings.ray_address not in ("", "local"):
        leaving.append(
            _(
                "The transcripts go to the Ray cluster that HETAO_RAY_ADDRESS names ({address}), "
                "when they are added here."
            ).format(address=settings.ray_address)
        )
    if leaving:
        return [*leaving, _("Nothing else.")]
    return [
        _(
            "Nothing. The transcripts, the models and your questions stay on this machine; "
            "links to the original pages open only when you click them."
        )
    ]


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or _("another machine")
    except ValueError:
        return _("another machine")
