"""The Ask page: the conversation on the left, the opened source beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st

from rag.answering.provider import destination
from rag.errors import is_to_mend
from rag.questions.when import time_note
from rag.reader.named import describe_reader, reader_destination
from rag.settings import Settings
from rag.types import Answer, Citation, Hit, Transcript
from ui import state
from ui.answer import draw_answer, draw_snapshot
from ui.border import border, sentence_for
from ui.markup import link_html, text_html, text_markdown
from ui.source import draw_source
from ui.state import Place, Round

if TYPE_CHECKING:
    from rag.assistant import Assistant

PLACEHOLDER = "Ask in English or Chinese · 用中文或英文提问"
LOADING = "Loading the index and the models …"
SEARCHING = "Searching the transcripts …"
PROMISE = "Ask the briefings. Every sentence of an answer is one click from its source."


def page() -> None:
    """Draw the page: first what needs no assistant, then what waits for it."""
    state.assistant_future()
    if question := st.chat_input(PLACEHOLDER):
        state.ask(question)
    chat, source = st.columns([5, 4], gap="large")
    with chat, st.container(key="chat"):
        _draw_header()
        for number, done in enumerate(state.rounds()):
            _draw_round(done, number)
        if pending := state.pending_question():
            _draw_question(pending)
        # What the assistant is needed for fails here, below a conversation that stays.
        with st.container(), border("again"), _opened() as assistant:
            with st.sidebar:
                _draw_sidebar(assistant)
            with source:
                _draw_opened_source(assistant)
            if pending:
                _answer(assistant, pending)
            elif not state.rounds():
                _draw_examples(assistant)


def _draw_header() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="header"):
        st.html(
            '<header class="hetao-header"><h1>Hetao <span lang="zh-Hans">河套</span></h1>'
            f"<p>{PROMISE}</p></header>"
        )
        if state.rounds() or state.pending_question():
            st.button("New chat", icon=":material/add:", on_click=state.new_chat)


def _draw_question(question: str) -> None:
    with st.chat_message("user"):
        st.html(f'<p class="hetao-question">{text_html(question)}</p>')


def _draw_round(done: Round, number: int) -> None:
    _draw_question(done.question)
    with st.chat_message("assistant"), border(f"again-{number}"):
        draw_answer(done, number)
        if done.answer is None and number == len(state.rounds()) - 1:
            st.button("Ask again", icon=":material/refresh:", on_click=state.ask_again)


@contextmanager
def _opened() -> Iterator[Assistant]:
    with ExitStack() as stack:
        with st.spinner(LOADING):
            assistant = stack.enter_context(state.open_assistant())
        yield assistant


def _answer(assistant: Assistant, question: str) -> None:
    """Answer the pending question while it is drawn, then draw the page with its buttons.

    A question that cannot be answered before something else is mended stays pending.
    """
    filters = state.filters()
    with st.chat_message("assistant"):
        try:
            with st.spinner(SEARCHING):
                answer = _stream(assistant, question)
            done = Round(question, filters, answer)
        except Exception as error:
            if is_to_mend(error):
                raise
            done = Round(question, filters, error=sentence_for(error))
    state.finish(done)
    st.rerun()


def _stream(assistant: Assistant, question: str) -> Answer:
    growing = st.empty()
    history = state.history(state.rounds())
    answer: Answer | None = None
    for answer in assistant.stream(question, history, state.filters()):
        with growing.container():
            draw_snapshot(answer, assistant.settings.chat_model)
    if answer is None:
        raise RuntimeError("The assistant ended without an answer.")
    return answer


def _draw_examples(assistant: Assistant) -> None:
    with st.container(key="examples"):
        st.html('<h2 class="hetao-try">Try one of these <span lang="zh-Hans">· 试着问</span></h2>')
        for number, question in enumerate(assistant.example_questions()):
            st.button(
                text_markdown(question),
                key=f"example-{number}",
                width="stretch",
                on_click=state.ask,
                args=(question,),
            )


def _draw_opened_source(assistant: Assistant) -> None:
    place = state.opened_place()
    if place is None:
        return
    with (
        st.container(key="source"),
        border("close-failed", button="Close", on_click=state.close_source),
    ):
        transcript = assistant.transcript(place.transcript_id)
        draw_source(transcript, place, *_beside(assistant, transcript, place))


def _beside(
    assistant: Assistant, transcript: Transcript, place: Place
) -> tuple[str, str, list[tuple[Transcript, Place]]]:
    """What the answers have for the open place: note, translation, where else its words stand."""
    note = translation = ""
    places: dict[Place, None] = {}
    for answer in (done.answer for done in state.rounds() if done.answer):
        sources: list[Citation | Hit] = [*answer.citations, *answer.more, *answer.nearest]
        for found in sources:
            if place not in (same := state.places_of(found)):
                continue
            places.update(dict.fromkeys(same))
            if isinstance(found, Citation):
                # A copy may be of another day, on which "last year" was another year.
                dated = time_note(place.quote, transcript.date, answer.language)
                note = note or (found.note if place == same[0] else dated)
                translation = translation or found.translation
    # Transcripts may have left the corpus since the answer.
    known = {held.id: held for held in assistant.transcripts()}
    others = (other for other in places if other != place and other.transcript_id in known)
    return note, translation, [(known[other.transcript_id], other) for other in others]


def _draw_sidebar(assistant: Assistant) -> None:
    st.multiselect(
        "Answer only from",
        assistant.speakers(),
        key=state.SPEAKERS_KEY,
        placeholder="Every speaker",
        # By default any name with the letters typed in it somewhere is a match, and Enter takes
        # all matches.
        filter_mode="contains",
        select_all=False,
    )
    transcripts = assistant.transcripts()
    entries = "".join(_transcript_html(transcript) for transcript in transcripts)
    st.html(f'<h2>Transcripts</h2><ul class="hetao-transcripts">{entries}</ul>')
    st.caption(text_markdown(describe_reader(assistant.settings)))
    with st.expander("What leaves this machine?"):
        st.html("".join(f"<p>{text_html(words)}</p>" for words in _what_leaves(assistant.settings)))


def _transcript_html(transcript: Transcript) -> str:
    held = transcript.date.isoformat() if transcript.date else "date not given"
    pages = ", ".join(
        link_html(transcript.page_url(page.number), str(page.number)) for page in transcript.pages
    )
    label = "Page" if len(transcript.pages) == 1 else "Pages"
    return (
        f"<li><strong>{text_html(transcript.title)}</strong><br>"
        f"{text_html(transcript.publisher)} · {held}<br>{label} {pages}</li>"
    )


def _what_leaves(settings: Settings) -> list[str]:
    """Say what goes where: models elsewhere and a Chroma server are all there can be."""
    leaving = []
    if host := destination(settings):
        leaving.append(
            f"Your questions, the conversation and the passages found go to {host}, where the "
            f"chat model {settings.chat_model} runs."
        )
    if host := reader_destination(settings):
        leaving.append(
            f"Your questions and the passages found go to {host}, where "
            f"the reader {settings.reader_model} runs."
        )
    if settings.chroma_url:
        leaving.append(
            "The vectors of passages and questions, and the names of speakers and transcripts, go "
            f"to the Chroma server that HETAO_CHROMA_URL names ({_host(settings.chroma_url)})."
        )
    if leaving:
        return [*leaving, "Nothing else."]
    return [
        "Nothing. The transcripts, the models and your questions stay on this machine; "
        "links to the original pages open only when you click them."
    ]


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "another machine"
    except ValueError:
        return "another machine"
