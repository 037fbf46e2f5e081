"""What was right or wrong with an answer: buttons under it, each of which can be taken back."""

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
    read_feedback,
)
from rag.conversations.kept import Round, history
from rag.errors import HetaoError
from rag.settings import load_settings
from rag.types import Answer
from ui import users
from ui.border import sentence_for
from ui.language import N_, _
from ui.markup import text_html, text_markdown

WORDS: dict[Verdict, str] = {
    "right": N_("Right answer"),
    "wrong_citation": N_("Wrong citation"),
    "wrong_answer": N_("Wrong answer"),
    "should_have_refused": N_("Should have refused"),
    "should_have_answered": N_("Should have answered"),
}
_OF_ANSWER: tuple[Verdict, ...] = ("wrong_citation", "wrong_answer", "should_have_refused")
_OF_REFUSAL: tuple[Verdict, ...] = ("should_have_answered",)
_GIVEN = "feedback"
_FAILED = "feedback-failed"


def draw_feedback(done: Round, answer: Answer, before: tuple[Round, ...]) -> None:
    """Draw what can be said of an answer, or what was said; ``before`` is the conversation that
    its question goes on from."""
    said, only = history(before), done.filters.speakers
    who = users.person()
    by = who.identity if who else ""
    known_as = feedback_id(answer, said, only, by)
    if verdict := _given().get(known_as):
        noted = _("Noted: {verdict}").format(verdict=_(WORDS[verdict]))
        st.html(f'<p class="hetao-note">{text_html(noted)}</p>', width="content")
        st.button(
            _("Take back"),
            key=f"feedback-{done.number}-back",
            type="tertiary",
            on_click=_take_back,
            args=(known_as,),
        )
    elif answer.status == "answered":
        right, *wrong = (
            describe_feedback(answer, said, only, verdict, by) for verdict in ("right", *_OF_ANSWER)
        )
        _draw_verdict(done, right, ":material/thumb_up:")
        with st.popover(
            _("Something is wrong"), icon=":material/flag:", type="tertiary",
            key=f"wrong-{done.number}",
        ):  # fmt: skip
            for feedback in wrong:
                _draw_verdict(done, feedback, None)
    else:
        for verdict in _OF_REFUSAL:
            feedback = describe_feedback(answer, said, only, verdict, by)
            _draw_verdict(done, feedback, ":material/flag:")
    failed = _failed().get(known_as)
    if failed is not None:
        st.error(text_markdown(failed), icon=":material/error:")


def _draw_verdict(done: Round, feedback: Feedback, icon: str | None) -> None:
    st.button(
        _(WORDS[feedback.verdict]),
        key=f"feedback-{done.number}-{feedback.verdict}",
        icon=icon,
        type="tertiary",
        on_click=_give,
        args=(feedback,),
    )


def _give(feedback: Feedback) -> None:
    if _done(feedback.id, lambda data_dir: keep_feedback(data_dir, feedback)):
        _given()[feedback.id] = feedback.verdict
        st.toast(_("Thank you. This is kept on this machine, as a draft for an evaluation set."))


def _take_back(known_as: str) -> None:
    if _done(known_as, lambda data_dir: drop_feedback(data_dir, known_as)):
        _given().pop(known_as, None)
        st.toast(_("Taken back."))


def _done(known_as: str, write: Callable[[Path], None]) -> bool:
    """Whether writing went well; if not, the reason is drawn under the answer."""
    _failed().pop(known_as, None)
    try:
        shared = load_settings().data_dir
        write(shared)
        # What was said is nobody's there; a user's own folder keeps what they said themselves.
        if (own := users.folder(users.person(), shared)) != shared:
            write(own)
    except Exception as error:
        _failed()[known_as] = sentence_for(error)
        return False
    return True


def _given() -> dict[str, Verdict]:
    """What was said and not yet decided about, by the id of the feedback."""
    if _GIVEN not in st.session_state:
        try:
            kept = read_feedback(users.folder(users.person(), load_settings().data_dir))
        except HetaoError:  # told where feedback is given
            kept = []
        st.session_state[_GIVEN] = {feedback.id: feedback.verdict for feedback in kept}
    return cast("dict[str, Verdict]", st.session_state[_GIVEN])


def _failed() -> dict[str, str]:
    """Why feedback could not be kept, by its id."""
    return cast("dict[str, str]", st.session_state.setdefault(_FAILED, {}))
