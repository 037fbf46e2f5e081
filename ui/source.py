"""The source viewer: a cited place in its turn, between the turns around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from rag.conversations.kept import Place
from rag.types import Range, Transcript, Turn
from ui import state
from ui.language import _, several
from ui.links import quote_link, turn_link
from ui.markup import link_html, text_html, text_markdown, web_address
from ui.script import copy_html, inside_html, sign_html
from ui.transcript import (
    event_line,
    original_html,
    speaker_html,
    speaker_name,
    spoken_in,
    turn_html,
    turn_words_html,
)

# More copies than this are folded away.
_SHOWN_COPIES = 3
# Neighbours of the cited turn are context; this many characters of one are enough to read on
# from, and they bound the page when a neighbour is a whole speech.
_NEIGHBOUR_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Beside:
    """What is shown with a place.

    ``note`` says what time the quote speaks of, or that it moved. ``translation`` is a chat
    model's, and is marked as such. ``elsewhere`` are the other places of the same words.
    """

    note: str = ""
    translation: str = ""
    elsewhere: Sequence[tuple[Transcript, Place]] = ()


def draw_source(transcript: Transcript, place: Place, beside: Beside) -> None:
    """Draw a place of the transcript as it is now: who said it, where, and the words around it."""
    turn = transcript.turn(place.turn)
    with st.container(horizontal=True, vertical_alignment="center", key="source-head"):
        st.html(f'<h2 class="hetao-source-title">{speaker_html(turn)}</h2>')
        draw_close()
    st.html(attribution_html(transcript, turn, place))
    if beside.elsewhere:
        _draw_elsewhere(beside.elsewhere)
    if beside.note:
        st.html(f'<p class="hetao-note">{text_html(beside.note)}</p>')
    if beside.translation:
        st.html(
            f'<p class="hetao-translation"><strong>{_("Machine translation:")}</strong> '
            f"{text_html(beside.translation)}</p>"
        )
    st.html(transcript_html(transcript, turn, Range(place.start, place.end)))
    st.html(sign_html("source", number=state.times_opened()))


def draw_close() -> None:
    """Draw the button that closes the source."""
    st.button(
        _("Close"),
        key="close-source",
        icon=":material/close:",
        type="tertiary",
        on_click=state.close_source,
        shortcut="Esc",
    )


def _draw_elsewhere(elsewhere: Sequence[tuple[Transcript, Place]]) -> None:
    words = several(
        "The same words also stand in 1 other place",
        "The same words also stand in {n} other places",
        len(elsewhere),
    )
    folded = words if len(elsewhere) > _SHOWN_COPIES else ""
    with st.expander(folded, key="copies") if folded else st.container(key="copies"):
        if not folded:
            st.html(f'<p class="hetao-note">{words}:</p>')
        for number, (transcript, place) in enumerate(elsewhere):
            with st.container(
                horizontal=True, vertical_alignment="center", key=f"copy-{number}-box"
            ):
                st.html(elsewhere_html(transcript, place))
                # As on the source buttons of a claim, the eye gets the first word alone.
                where = _("{title}, page {n}").format(title=transcript.title, n=place.page)
                st.button(
                    f"**{_('Show')}** {text_markdown(where)}",
                    key=f"copy-{number}",
                    type="tertiary",
                    on_click=state.open_source,
                    args=(place,),
                )


def elsewhere_html(transcript: Transcript, place: Place) -> str:
    """One of the other places: event, publisher, date, page, and the site as a link to the page."""
    address = web_address(transcript.address_at(place.page, place.start))
    link = f" · {link_html(address, urlsplit(address).hostname or '')}" if address else ""
    return (
        f'<div class="hetao-attribution"><p class="hetao-event">{text_html(transcript.title)}</p>'
        f"<p>{text_html(event_line(transcript, place.page, place.start))}{link}</p></div>"
    )


def attribution_html(transcript: Transcript, turn: Turn, place: Place) -> str:
    """Office, event, date, page, links, and the question answered."""
    office = f'<p class="hetao-office">{text_html(turn.title)}</p>' if turn.title else ""
    where = text_html(event_line(transcript, place.page, place.start))
    links = (
        original_html(transcript, place.page, place.start),
        inside_html(turn_link(transcript.id, turn.number), _("Read the whole transcript")),
        copy_html(_("Copy the link"), link=quote_link(place)),
    )
    return (
        f'<div class="hetao-attribution">{office}'
        f'<p class="hetao-event">{text_html(transcript.title)}</p>'
        f"<p>{where}</p><p>{' · '.join(links)}</p>{_asked_html(transcript, turn)}"
        f"{_verbatim_html(place)}</div>"
    )


def _asked_html(transcript: Transcript, turn: Turn) -> str:
    if turn.exchange is None or turn.exchange == turn.number:
        return ""
    asked = transcript.turn(turn.exchange)
    words = _("In answer to {speaker}: {words}").format(
        speaker=speaker_name(asked.speaker),
        words=_shortened(transcript.turn_text(asked), False),
    )
    return f'<p class="hetao-asked">{text_html(words)}</p>'


def _verbatim_html(place: Place) -> str:
    what = "" if place.kind == "citation" else f"<p>{_('Nearest passage, not an answer')}</p>"
    where = _("Verbatim · characters {start} to {end} of the transcript").format(
        start=f"{place.start:,}", end=f"{place.end:,}"
    )
    return f'{what}<p class="hetao-verbatim">✓ {where}</p>'


def transcript_html(transcript: Transcript, turn: Turn, quote: Range) -> str:
    """The turn in full with the quote marked, the question it answers, and its neighbours."""
    parts: list[str] = []
    last = 0
    for shown in context_turns(transcript, turn):
        if parts and (skipped := shown.number - last - 1):
            what = several("1 turn between", "{n} turns between", skipped)
            parts.append(f'<p class="hetao-gap">… {what} …</p>')
        if shown.number == turn.number:
            words = turn_words_html(transcript, shown, [quote])
            parts.append(turn_html(shown, words, "hetao-cited "))
        else:
            near = _shortened(transcript.turn_text(shown), shown.number < turn.number)
            parts.append(turn_html(shown, text_html(near)))
        last = shown.number
    label = _("Transcript around turn {n}, {speaker}").format(
        n=turn.number, speaker=speaker_name(turn.speaker)
    )
    return (
        f'<div class="hetao-transcript" role="region" aria-label="{text_html(label)}" '
        f'lang="{spoken_in(transcript)}" tabindex="0">{"".join(parts)}</div>'
    )


def context_turns(transcript: Transcript, turn: Turn) -> tuple[Turn, ...]:
    """The turn, the one before, the one after, and the question of its exchange; in order."""
    numbers = {turn.number - 1, turn.number, turn.number + 1, turn.exchange or turn.number}
    return tuple(other for other in transcript.turns if other.number in numbers)


def _shortened(text: str, keep_end: bool) -> str:
    if len(text) <= _NEIGHBOUR_CHARACTERS:
        return text
    if keep_end:
        return "… " + text[-_NEIGHBOUR_CHARACTERS:]
    return text[:_NEIGHBOUR_CHARACTERS] + " …"
