"""What one browser session holds, and the assistant that all sessions share."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Literal, cast

import streamlit as st

from rag import log
from rag.errors import HetaoError, QuestionError
from rag.settings import load_settings
from rag.types import Answer, Citation, Filters, Hit, Message

if TYPE_CHECKING:
    from rag.assistant import Assistant

INTERRUPTED = "This was not answered, because something else was asked meanwhile."
SPEAKERS_KEY = "speakers"


@dataclass(frozen=True, slots=True)
class Place:
    """The place in a transcript that the source viewer shows, and why it does."""

    transcript_id: str
    turn: int
    page: int
    start: int
    end: int
    quote: str
    kind: Literal["citation", "nearest"]


@dataclass(frozen=True, slots=True)
class Round:
    """A question with its answer, or with the sentence that says why there is none."""

    question: str
    filters: Filters
    answer: Answer | None = None
    error: str = ""


def cited_place(citation: Citation) -> Place:
    """Where a citation stands."""
    return Place(
        citation.transcript_id,
        citation.turn,
        citation.page,
        citation.start,
        citation.end,
        citation.quote,
        "citation",
    )


def nearest_place(hit: Hit) -> Place:
    """Where a passage stands that is near to the question but no answer to it."""
    found = hit.passage
    return Place(
        found.transcript_id,
        found.turn,
        found.page,
        found.start,
        found.end,
        found.text,
        "nearest",
    )


def places_of(found: Citation | Hit) -> tuple[Place, ...]:
    """Where a citation or a nearest passage stands, its own place first, then its copies."""
    own = cited_place(found) if isinstance(found, Citation) else nearest_place(found)
    copies = (
        replace(
            own,
            transcript_id=copy.transcript_id,
            turn=copy.turn,
            page=copy.page,
            start=copy.start,
            end=copy.end,
            quote=copy.quote,
        )
        for copy in found.copies
    )
    return (own, *copies)


def rounds() -> list[Round]:
    """The conversation so far, oldest first."""
    return cast("list[Round]", st.session_state.setdefault("rounds", []))


def pending_question() -> str | None:
    """The question that waits for its answer; a click while it is answered asks it again."""
    return cast("str | None", st.session_state.get("pending"))


def ask(question: str) -> None:
    """Put a question to the assistant at the next drawing of the page."""
    pending = pending_question()
    if pending and pending != question:
        finish(Round(pending, filters(), error=INTERRUPTED))
    st.session_state["pending"] = question


def ask_again() -> None:
    """Take the last question, which was not answered, out of the conversation and ask it anew."""
    if rounds() and rounds()[-1].answer is None:
        ask(rounds().pop().question)


def finish(done: Round) -> None:
    """Add the pending question, now answered or failed, to the conversation."""
    rounds().append(done)
    st.session_state["pending"] = None


def new_chat() -> None:
    """Forget the conversation and close the source; the speaker filter stays."""
    st.session_state["rounds"] = []
    st.session_state["pending"] = None
    close_source()


def open_source(place: Place) -> None:
    """Show a place in the source viewer and scroll to it, also when it is open already."""
    st.session_state["place"] = place
    st.session_state["opened"] = times_opened() + 1


def close_source() -> None:
    """Close the source viewer."""
    st.session_state["place"] = None


def opened_place() -> Place | None:
    """The place that the source viewer shows."""
    return cast("Place | None", st.session_state.get("place"))


def times_opened() -> int:
    """How often a source has been opened in this session."""
    return cast("int", st.session_state.get("opened", 0))


def filters() -> Filters:
    """The filter that the sidebar sets."""
    return Filters(speakers=tuple(st.session_state.get(SPEAKERS_KEY, ())))


def history(past: Sequence[Round]) -> tuple[Message, ...]:
    """The answered part of a conversation as the messages that a follow-up refers to."""
    messages: list[Message] = []
    for done in past:
        if done.answer is not None:
            messages.append(Message("user", done.question))
            messages.append(Message("assistant", done.answer.text))
    return tuple(messages)


def keep_filters() -> None:
    """Streamlit forgets what a widget holds while it is not drawn, as on another page."""
    if SPEAKERS_KEY in st.session_state:
        st.session_state[SPEAKERS_KEY] = st.session_state[SPEAKERS_KEY]


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
def open_assistant() -> Iterator[Assistant]:
    """The assistant, as soon as it is open.

    Where opening or using it fails, it is forgotten, so that the next drawing of the page opens
    another, by the settings as they are then, once the user has mended what was wrong.
    """
    future = assistant_future()
    try:
        yield future.result()
    except QuestionError:
        raise
    except Exception:
        assistant_future.clear()
        raise
