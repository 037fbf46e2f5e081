"""The source that is open beside answers or a timeline, and what these know of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from rag.conversations.kept import Place, Round, found_again, found_in, places_of
from rag.errors import QuestionError
from rag.questions.when import time_note
from rag.types import Citation, Hit, Language, Transcript
from ui import state
from ui.border import border
from ui.language import N_, _
from ui.links import AT
from ui.markup import text_html, text_markdown
from ui.source import Beside, draw_close, draw_source

if TYPE_CHECKING:
    from rag.assistant import Assistant

NO_LONGER = N_(
    "These words no longer stand in the transcript: it was corrected, withdrawn or removed since "
    "the answer was given. They were:"
)
MOVED = N_("These words have moved within the transcript since the answer was given.")
RENAMED = N_("The transcript is kept under another name since the answer was given.")
UNKNOWN = N_("The source that the link names is not among those of this conversation.")
# All that a page points to, each with the language that it is told in.
Found = Sequence[tuple[Citation | Hit, Language]]


def found_of(past: tuple[Round, ...]) -> Found:
    """What the answers of a conversation point to."""
    answers = [done.answer for done in past if done.answer]
    return [(found, answer.language) for answer in answers for found in found_in(answer)]


def draw_opened(assistant: Assistant, found: Found) -> None:
    """Draw the source that is open, if one is."""
    if AT not in st.query_params:
        return
    with (
        st.container(key="source"),
        border("close-failed", button=N_("Close"), on_click=state.close_source),
    ):
        place = state.opened_place(one for one, _language in found)
        if place is None:
            raise QuestionError(_(UNKNOWN))
        known = {held.id: held for held in assistant.transcripts()}
        now = found_again(known, place)
        if now is None:
            _draw_gone(place)
            return
        draw_source(known[now.transcript_id], now, _beside(known, place, now, found))


def _draw_gone(place: Place) -> None:
    st.warning(text_markdown(_(NO_LONGER)), icon=":material/history:")
    st.html(f'<blockquote class="hetao-gone">{text_html(place.quote)}</blockquote>')
    draw_close()


def _beside(known: dict[str, Transcript], place: Place, now: Place, found: Found) -> Beside:
    """What the page has for a place: note, translation, where else its words stand."""
    note = translation = ""
    places: dict[Place, None] = {}
    for one, language in found:
        if place not in (same := places_of(one)):
            continue
        places.update(dict.fromkeys(same))
        if isinstance(one, Citation):
            # A copy may be of another day, on which "last year" was another year.
            dated = time_note(place.quote, known[now.transcript_id].date, language)
            note = note or (one.note if place == same[0] else dated)
            translation = translation or one.translation
    # Transcripts may have left the corpus since the answer.
    others = (other for other in places if other != place and other.transcript_id in known)
    moved = "" if now.start == place.start else _(MOVED)
    if now.transcript_id != place.transcript_id:
        moved = _(RENAMED)
    return Beside(
        " ".join(filter(None, (moved, note))),
        translation,
        [(known[other.transcript_id], other) for other in others],
    )
