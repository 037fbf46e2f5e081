"""The Ask page: the conversation on the left, the opened source beside it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from rag.answering.about import NAME as ABOUT
from rag.conversations.kept import Round, history
from rag.errors import QuestionError, is_to_mend
from rag.types import Answer
from ui import filters, opened, server, sidebar, state, users
from ui.answer import draw_answer, draw_snapshot
from ui.border import border, sentence_for
from ui.header import product_html
from ui.language import N_, _
from ui.links import ANSWER
from ui.markup import text_html, text_markdown
from ui.menu import draw_menu, draw_undo
from ui.script import sign_html

if TYPE_CHECKING:
    from rag.assistant import Assistant

PLACEHOLDER = N_("Ask in English or Chinese")
UNANSWERED = N_("This was not answered: it was broken off, or something else was asked meanwhile.")
NOT_KEPT = N_("This conversation is lost when the page is closed: {why}")


def page() -> None:
    """Draw the page: first what needs no assistant, then what waits for it."""
    server.assistant_future()
    with st.bottom:
        in_force = st.container()
        if question := st.chat_input(_(PLACEHOLDER)):
            state.ask(question)
    chat, source = st.columns([5, 4], gap="large")
    with chat, st.container(key="chat"):
        past = _draw_past()
        pending = state.pending(past)
        _draw_signs(past, pending)
        # What the assistant is needed for fails here, below a conversation that stays.
        with st.container(), border("again"), server.opened() as assistant:
            with st.sidebar:
                sidebar.draw(assistant)
            with in_force:
                filters.draw_in_force(assistant.transcripts())
            with source:
                opened.draw_opened(assistant, opened.found_of(past))
            if pending:
                _answer(assistant, pending, past)
            elif not past:
                with st.spinner(_("Looking for questions that the transcripts answer …")):
                    questions = assistant.example_questions()
                _draw_questions(_("Try one of these"), questions)
            else:
                _draw_suggestions(assistant, past)


def _draw_past() -> tuple[Round, ...]:
    """Draw the conversation as far as it is answered."""
    past: tuple[Round, ...] = ()
    failed = ""
    try:
        past = state.rounds()
    except QuestionError as error:
        failed = str(error)
    _draw_header(past)
    draw_undo()
    if failed:
        st.warning(text_markdown(failed), icon=":material/chat_error:")
    if why := state.why_not_kept():
        st.warning(text_markdown(_(NOT_KEPT).format(why=why)), icon=":material/warning:")
    waiting = state.pending(past)
    for place, done in enumerate(past):
        _draw_question(done)
        if done != waiting:
            _draw_round(done, past[:place])
    return past


def _draw_header(past: tuple[Round, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="header"):
        if past:
            draw_menu(past)
            return
        st.html(product_html())


def _draw_question(done: Round) -> None:
    with st.chat_message("user"), st.container(key=f"round-{done.number}"):
        st.html(f'<p class="hetao-question">{text_html(done.question)}</p>')


def _draw_round(done: Round, before: tuple[Round, ...]) -> None:
    with st.chat_message("assistant"), border(f"again-{done.number}"):
        if done.answer:
            draw_answer(done, done.answer, before)
            return
        if done.error:
            st.error(text_markdown(done.error), icon=":material/error:")
        else:
            st.info(_(UNANSWERED), icon=":material/pause_circle:")
        st.button(
            _("Ask again"),
            key=f"ask-again-{done.number}",
            icon=":material/refresh:",
            on_click=state.ask_again,
            args=(done.number,),
        )


def _answer(assistant: Assistant, asked: Round, past: tuple[Round, ...]) -> None:
    """Answer the pending question while it is drawn, then draw the page with its buttons.

    A question that cannot be answered before something else is mended stays pending.
    """
    with st.chat_message("assistant"):
        try:
            with st.spinner(_("Searching the transcripts …")):
                answer = _stream(assistant, asked, past)
        except Exception as error:
            if is_to_mend(error):
                raise
            state.finish(error=sentence_for(error))
        else:
            state.finish(answer)
    st.rerun()


def _stream(assistant: Assistant, asked: Round, past: tuple[Round, ...]) -> Answer:
    growing = st.empty()
    said = history(tuple(done for done in past if done.number < asked.number))
    answer: Answer | None = None
    for answer in assistant.stream(asked.question, said, filters.chosen()):
        with growing.container():
            draw_snapshot(answer, assistant.settings.chat_model)
    if answer is None:
        raise RuntimeError("The assistant ended without an answer.")
    return answer


def _draw_suggestions(assistant: Assistant, past: tuple[Round, ...]) -> None:
    """Draw what could be asked next: of the corpus, and answered by it."""
    answer = past[-1].answer
    if answer is None:
        return
    asked = [done.question for done in past]
    if answer.generator == ABOUT:
        _draw_questions(_("Try one of these"), assistant.example_questions(3))
    elif answer.status == "answered":
        _draw_questions(_("Go on with"), assistant.suggestions(answer, asked))
    else:
        _draw_questions(_("The transcripts do answer"), assistant.suggestions(answer, asked, 2))


def _draw_questions(heading: str, questions: Sequence[str]) -> None:
    if not questions:
        return
    with st.container(key="questions"):
        st.html(f'<h2 class="hetao-try">{heading}</h2>')
        for number, question in enumerate(questions):
            st.button(
                text_markdown(question),
                key=f"question-{number}",
                width="stretch",
                on_click=_ask,
                args=(question,),
            )


def _ask(question: str) -> None:
    with suppress(users.AccessError):  # signed out meanwhile, which is what is drawn next
        state.ask(question)


def _draw_signs(past: tuple[Round, ...], waiting: Round | None) -> None:
    """Tell the script of the page where the eye and the focus go."""
    linked = st.query_params.get(ANSWER, "")
    if linked.isdecimal() and any(done.number == int(linked) for done in past):
        _draw_goto(int(linked), "linked")
    finished = state.take_finished()
    for done in past:
        if done.number == finished and done.answer:
            st.html(sign_html("announce", number=finished, words=done.answer.text))
            _draw_goto(finished, "finished")
    if waiting:
        _draw_goto(waiting.number, "waiting")
    if not state.times_opened():
        st.html(sign_html("focus", number=len(past)))


def _draw_goto(number: int, why: str) -> None:
    st.html(sign_html("goto", number=number, words=why, target=f".st-key-round-{number}"))
