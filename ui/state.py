"""What one browser session holds: the conversation that is open, the question that waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar, cast

import streamlit as st

from rag.conversations.kept import Place, Round, places_of
from rag.conversations.store import FILE, ConversationStore
from rag.errors import HetaoError, StorageError
from rag.settings import load_settings
from rag.types import Answer, Citation, Hit
from ui import filters, users
from ui.links import ANSWER, AT, CHAT, at_of

# Streamlit drops the query of an address when another page is opened, and what a session holds
# when the page is loaded anew: each stands in for the other.
_CHAT = "open-chat"
_PENDING = "pending"
_FINISHED = "finished"
_OPENED = "opened"
_STORE = "store"
_MEMORY = "memory"
_NOT_KEPT = "not-kept"

Result = TypeVar("Result")


def chat() -> str:
    """The id of the open conversation; "" before anything was asked."""
    known_as = st.query_params.get(CHAT) or cast("str", st.session_state.get(_CHAT, ""))
    if known_as:
        _open(known_as)
    return known_as


def open_chat(known_as: str) -> None:
    """Open another conversation; "" for a new one. The filters stay."""
    for name in (CHAT, ANSWER, AT):
        st.query_params.pop(name, None)
    st.session_state[_CHAT] = ""
    st.session_state[_PENDING] = None
    if known_as:
        _open(known_as)


def _open(known_as: str) -> None:
    st.session_state[_CHAT] = known_as
    if st.query_params.get(CHAT) != known_as:
        st.query_params[CHAT] = known_as


def rounds() -> tuple[Round, ...]:
    """What was asked and answered in the open conversation, oldest first.

    Raises QuestionError where it is not kept here, StorageError where it cannot be read.
    """
    return store().rounds(chat()) if chat() else ()


def pending(past: tuple[Round, ...]) -> Round | None:
    """The question of the open conversation that waits for its answer in this session."""
    waiting = st.session_state.get(_PENDING)
    return next((done for done in past if waiting == (chat(), done.number)), None)


def ask(question: str) -> None:
    """Put a question to the assistant at the next drawing of the page.

    One that was waiting already stays without an answer in its place and can be asked again. Where
    the conversation is not kept any more, as when another tab deleted it, a new one begins.
    """

    def add(kept: ConversationStore) -> tuple[str, int]:
        known_as = chat()
        if not (known_as and kept.has(known_as)):
            known_as = kept.begin(question)
        return known_as, kept.ask(known_as, question, filters.chosen())

    known_as, number = _write(add)
    _open(known_as)
    st.session_state[_PENDING] = (known_as, number)


def ask_again(number: int) -> None:
    """Answer a question of the open conversation that was not answered."""
    st.session_state[_PENDING] = (chat(), number)


def finish(answer: Answer | None = None, error: str = "") -> None:
    """Keep what came of the question that waits, and by which filters it was answered."""
    # Opening the store may give the question another number.
    _write(lambda kept: kept.finish(*_waiting(), answer, error, filters.chosen()))
    st.session_state[_FINISHED] = _waiting()[1]
    st.session_state[_PENDING] = None


def _waiting() -> tuple[str, int]:
    """The conversation and the number of the question that waits."""
    return cast("tuple[str, int]", st.session_state[_PENDING])


def take_finished() -> int:
    """The number of the question that was answered just now; 0 once that was taken note of."""
    return cast("int", st.session_state.pop(_FINISHED, 0))


def open_source(place: Place) -> None:
    """Show a place in the source viewer and scroll to it, also when it is open already."""
    st.query_params[AT] = at_of(place)
    st.session_state[_OPENED] = times_opened() + 1


def close_source() -> None:
    """Close the source viewer."""
    st.query_params.pop(AT, None)


def opened_place(found: Iterable[Citation | Hit]) -> Place | None:
    """The place that the source viewer shows: one of those that the page points to."""
    at = st.query_params.get(AT)
    if not at:
        return None
    places = (place for one in found for place in places_of(one))
    return next((place for place in places if at_of(place) == at), None)


def times_opened() -> int:
    """How often a source has been opened in this session."""
    return cast("int", st.session_state.get(_OPENED, 0))


def store() -> ConversationStore:
    """Where conversations are kept.

    Where the data folder cannot be used they go on in memory, and into the folder once it can.
    Raises AccessError where it is not known whose they are.
    """
    who = users.person()
    memory = cast("ConversationStore | None", st.session_state.get(_MEMORY))
    try:
        kept = _store_at(users.folder(who, load_settings().data_dir) / FILE)
        if memory:
            for held in memory.conversations():
                numbers = memory.copy_to(kept, held.id)
                if st.session_state.get(_PENDING) and _waiting()[0] == held.id:
                    st.session_state[_PENDING] = (held.id, numbers[_waiting()[1]])
            _remember(None, "")
    except HetaoError as error:
        if memory is None and _STORE in st.session_state:
            return cast("ConversationStore", st.session_state[_STORE])
        memory = memory or ConversationStore(None)
        _remember(memory, str(error))
        return memory
    st.session_state[_STORE] = kept
    return kept


def why_not_kept() -> str:
    """Why the conversation is held in memory alone; "" where it is kept."""
    return cast("str", st.session_state.get(_NOT_KEPT, ""))


def _write(change: Callable[[ConversationStore], Result]) -> Result:
    kept = store()
    try:
        return change(kept)
    except StorageError as error:
        memory = ConversationStore(None)
        if chat():
            kept.copy_to(memory, chat())
        _remember(memory, str(error))
        return change(memory)


def _remember(memory: ConversationStore | None, why: str) -> None:
    st.session_state[_MEMORY] = memory
    st.session_state[_NOT_KEPT] = why


# So many users are at it at once without one's file being opened for every drawing of their page.
@st.cache_resource(show_spinner=False, max_entries=64)
def _store_at(path: Path) -> ConversationStore:
    return ConversationStore(path)
