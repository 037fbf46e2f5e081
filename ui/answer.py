"""One answer on the page: claims with their source buttons, or an honest refusal."""

from __future__ import annotations

import streamlit as st

from rag.answering.about import NAME as ABOUT
from rag.answering.extractive import NAME as EXTRACTIVE
from rag.answering.frames import quoted
from rag.answering.outline import NAME as OUTLINE
from rag.conversations.export import answer_markdown, answer_text
from rag.conversations.kept import Place, Round, place_of
from rag.conversations.telling import SHOWN_NEAREST, Told, filters_told, read_as, told
from rag.text.figures import figure_asked_for, figures_given
from rag.types import (
    Answer,
    Certainty,
    Citation,
    Passage,
    Support,
)
from ui import state
from ui.feedback import draw_feedback
from ui.language import N_, _, day, language
from ui.links import chat_link
from ui.markup import marked_html, text_html, text_markdown
from ui.script import copy_html
from ui.transcript import ROLE_WORDS, speaker_name

SUPPORT_WORDS: dict[Support, str] = {
    "supported": "",
    "partial": N_("Partly supported by its source"),
    "unsupported": N_("Not supported by a source"),
}
# In words that say what the calibrated confidence means (rag.types.CERTAINTIES).
CERTAINTY_WORDS: dict[Certainty, str] = {
    "clear": N_("Clear: such quotes answer some four times in five"),
    "likely": N_("Likely: such quotes answer two times in three"),
    "uncertain": N_("Uncertain: such quotes answer half of the time"),
}
UNCERTAIN = N_("It is uncertain whether this answers. The nearest that was said:")


def draw_snapshot(answer: Answer, chat_model: str) -> None:
    """Draw an answer that is still growing: its claims, the markers not yet buttons.

    Where a chat model is at work, a note says whose words these are meanwhile.
    """
    if answer.generator == EXTRACTIVE:
        doing = _("Quoted while {model} writes …")
    else:
        doing = _("{model} writes; each sentence is checked first …")
    writes_on = doing.format(model=chat_model) if chat_model and not answer.complete else ""
    if answer.claims:
        st.html(
            "".join(_speaker_html(part) + _claim_html(part, answer, True) for part in told(answer))
        )
    elif answer.complete and answer.status != "answered":
        # The page is drawn anew once this is kept; the words need not wait for that.
        st.html(_refusal_html(answer))
    if writes_on:
        st.html(f'<p class="hetao-note" role="status">{text_html(writes_on)}</p>')


def draw_answer(done: Round, answer: Answer, before: tuple[Round, ...]) -> None:
    """Draw a round's answer; ``before`` is the conversation that it goes on from."""
    if understood := read_as(answer):
        words = _("Read as: {question}").format(question=understood)
        st.html(f'<p class="hetao-note">{text_html(words)}</p>')
    if answer.status != "answered":
        _draw_refusal(answer, done.number)
    elif answer.claims:
        _draw_claims(answer, done.number)
    else:
        st.html(f'<p class="hetao-said" lang="{answer.language}">{text_html(answer.text)}</p>')
    if answer.notice:
        notice = st.info if answer.generator == OUTLINE else st.warning
        notice(text_markdown(answer.notice), icon=":material/info:")
    st.html(f'<p class="hetao-note">{text_html(_note(done, answer))}</p>')
    with st.container(horizontal=True, vertical_alignment="center", key=f"tools-{done.number}"):
        copies = (
            copy_html(_("Copy"), words=answer_text(done, language())),
            copy_html(_("Copy as Markdown"), words=answer_markdown(done, language())),
            copy_html(_("Copy the link"), link=chat_link(state.chat(), done.number)),
        )
        st.html(f'<p class="hetao-note">{" · ".join(copies)}</p>', width="content")
        if answer.generator != ABOUT:
            draw_feedback(done, answer, before)


def _draw_claims(answer: Answer, number: int) -> None:
    is_uncertain = answer.certainty == "uncertain"
    with st.container(key=f"{'unsure' if is_uncertain else 'answer'}-{number}"):
        if is_uncertain:
            st.html(f'<p class="hetao-nearest" role="note">{_(UNCERTAIN)}</p>')
        for place, part in enumerate(told(answer)):
            if part.begins:
                st.html(_speaker_html(part))
            with st.container(key=f"claim-{number}-{place}"):
                st.html(_claim_html(part, answer, False))
                for citation in part.sources:
                    draw_source_button(citation, f"cite-{number}-{place}-{citation.marker}")
    if answer.more:
        _draw_more(answer, number)


def _speaker_html(part: Told) -> str:
    """Who speaks from here on, and at which event; "" where that is as before."""
    cited = part.begins
    if cited is None:
        return ""
    return (
        '<p class="hetao-speaker">'
        f"<strong>{text_html(speaker_name(cited.speaker))}</strong> "
        f"{text_html(_event(cited))}</p>"
    )


def _event(found: Citation | Passage) -> str:
    return f"{found.title} · {day(found.date)}" if found.date else found.title


def _draw_more(answer: Answer, number: int) -> None:
    """What else was found near the answer, folded away."""
    with st.expander(_("More from the transcripts"), key=f"more-{number}"):
        for citation in answer.more:
            key = f"more-{number}-{citation.marker}"
            _draw_found(citation.quote, citation, place_of(citation), key)


def draw_source_button(citation: Citation, key: str) -> None:
    """Draw the number of a citation as a button that opens its source."""
    # Of the label, which is the accessible name, the style sheet shows the number in bold, and
    # the rest on hover and focus.
    where = f"{_who(citation)} · {text_markdown(_event(citation))}"
    st.button(
        _("Source {n}: {where}").format(n=f"**{citation.marker}**", where=f"*{where}*"),
        key=key,
        on_click=state.open_source,
        args=(place_of(citation),),
    )


def _draw_refusal(answer: Answer, number: int) -> None:
    st.html(_refusal_html(answer))
    if not answer.nearest:
        return
    st.html(f'<h2 class="hetao-nearest">{_("Nearest passages (not an answer)")}</h2>')
    for place, hit in enumerate(answer.nearest[:SHOWN_NEAREST]):
        key = f"nearest-{number}-{place}"
        _draw_found(hit.passage.text, hit.passage, place_of(hit), key)


def _refusal_html(answer: Answer) -> str:
    reason = f"<p>{text_html(answer.reason)}</p>" if answer.reason else ""
    return (
        f'<div class="hetao-refusal" lang="{answer.language}" role="note">'
        f"<strong>{text_html(answer.text)}</strong>{reason}</div>"
    )


def _draw_found(words: str, found: Citation | Passage, place: Place, key: str) -> None:
    """What was found and is not the answer, with a button that opens it in its place."""
    with st.container(key=f"{key}-box"):
        st.html(f'<p class="hetao-nearest-words">{text_html(words)}</p>')
        st.button(
            _("Open: {who}").format(who=_who(found)),
            key=key,
            type="tertiary",
            on_click=state.open_source,
            args=(place,),
        )


def _who(found: Citation | Passage) -> str:
    who = _("{speaker} ({role}), page {n}").format(
        speaker=speaker_name(found.speaker),
        role=_(ROLE_WORDS[found.role]),
        n=found.page,
    )
    return text_markdown(who)


def _claim_html(part: Told, answer: Answer, with_markers: bool) -> str:
    claim, spoken = part.claim, answer.language
    shown = quoted(part.quote, spoken) if part.quote else claim.text
    # Where a figure or a date is asked for, it is known which words of the first quote answer.
    asked = answer.standalone_question
    kind = figure_asked_for(asked) if part.quote and claim == answer.claims[0] else None
    figures = figures_given(kind, shown, asked) if kind else ()
    marked = marked_html(shown, figures, css="hetao-figure")
    words = SUPPORT_WORDS[claim.support]
    badge = f' <span class="hetao-support">{_(words)}</span>' if words else ""
    markers = "".join(f'<span class="hetao-chip">{n}</span>' for n in claim.citations)
    return (
        f'<p class="hetao-claim hetao-{claim.support}" lang="{spoken}">'
        f"{marked}{badge}{markers if with_markers else ''}</p>"
    )


def _note(done: Round, answer: Answer) -> str:
    notes = []
    if answer.claims and answer.generator != OUTLINE:
        notes.append(_(CERTAINTY_WORDS[answer.certainty]))
    if answer.claims and answer.generator in (EXTRACTIVE, OUTLINE):
        notes.append(_("quoted, not rewritten"))
    elif answer.claims:
        notes.append(_("written by {model}").format(model=answer.generator))
    if "total" in answer.timings_ms:
        notes.append(_("{n} s").format(n=f"{answer.timings_ms['total'] / 1000:.2f}"))
    if answer.usage:
        notes.append(
            _("{read} tokens read, {written} written").format(
                read=f"{answer.usage.input_tokens:,}", written=f"{answer.usage.output_tokens:,}"
            )
        )
    if only := filters_told(done.filters, language()):
        notes.append(_("only from {names}").format(names=only))
    return " · ".join(notes)
