"""The Library page: all events, what was read of each, and what a person may do with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from rag.settings import load_settings
from rag.transcripts.events import Event, events_of
from rag.types import Transcript
from ui import users
from ui.adding import draw_adding
from ui.border import border
from ui.changes import files_of
from ui.desks import library_desk
from ui.entry import draw_entry
from ui.header import header_html
from ui.language import _, several
from ui.links import turn_link
from ui.markup import text_html
from ui.script import inside_html
from ui.server import assistant_future, opened
from ui.transcript import event_line, part_names

if TYPE_CHECKING:
    from rag.assistant import Assistant

# So many events are drawn at once.
_AT_ONCE = 20
_OPEN = "open-entry"


def page() -> None:
    """Draw the page."""
    assistant_future()
    told = _("All transcripts that are answered from, event by event.")
    st.html(header_html(_("Library"), told, is_ruled=True))
    # Outside what needs an index: without one, adding is what mends it.
    if users.may_change():
        with border("again-adding"):
            draw_adding()
    with border("again-library"), opened() as assistant:
        _draw_events(assistant)


def _draw_events(assistant: Assistant) -> None:
    events = events_of(assistant.transcripts())
    words = st.text_input(
        _("Search by title, publisher, speaker or date"), key="search-events", type="search",
        placeholder="",
    )  # fmt: skip
    found = [event for event in events if _is_about(event, words or "")]
    fresh = _just_added(events)
    found.sort(key=lambda event: event not in fresh)  # the rest stays in its order
    told = several("1 event", "{n} events", len(found)) if found else _("No event matches.")
    st.html(f'<p class="hetao-note" role="status">{told}</p>')
    part = 0
    if len(found) > _AT_ONCE:
        part = st.pagination(-(-len(found) // _AT_ONCE), key=f"part-{words}") - 1
    for event in found[part * _AT_ONCE : (part + 1) * _AT_ONCE]:
        _draw_event(event, events, is_fresh=event in fresh)


def _draw_event(event: Event, events: Sequence[Event], *, is_fresh: bool) -> None:
    first = event[0]
    is_open = st.session_state.get(_OPEN) == first.id
    with st.container(horizontal=True, vertical_alignment="center", key=f"entry-{first.id}"):
        st.html(_event_html(event, is_fresh=is_fresh), width="stretch")
        label = _("Close") if is_open else _("What was read")
        if st.button(
            label, key=f"open-{first.id}", type="tertiary",
            help=_("Look at it, mend or remove it") if users.may_change() else None,
            icon=":material/expand_less:" if is_open else ":material/tune:",
        ):  # fmt: skip
            st.session_state[_OPEN] = "" if is_open else first.id
            st.rerun()
    if is_open:
        with st.container(border=True, key=f"read-{first.id}"), border(f"again-{first.id}"):
            draw_entry(event, events, load_settings())


def _event_html(event: Event, *, is_fresh: bool) -> str:
    turns = sum(len(held.turns) for held in event)
    line = f"{event_line(event[0])} · {several('1 turn', '{n} turns', turns)}"
    mark = f'<span class="hetao-role">{_("New")}</span> ' if is_fresh else ""
    link = inside_html(turn_link(event[0].id), event[0].title)
    names = zip(event, part_names(event), strict=True)
    parts = " · ".join(inside_html(turn_link(held.id), name) for held, name in names)
    told = f"<small>{parts}</small>" if len(event) > 1 else ""
    return (
        f'<div class="hetao-list hetao-events">{mark}{link}<small>{text_html(line)}</small>'
        f"{told}</div>"
    )


def _is_about(event: Event, words: str) -> bool:
    said = " ".join(
        " ".join((held.title, held.publisher, str(held.date), *dict(held.cast))) for held in event
    ).casefold()
    return all(word in said for word in words.casefold().split())


def _just_added(events: Sequence[Event]) -> list[Event]:
    """The events that the last change added files to."""
    job = library_desk().job
    added = files_of(job) if job and job.outcome == "done" else frozenset()
    return [event for event in events if added and any(_files(held) & added for held in event)]


def _files(held: Transcript) -> set[Path]:
    return {Path(page.file).resolve() for page in held.pages}
