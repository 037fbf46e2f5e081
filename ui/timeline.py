"""The Timeline page: who said what about a topic, when, and where events give other figures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, cast

import streamlit as st

from rag.answering.frames import quoted
from rag.text.language import detect_language
from rag.types import Citation
from ui import filters, opened, server, state
from ui.answer import draw_source_button
from ui.border import border
from ui.header import header_html
from ui.language import N_, _, day, several
from ui.links import TIMELINE, TOPIC, turn_link
from ui.markup import text_html
from ui.script import inside_html, sign_html
from ui.transcript import ROLE_WORDS, speaker_name

if TYPE_CHECKING:
    from rag.answering.timeline import Timeline
    from rag.assistant import Assistant

PROMISE = N_(
    "Who said what about a topic, when: the statements of all events, oldest first, each one "
    "click from its source."
)
EXAMPLES = N_("A topic in a few words, in English or Chinese")
OTHER_FIGURE = N_("Another figure in {numbers}")
_MADE = "timeline"
_FIELD = "topic"


def page() -> None:
    """Draw the page."""
    server.assistant_future()
    main, source = st.columns([5, 4], gap="large")
    with main, st.container(key=TIMELINE):
        st.html(header_html(_("Timeline"), _(PROMISE), is_ruled=True))
        topic = _draw_field()
        with st.container(), border("again-timeline"), server.opened() as assistant:
            with st.sidebar:
                filters.draw_filters(assistant.transcripts())
            filters.draw_in_force(assistant.transcripts())
            if not topic:
                return
            found = _made(assistant, topic)
            _draw(found)
            with source:
                citations = [(entry.citation, found.language) for entry in found.entries]
                opened.draw_opened(assistant, citations)


def _draw_field() -> str:
    """Draw the field for the topic, which stands in the address; gives what is in it."""
    if TOPIC not in st.query_params and _FIELD not in st.session_state and (made := _kept()):
        st.query_params[TOPIC] = made[0]
    # The address decides, so that a link and the browser's way back bring their own topic.
    topic = st.query_params.get(TOPIC, "").strip()
    st.session_state[_FIELD] = topic
    st.text_input(
        _("Topic"), max_chars=300, key=_FIELD, type="search", placeholder=_(EXAMPLES),
        on_change=_take_up,
    )  # fmt: skip
    return topic


def _take_up() -> None:
    """Put the topic that was typed into the address."""
    state.close_source()
    if topic := (st.session_state[_FIELD] or "").strip():
        st.query_params[TOPIC] = topic
    else:
        st.query_params.pop(TOPIC, None)


def _made(assistant: Assistant, topic: str) -> Timeline:
    """The timeline of a topic, made once as long as topic, filters and transcripts stay."""
    made_of = (filters.chosen(), assistant.transcripts())
    if (made := _kept()) and made[:2] == (topic, made_of):
        return made[2]
    with st.spinner(_("Searching the transcripts …")):
        found = assistant.timeline(topic, filters.chosen())
    st.session_state[_MADE] = (topic, made_of, found)
    return found


def _kept() -> tuple[str, object, Timeline] | None:
    """The timeline that was made last, with its topic and what it was made of."""
    return cast("tuple[str, object, Timeline] | None", st.session_state.get(_MADE))


def _draw(found: Timeline) -> None:
    if not found.entries:
        words = text_html(found.reason)
        st.html(f'<div class="hetao-refusal" lang="{found.language}" role="note">{words}</div>')
        return
    citations = [entry.citation for entry in found.entries]
    events = groupby(citations, key=lambda cited: (cited.transcript_id, cited.title, cited.date))
    told = [(event, list(of)) for event, of in events]
    words = _counted(len(citations), len(told))
    st.html(f'<p class="hetao-note" role="status">{words}</p>')
    if found.differences:
        _draw_differences(found.differences, citations)
    for number, (_event, of) in enumerate(told):
        with st.container(key=f"event-{number}"):
            st.html(_event_html(of[0], 2))
            for before, cited in zip([None, *of], of, strict=False):
                if before is None or before.speaker != cited.speaker:
                    st.html(_speaker_html(cited))
                _draw_statement(cited, found.differing_from(cited.marker))
    st.html(sign_html("announce", number=len(citations), words=words))


def _counted(statements: int, events: int) -> str:
    return _("{statements} at {events}").format(
        statements=several("1 statement", "{n} statements", statements),
        events=several("1 event", "{n} events", events),
    )


def _draw_differences(differences: Sequence[Sequence[int]], citations: list[Citation]) -> None:
    """Draw what gives other figures for the same side by side, each with its event and date."""
    with st.container(key="differences"):
        st.html(f'<h2 class="hetao-try">{_("Where figures differ")}</h2>')
        for group, numbers in enumerate(differences):
            with st.container(horizontal=True, key=f"difference-{group}"):
                for number in numbers:
                    cited = citations[number - 1]
                    with st.container(key=f"differs-{group}-{number}", border=True):
                        st.html(_event_html(cited, 3) + _speaker_html(cited))
                        _draw_quote(cited, f"{group}-{number}")


def _draw_statement(cited: Citation, others: str) -> None:
    _draw_quote(cited, f"statement-{cited.marker}")
    if others:
        words = _(OTHER_FIGURE).format(numbers=others)
        st.html(f'<p class="hetao-note hetao-other-figure">{text_html(words)}</p>')
    if cited.note:
        st.html(f'<p class="hetao-note">{text_html(cited.note)}</p>')


def _draw_quote(cited: Citation, key: str) -> None:
    """Draw the quote and the button that opens it in its place."""
    spoken = detect_language(cited.quote)
    with st.container(key=f"claim-{key}"):
        st.html(
            f'<p class="hetao-claim" lang="{spoken}">{text_html(quoted(cited.quote, spoken))}</p>'
        )
        draw_source_button(cited, f"cite-{key}")


def _speaker_html(cited: Citation) -> str:
    who = text_html(speaker_name(cited.speaker))
    role = text_html(_(ROLE_WORDS[cited.role]))
    return f'<p class="hetao-speaker"><strong>{who}</strong> {role}</p>'


def _event_html(cited: Citation, level: int) -> str:
    """The day of an event, a heading of this level, and its title, a link to its transcript."""
    held = day(cited.date) if cited.date else _("date not given")
    link = inside_html(turn_link(cited.transcript_id, cited.turn), cited.title)
    return f'<div class="hetao-when"><h{level:d}>{text_html(held)}</h{level:d}><p>{link}</p></div>'
