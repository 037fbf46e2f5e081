"""One answer on the page: claims with their source buttons, or an honest refusal."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from rag.answering.extractive import NAME as EXTRACTIVE
from rag.conversations.telling import told
from rag.types import (
    Answer,
    Certainty,
    Citation,
    Claim,
    Language,
    Passage,
    Support,
    shown_speaker,
)
from ui import state
from ui.feedback import draw_feedback
from ui.markup import text_html, text_markdown
from ui.state import Place, Round

MORE = "More from the transcripts"
NEAREST = "Nearest passages (not an answer)"
SUPPORT_WORDS: dict[Support, str] = {
    "supported": "",
    "partial": "Partly supported by its source",
    "unsupported": "Not supported by a source",
}
GENERATOR_WORDS = {EXTRACTIVE: "quoted, not rewritten"}
# In words that say what the calibrated confidence means (rag.types.CERTAINTIES).
CERTAINTY_WORDS: dict[Certainty, str] = {
    "clear": "Clear: such quotes answer some four times in five",
    "likely": "Likely: such quotes answer two times in three",
    "uncertain": "Uncertain: such quotes answer half of the time",
}
UNCERTAIN = "It is uncertain whether this answers. The nearest that was said:"
_SHOWN_NEAREST = 4


def draw_snapshot(answer: Answer, chat_model: str) -> None:
    """Draw an answer that is still growing: its claims, the markers not yet buttons.

    Where a chat model is at work, a note says whose words these are meanwhile.
    """
    quoted = answer.generator == EXTRACTIVE
    doing = "Quoted while {} writes …" if quoted else "{} writes; each sentence is checked first …"
    writes_on = doing.format(chat_model) if chat_model and not answer.complete else ""
    if answer.claims:
        st.html(
            "".join(
                heading + _claim_html(words, claim, answer.language, True)
                for heading, words, claim in _told(answer)
            )
        )
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
    is_uncertain = answer.certainty == "uncertain"
    with st.container(key=f"{'unsure' if is_uncertain else 'answer'}-{number}"):
        if is_uncertain:
            st.html(f'<p class="hetao-nearest" role="note">{UNCERTAIN}</p>')
        for place, (heading, words, claim) in enumerate(_told(answer)):
            if heading:
                st.html(heading)
            with st.container(key=f"claim-{number}-{place}"):
                st.html(_claim_html(words, claim, answer.language, False))
                for marker in claim.citations:
                    if marker in by_marker:
                        _draw_source_button(by_marker[marker], f"cite-{number}-{place}-{marker}")
    if answer.more:
        _draw_more(answer, number)


def _told(answer: Answer) -> Iterator[tuple[str, str, Claim]]:
    """Each claim with the words to show for it and, where another speaker's quotes begin, who and
    at which event, as HTML."""
    for part in told(answer):
        heading = _speaker_html(part.begins) if part.begins else ""
        yield heading, f"“{part.quote}”" if part.quote else part.claim.text, part.claim


def _speaker_html(cited: Citation) -> str:
    when = f", {cited.date:%-d %B %Y}" if cited.date else ""
    return (
        f'<p class="hetao-speaker"><strong>{text_html(shown_speaker(cited.speaker))}</strong> '
        f"{text_html(f'{cited.title}{when}')}</p>"
    )


def _draw_more(answer: Answer, number: int) -> None:
    """What else was found near the answer, folded away."""
    with st.expander(MORE, key=f"more-{number}"):
        for citation in answer.more:
            key = f"more-{number}-{citation.marker}"
            _draw_found(citation.quote, citation, state.cited_place(citation), key)


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
        key = f"nearest-{number}-{place}"
        _draw_found(hit.passage.text, hit.passage, state.nearest_place(hit), key)


def _draw_found(words: str, found: Citation | Passage, place: Place, key: str) -> None:
    """What was found and is not the answer, with a button that opens it in its place."""
    with st.container(key=f"{key}-box"):
        st.html(f'<p class="hetao-nearest-words">{text_html(words)}</p>')
        st.button(
            f"Open: {_who(found)}",
            key=key,
            type="tertiary",
            on_click=state.open_source,
            args=(place,),
        )


def _who(found: Citation | Passage) -> str:
    asked = " (question)" if found.role == "reporter" else ""
    return f"{text_markdown(shown_speaker(found.speaker))}{asked}, page {found.page}"


def _claim_html(shown: str, claim: Claim, language: Language, with_markers: bool) -> str:
    words = SUPPORT_WORDS[claim.support]
    badge = f' <span class="hetao-support">{words}</span>' if words else ""
    markers = "".join(f'<span class="hetao-chip">{n}</span>' for n in claim.citations)
    return (
        f'<p class="hetao-claim hetao-{claim.support}" lang="{language}">'
        f"{text_html(shown)}{badge}{markers if with_markers else ''}</p>"
    )


def _note(done: Round, answer: Answer) -> str:
    notes = [CERTAINTY_WORDS[answer.certainty]] if answer.status == "answered" else []
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
