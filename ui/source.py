"""The source viewer: a cited place in its turn, between the turns around it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st

from rag.errors import QuestionError
from rag.types import Range, Role, Transcript, Turn, shown_speaker
from ui import state
from ui.markup import link_html, text_html, text_markdown, web_address

ROLE_WORDS: dict[Role, str] = {
    "official": "Official",
    "reporter": "Reporter · a question, not evidence",
    "moderator": "Moderator",
    "narrator": "Narration",
}
MACHINE = "<strong>译文（机器）· Machine translation:</strong>"
ELSEWHERE = "同样的话还见于 · The same words also stand in"
# More copies than this are folded away.
_SHOWN_COPIES = 3
# Neighbours of the cited turn are context; this many characters of one are enough to read on
# from, and they bound the page when a neighbour is a whole speech.
_NEIGHBOUR_CHARACTERS = 4_000

# Constant: no text of a transcript or a user ever enters a script. The quote may be drawn a
# moment after the script, so it is looked for during two seconds.
_SCROLL_SCRIPT = """<script>
(() => {
  const until = Date.now() + 2000;
  const show = () => {
    const quote = document.querySelector(".hetao-transcript mark");
    if (!quote) { if (Date.now() < until) setTimeout(show, 50); return; }
    const pane = quote.closest(".hetao-transcript");
    const lift = quote.getBoundingClientRect().top - pane.getBoundingClientRect().top;
    pane.scrollTop += lift - pane.clientHeight / 3;
    pane.closest(".st-key-source").scrollIntoView({block: "nearest"});
    const box = quote.getBoundingClientRect();
    if (box.top < 0 || box.bottom > window.innerHeight) quote.scrollIntoView({block: "center"});
  };
  setTimeout(show, 50);
})();
</script>"""


def draw_source(
    transcript: Transcript,
    place: state.Place,
    note: str = "",
    translation: str = "",
    elsewhere: Sequence[tuple[Transcript, state.Place]] = (),
) -> None:
    """Draw the place that is open: who said it, where, and the words around it.

    ``note`` says what time the quote speaks of. ``translation`` is a chat model's, of the quote;
    it is shown beside it and marked as such. ``elsewhere`` are the other places of the same words.

    Raises QuestionError when the transcript no longer holds the quote in that place.
    """
    turn = quoted_turn(transcript, place)
    with st.container(horizontal=True, vertical_alignment="center", key="source-head"):
        st.html(f'<h2 class="hetao-source-title">{speaker_html(turn)}</h2>')
        st.button(
            "Close",
            key="close-source",
            icon=":material/close:",
            type="tertiary",
            on_click=state.close_source,
        )
    st.html(attribution_html(transcript, turn, place))
    if elsewhere:
        _draw_elsewhere(elsewhere)
    if note:
        st.html(f'<p class="hetao-note">{text_html(note)}</p>')
    if translation:
        st.html(f'<p class="hetao-translation">{MACHINE} {text_html(translation)}</p>')
    st.html(transcript_html(transcript, turn, Range(place.start, place.end)))
    # The number makes each opening a new element, so that the browser runs it again.
    st.html(
        f'<span hidden data-opened="{state.times_opened():d}"></span>{_SCROLL_SCRIPT}',
        unsafe_allow_javascript=True,
    )


def _draw_elsewhere(elsewhere: Sequence[tuple[Transcript, state.Place]]) -> None:
    folded = f"{ELSEWHERE} ({len(elsewhere)})" if len(elsewhere) > _SHOWN_COPIES else ""
    with st.expander(folded, key="copies") if folded else st.container(key="copies"):
        if not folded:
            st.html(f'<p class="hetao-note">{ELSEWHERE}:</p>')
        for number, (transcript, place) in enumerate(elsewhere):
            with st.container(
                horizontal=True, vertical_alignment="center", key=f"copy-{number}-box"
            ):
                st.html(copy_html(transcript, place))
                # As on the source buttons of a claim, the eye gets the first word alone.
                st.button(
                    f"**Show** {text_markdown(transcript.title)}, page {place.page}",
                    key=f"copy-{number}",
                    type="tertiary",
                    on_click=state.open_source,
                    args=(place,),
                )


def copy_html(transcript: Transcript, place: state.Place) -> str:
    """One of the other places: event, publisher, date, page, and the site as a link to the page."""
    address = web_address(transcript.page_url(place.page))
    link = f" · {link_html(address, urlsplit(address).hostname or '')}" if address else ""
    return (
        f'<div class="hetao-attribution"><p class="hetao-event">{text_html(transcript.title)}</p>'
        f"<p>{text_html(_where(transcript, place))}{link}</p></div>"
    )


def quoted_turn(transcript: Transcript, place: state.Place) -> Turn:
    """The turn that holds the place, once its words are seen to be those quoted.

    Raises QuestionError when they are not, as after another ingest of a changed file.
    """
    for turn in transcript.turns:
        inside = turn.start <= place.start and place.end <= turn.end
        same = transcript.text[place.start : place.end] == place.quote
        if turn.number == place.turn and inside and same:
            return turn
    raise QuestionError(
        "The transcript has changed since this answer: its words in this place are no longer "
        "those quoted. Please ask again."
    )


def speaker_html(turn: Turn) -> str:
    """The speaker's name and, as a badge, the role."""
    return (
        f'{text_html(shown_speaker(turn.speaker))} <span class="hetao-role hetao-role-{turn.role}">'
        f"{ROLE_WORDS[turn.role]}</span>"
    )


def attribution_html(transcript: Transcript, turn: Turn, place: state.Place) -> str:
    """Office, event, date, page, link, and the question answered."""
    office = f'<p class="hetao-office">{text_html(turn.title)}</p>' if turn.title else ""
    where = text_html(_where(transcript, place))
    link = link_html(transcript.page_url(place.page), "Open the original page")
    if "<a " not in link:
        link = "No web address is known for this page"
    return (
        f'<div class="hetao-attribution">{office}'
        f'<p class="hetao-event">{text_html(transcript.title)}</p>'
        f"<p>{where} · {link}</p>{_asked_html(transcript, turn)}"
        f"{_verbatim_html(place)}</div>"
    )


def _where(transcript: Transcript, place: state.Place) -> str:
    held = transcript.date.isoformat() if transcript.date else "date not given"
    return f"{transcript.publisher} · {held} · page {place.page}".removeprefix(" · ")


def _asked_html(transcript: Transcript, turn: Turn) -> str:
    if turn.exchange is None or turn.exchange == turn.number:
        return ""
    asked = transcript.turn(turn.exchange)
    said = _shortened(transcript.turn_text(asked), False)
    words = f"In answer to {shown_speaker(asked.speaker)}: {said}"
    return f'<p class="hetao-asked">{text_html(words)}</p>'


def _verbatim_html(place: state.Place) -> str:
    what = "" if place.kind == "citation" else "<p>Nearest passage, not an answer</p>"
    return (
        f'{what}<p class="hetao-verbatim">✓ Verbatim · characters {place.start:,}–{place.end:,} '
        "of the transcript</p>"
    )


def transcript_html(transcript: Transcript, turn: Turn, quote: Range) -> str:
    """The turn in full with the quote marked, the question it answers, and its neighbours."""
    parts: list[str] = []
    last = 0
    for shown in context_turns(transcript, turn):
        if parts and (skipped := shown.number - last - 1):
            what = "1 turn" if skipped == 1 else f"{skipped} turns"
            parts.append(f'<p class="hetao-gap">… {what} between …</p>')
        parts.append(_turn_html(transcript, shown, turn, quote))
        last = shown.number
    label = text_html(f"Transcript around turn {turn.number}, {shown_speaker(turn.speaker)}")
    return (
        f'<div class="hetao-transcript" role="region" aria-label="{label}" tabindex="0">'
        f"{''.join(parts)}</div>"
    )


def context_turns(transcript: Transcript, turn: Turn) -> tuple[Turn, ...]:
    """The turn, the one before, the one after, and the question of its exchange; in order."""
    numbers = {turn.number - 1, turn.number, turn.number + 1, turn.exchange or turn.number}
    return tuple(other for other in transcript.turns if other.number in numbers)


def _turn_html(transcript: Transcript, shown: Turn, cited: Turn, quote: Range) -> str:
    if shown.number == cited.number:
        words = "\n".join(marked_html(transcript.text, block, quote) for block in shown.blocks)
    else:
        words = text_html(_shortened(transcript.turn_text(shown), shown.number < cited.number))
    current = " hetao-cited" if shown.number == cited.number else ""
    return (
        f'<article class="hetao-turn hetao-turn-{shown.role}{current}">'
        f"<h3>{speaker_html(shown)}</h3>"
        f'<div class="hetao-words">{words}</div></article>'
    )


def _shortened(text: str, keep_end: bool) -> str:
    if len(text) <= _NEIGHBOUR_CHARACTERS:
        return text
    if keep_end:
        return "… " + text[-_NEIGHBOUR_CHARACTERS:]
    return text[:_NEIGHBOUR_CHARACTERS] + " …"


def marked_html(text: str, block: Range, quote: Range) -> str:
    """``text[block.start:block.end]`` escaped, the part of it inside ``quote`` in ``<mark>``."""
    start = min(max(quote.start, block.start), block.end)
    end = min(max(quote.end, start), block.end)
    marked = f"<mark>{text_html(text[start:end])}</mark>" if start < end else ""
    return text_html(text[block.start : start]) + marked + text_html(text[end : block.end])
