"""One answer on the page: claims with their source buttons, or an honest refusal."""

from __future__ import annotations

import streamlit as st

from rag.answering.extractive import NAME as EXTRACTIVE
from rag.types import Answer, Citation, Claim, Hit, Language, Passage, Support, shown_speaker
from ui import state
from ui.feedback import draw_feedback
from ui.markup import text_html, text_markdown
from ui.state import Round

NEAREST = "Nearest passages (not an answer)"
SUPPORT_WORDS: dict[Support, str] = {
    "supported": "",
    "partial": "Partly supported by its source",
    "unsupported": "Not supported by a source",
}
GENERATOR_WORDS = {EXTRACTIVE: "quoted, not rewritten"}
_SHOWN_NEAREST = 4


def draw_snapshot(answer: Answer, chat_model: str) -> None:
    """Draw an answer that is still growing: its claims, the markers not yet buttons.

    Where a chat model is at work, a note says whose words these are meanwhile.
    """
    quoted = answer.generator == EXTRACTIVE
    doing = "Quoted while {} writes …" if quoted else "{} writes; each sentence is checked first …"
    writes_on = doing.format(chat_model) if chat_model and not answer.complete else ""
    if answer.claims:
        st.html("".join(_claim_html(claim, answer.language, True) for claim in answer.claims))
    if writes_on:
        st.html(f'<p class="hetao-note" role="status">{text_html(writes_on)}</p>')


def draw_answer(done: Round, number: int) -> None:
    """Draw a finished round's answer; ``number`` is the round's place, for the button keys."""
    answer = done.answer
    if answer is None:
        st.error(text_markdown(done.error), icon=":material/error:")
        return
    if answer.standalone_question != answer.question:
        st.html(f'<p class="hetao-note">Read as: {text_html(answer.standalone_question)}</p>')
    if answer.status == "answered":
        _draw_claims(answer, number)
    else:
        _draw_refusal(answer, number)
    if answer.notice:
        st.warning(text_markdown(answer.notice), icon=":material/info:")
    st.html(f'<p class="hetao-note">{text_html(_note(done, answer))}</p>')
    draw_feedback(done, answer, number)


def _draw_claims(answer: Answer, number: int) -> None:
    by_marker = {citation.marker: citation for citation in answer.citations}
    for place, claim in enumerate(answer.claims):
        with st.container(key=f"claim-{number}-{place}"):
            st.html(_claim_html(claim, answer.language, False))
            for marker in claim.citations:
                if marker in by_marker:
                    _draw_source_button(by_marker[marker], f"cite-{number}-{place}-{marker}")


def _draw_source_button(citation: Citation, key: str) -> None:
    # The style sheet shows the number alone; the whole label is the accessible name.
    st.button(
        f"Source **{citation.marker}**: {_who(citation)}",
        key=key,
        on_click=state.open_source,
        args=(state.cited_place(citation),),
    )


def _draw_refusal(answer: Answer, number: int) -> None:
    reason = f"<p>{text_html(answer.reason)}</p>" if answer.reason else ""
    st.html(
        f'<div class="hetao-refusal" lang="{answer.language}" role="note">'
        f"<strong>{text_html(answer.text)}</strong>{reason}</div>"
    )
    if not answer.nearest:
        return
    st.html(f'<h3 class="hetao-nearest">{NEAREST}</h3>')
    for place, hit in enumerate(answer.nearest[:_SHOWN_NEAREST]):
        _draw_nearest(hit, f"nearest-{number}-{place}")


def _draw_nearest(hit: Hit, key: str) -> None:
    found = hit.passage
    with st.container(key=f"{key}-box"):
        st.html(f'<p class="hetao-nearest-words">{text_html(found.text)}</p>')
        st.button(
            f"Open: {_who(found)}",
            key=key,
            type="tertiary",
            on_click=state.open_source,
            args=(state.nearest_place(hit),),
        )


def _who(found: Citation | Passage) -> str:
    asked = " (question)" if found.role == "reporter" else ""
    return f"{text_markdown(shown_speaker(found.speaker))}{asked}, page {found.page}"


def _claim_html(claim: Claim, language: Language, with_markers: bool) -> str:
    words = SUPPORT_WORDS[claim.support]
    badge = f' <span class="hetao-support">{words}</span>' if words else ""
    markers = "".join(f'<span class="hetao-chip">{n}</span>' for n in claim.citations)
    return (
        f'<p class="hetao-claim hetao-{claim.support}" lang="{language}">'
        f"{text_html(claim.text)}{badge}{markers if with_markers else ''}</p>"
    )


def _note(done: Round, answer: Answer) -> str:
    notes = [f"Confidence {answer.confidence:.0%}"]
    if "total" in answer.timings_ms:
        notes.append(f"{answer.timings_ms['total'] / 1000:.2f} s")
    if answer.status == "answered":
        notes.append(GENERATOR_WORDS.get(answer.generator, f"written by {answer.generator}"))
    if answer.usage:
        used = answer.usage
        notes.append(f"{used.input_tokens:,} tokens read, {used.output_tokens:,} written")
    if done.filters.speakers:
        notes.append(f"only from {', '.join(done.filters.speakers)}")
    return " · ".join(notes)
