"""What was wrong with an answer: buttons under it, each one click, each taken back by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import streamlit as st

from eval.feedback import (
    Feedback,
    Verdict,
    describe_feedback,
    drop_feedback,
    feedback_id,
    keep_feedback,
)
from rag.settings import load_settings
from rag.types import Answer
from ui import state
from ui.border import sentence_for
from ui.markup import text_markdown
from ui.state import Round

WORDS: dict[Verdict, str] = {
    "wrong_citation": "Wrong citation",
    "wrong_answer": "Wrong answer",
    "should_have_refused": "Should have refused",
    "should_have_answered": "Should have answered",
}
_OF_ANSWER: tuple[Verdict, ...] = ("wrong_citation", "wrong_answer", "should_have_refused")
_OF_REFUSAL: tuple[Verdict, ...] = ("should_have_answered",)
_GIVEN = "feedback"
_FAILED = "feedback-failed"


def draw_feedback(done: Round, answer: Answer, number: int) -> None:
    """Draw the buttons under an answer, or what was said of it; ``number`` is its round's."""
    history = state.history(state.rounds()[:number])
    known_as = feedback_id(answer, history, done.filters.speakers)
    with st.container(horizontal=True, vertical_alignment="center", key=f"feedback-{number}"):
        if verdict := _given().get(known_as):
            st.html(f'<p class="hetao-note">Noted: {WORDS[verdict].lower()}</p>', width="content")
            st.button(
                "Take back",
                key=f"feedback-{number}-back",
                type="tertiary",
                on_click=_take_back,
                args=(known_as,),
            )
        else:
            for verdict in _OF_ANSWER if answer.status == "answered" else _OF_REFUSAL:
                feedback = describe_feedback(answer, history, done.filters.speakers, verdict)
                st.button(
                    WORDS[verdict],
                    key=f"feedback-{number}-{verdict}",
                    icon=":material/flag:",
                    type="tertiary",
                    on_click=_give,
                    args=(feedback,),
                )
    failed = _failed().get(known_as)
    if failed is not None:
        st.error(text_markdown(failed), icon=":material/error:")


def _give(feedback: Feedback) -> None:
    if _done(feedback.id, lambda data_dir: keep_feedback(data_dir, feedback)):
        _given()[feedback.id] = feedback.verdict
        st.toast("Thank you. This is kept on this machine, as a draft for an evaluation set.")


def _take_back(known_as: str) -> None:
    if _done(known_as, lambda data_dir: drop_feedback(data_dir, known_as)):
        _given().pop(known_as, None)
        st.toast("Taken back.")


def _done(known_as: str, write: Callable[[Path], None]) -> bool:
    """Whether writing went well; if not, the reason is drawn under the answer."""
    _failed().pop(known_as, None)
    try:
        write(load_settings().data_dir)
    except Exception as error:
        _failed()[known_as] = sentence_for(error)
        return False
    return True


def _given() -> dict[str, Verdict]:
    """What was said in this session, by the id of the feedback."""
    return cast("dict[str, Verdict]", st.session_state.setdefault(_GIVEN, {}))


def _failed() -> dict[str, str]:
    """Why feedback could not be kept, by its id."""
    return cast("dict[str, str]", st.session_state.setdefault(_FAILED, {}))
