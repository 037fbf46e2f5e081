"""A transcript whole, with its outline and a search in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from rag.errors import QuestionError
from rag.transcripts.events import Event, events_of
from rag.types import Range, Transcript, Turn
from ui import filters, pages
from ui.border import border
from ui.header import header_html
from ui.language import N_, _, several
from ui.links import AT, READ, TRANSCRIPT, TURN, WORDS, digest, find_words, range_of, turn_link
from ui.markup import text_html
from ui.script import copy_html, inside_html, sign_html
from ui.server import assistant_future, opened
from ui.transcript import (
    event_line,
    linked_turn_html,
    original_html,
    part_names,
    speaker_name,
    spoken_in,
)

if TYPE_CHECKING:
    from rag.assistant import Assistant

MOVED = N_("The words of this link have moved within the transcript.")
NO_LONGER = N_(
    "The words of this link no longer stand in the transcript: it was corrected since the link "
    "was made."
)
NO_SUCH_TURN = N_("The transcript has no turn of the number that the link names.")
# So much is drawn at once; a longer transcript has several parts. In characters.
_PART = 60_000
_OUTLINE_CHARACTERS = 90
_SHOWN_FOUND = 12


def page() -> None:
    """Draw the page."""
    assistant_future()
    with border("again-reader"), opened() as assistant:
        _draw_transcript(assistant, st.query_params[TRANSCRIPT])


def _draw_transcript(assistant: Assistant, known_as: str) -> None:
    transcript = _renamed(assistant, known_as) or assistant.transcript(known_as)
    event = next(e for e in events_of(assistant.transcripts()) if transcript in e)
    _draw_head(transcript, event)
    words = st.text_input(
        _("Search in this transcript"), key=f"search-{transcript.id}", type="search",
        placeholder=_("Search in this transcript"), label_visibility="collapsed",
    )  # fmt: skip
    found = _found(transcript, words or "")
    if words:
        _draw_found(transcript, found)
    linked = _linked(transcript)
    turn = _turn_of(transcript, linked)
    parts = parts_of(transcript)
    part = next(n for n, turns in enumerate(parts) if turn in turns) if turn else 0
    if len(parts) > 1:
        key = f"part-{transcript.id}"
        if turn:
            st.session_state[key] = part + 1
        part = st.pagination(
            len(parts), key=key, on_change=_leave_turn, args=(transcript.id,)
        ) - 1  # fmt: skip
    marks = [*found, *([linked] if linked else [])]
    turns = "".join(linked_turn_html(transcript, shown, marks) for shown in parts[part])
    with st.container(key="reader"):
        st.html(f'<div class="hetao-whole" lang="{spoken_in(transcript)}">{turns}</div>')
    if turn:
        target = f"#turn-{turn.number}" + (" mark" if linked else "")
        st.html(sign_html("goto", number=turn.number, target=target))
    with st.sidebar:
        _draw_outline(transcript, parts[part])


def _renamed(assistant: Assistant, known_as: str) -> Transcript | None:
    """The transcript that now holds the words of a link where they stood, if its own is gone."""
    named, words = range_of(st.query_params.get(AT, "")), st.query_params.get(WORDS, "")
    held = {each.id: each for each in assistant.transcripts()}
    if known_as in held or not named or not words:
        return None
    there = slice(named.start, named.end)
    return next((t for t in held.values() if digest(t.text[there]) == words), None)


def _draw_head(transcript: Transcript, event: Event) -> None:
    first = transcript.pages[0].number if transcript.pages else 1
    copy = copy_html(_("Copy the link"), link=turn_link(transcript.id))
    told = f"{text_html(event_line(transcript))} · {original_html(transcript, first)} · {copy}"
    st.html(header_html(text_html(transcript.title), told, is_long=True))
    with st.container(horizontal=True, key="reader-tools"):
        if st.button(_("Ask about this transcript"), icon=":material/forum:", type="primary"):
            filters.limit_to_transcript(transcript.id)
            st.switch_page(pages.ask())
        st.html(inside_html(f"./{READ}", _("All transcripts")), width="content")
        for other, name in zip(event, part_names(event), strict=True):
            if other != transcript:
                st.html(inside_html(turn_link(other.id), name), width="content")


def _found(transcript: Transcript, words: str) -> list[Range]:
    """Where the words stand, whatever their case and spacing, in what was said."""
    if not words.strip():
        return []
    wanted = re.compile(r"\s+".join(map(re.escape, words.split())), re.IGNORECASE)
    return [
        Range(*match.span())
        for turn in transcript.turns
        for match in wanted.finditer(transcript.text, turn.start, turn.end)
    ]


def _draw_found(transcript: Transcript, found: Sequence[Range]) -> None:
    turns = list(dict.fromkeys(_turn_at(transcript, place) for place in found))
    links = "".join(
        f" · {_turn_link(transcript, turn, _('turn {n}').format(n=turn.number))}"
        for turn in turns[:_SHOWN_FOUND]
        if turn
    )
    count = several("Found in 1 place", "Found in {n} places", len(found))
    words = count if found else _("Nothing was found.")
    more = " …" if len(turns) > _SHOWN_FOUND else ""
    st.html(f'<p class="hetao-note" role="status">{words}{links}{more}</p>')


def _linked(transcript: Transcript) -> Range | None:
    """The words that the address names, where they stand now; says what became of them."""
    named = range_of(st.query_params.get(AT, ""))
    if named is None:
        return None
    found = find_words(transcript.text, named, st.query_params.get(WORDS, ""))
    if found is None:
        st.warning(_(NO_LONGER), icon=":material/history:")
    elif found != named:
        st.info(_(MOVED), icon=":material/history:")
    return found


def _turn_of(transcript: Transcript, linked: Range | None) -> Turn | None:
    if linked and (turn := _turn_at(transcript, linked)):
        return turn
    number = st.query_params.get(TURN, "")
    if not number:
        return None
    try:
        return transcript.turn(int(number))
    except (KeyError, ValueError):
        raise QuestionError(_(NO_SUCH_TURN)) from None


def _leave_turn(transcript_id: str) -> None:
    """Have the address name the transcript alone, once another part of it was chosen."""
    for name in (TURN, AT, WORDS):
        st.query_params.pop(name, None)
    st.query_params[TRANSCRIPT] = transcript_id


def _turn_at(transcript: Transcript, place: Range) -> Turn | None:
    return next((t for t in transcript.turns if t.start <= place.start < t.end), None)


def parts_of(transcript: Transcript) -> list[list[Turn]]:
    """The turns in parts that a page can bear, each at least one turn."""
    parts: list[list[Turn]] = [[]]
    size = 0
    for turn in transcript.turns:
        length = turn.end - turn.start
        if parts[-1] and size + length > _PART:
            parts.append([])
            size = 0
        parts[-1].append(turn)
        size += length
    return parts


def _draw_outline(transcript: Transcript, turns: Sequence[Turn]) -> None:
    """Who asked and who answered, each a link to the turn."""
    entries = "".join(
        f'<li class="hetao-outline-{"answer" if _is_answer(turn) else "begin"}">'
        f"{_turn_link(transcript, turn, speaker_name(turn.speaker))}"
        f"{'' if _is_answer(turn) else _first_words_html(transcript, turn)}</li>"
        for turn in turns
    )
    st.html(f'<h2>{_("Outline")}</h2><ol class="hetao-outline">{entries}</ol>')


def _turn_link(transcript: Transcript, turn: Turn, words: str) -> str:
    link = turn_link(transcript.id, turn.number)
    return inside_html(link, words, target=f"#turn-{turn.number}")


def _is_answer(turn: Turn) -> bool:
    return turn.exchange is not None and turn.exchange != turn.number


def _first_words_html(transcript: Transcript, turn: Turn) -> str:
    words = " ".join(transcript.turn_text(turn).split())
    short = words[:_OUTLINE_CHARACTERS] + (" …" if len(words) > _OUTLINE_CHARACTERS else "")
    return f"<span>{text_html(short)}</span>"
