"""How an answer is told, wherever it is shown or written: who said what, and at which event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rag.answering.extractive import NAME as EXTRACTIVE
from rag.answering.frames import is_bare_quote, quoted
from rag.answering.outline import NAME as OUTLINE
from rag.conversations.kept import Round
from rag.conversations.sources import place_words, range_words, speaker_words
from rag.conversations.words import WORDS
from rag.text.days import day
from rag.types import ROLE_NAMES, Answer, Citation, Claim, Filters, Hit, Language, shown_speaker

# So many of the passages that came nearest are told of a question that was not answered.
SHOWN_NEAREST = 4

# A "verdict" says what the rest is worth: that nothing answers, that it is uncertain, what failed.
LineKind = Literal["note", "heading", "speaker", "quote", "text", "verdict"]


@dataclass(frozen=True, slots=True)
class Told:
    """A claim as it is told.

    ``quote`` are its bare words where it only says that somebody said them, else "". ``begins`` is
    the citation whose speaker and event are named before it, where another speaker's quotes begin.
    ``sources`` are what it cites.
    """

    claim: Claim
    sources: tuple[Citation, ...]
    quote: str = ""
    begins: Citation | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of an answer that is written down.

    ``name`` is the speaker who is named in it, ``sources`` are what its words rest on.
    """

    kind: LineKind
    words: str
    name: str = ""
    sources: tuple[Citation, ...] = ()


def told(answer: Answer) -> Iterator[Told]:
    """The claims of an answer, one speaker's quotes from one event grouped under their name."""
    by_marker = {citation.marker: citation for citation in answer.citations}
    before: tuple[str, str] | None = None
    for claim in answer.claims:
        sources = tuple(by_marker[n] for n in claim.citations if n in by_marker)
        cited = by_marker.get(claim.citations[0]) if claim.citations else None
        if cited is None or not is_bare_quote(
            claim.text, cited.speaker, cited.quote, answer.language
        ):
            before = None
            yield Told(claim, sources)
            continue
        who = (cited.speaker, cited.transcript_id)
        yield Told(claim, sources, cited.quote, None if who == before else cited)
        before = who


def read_as(answer: Answer) -> str:
    """The question that was understood; "" where it is the one that was asked, spaces apart."""
    same = answer.standalone_question.split() == answer.question.split()
    return "" if same else answer.standalone_question


def lines_of(done: Round, language: Language) -> Iterator[Line]:
    """What is written down of a round below its question, sources apart.

    ``language`` is that of the words around; what was said stays as it is.
    """
    words, answer = WORDS[language], done.answer
    if filters := filters_told(done.filters, language):
        yield Line("note", words.labelled.format(words.only_from, filters))
    if answer is None:
        yield Line("verdict", done.error or words.not_answered)
        return
    if understood := read_as(answer):
        yield Line("note", words.labelled.format(words.read_as, understood))
    if answer.claims:
        yield from _claims(answer, language)
    elif answer.status == "answered":
        yield Line("text", answer.text)
    else:
        yield from _refusal(answer, language)
    if answer.notice:
        yield Line("note", answer.notice)
    if answer.claims and answer.generator not in (EXTRACTIVE, OUTLINE):
        yield Line("note", words.written_by.format(answer.generator))


def _claims(answer: Answer, language: Language) -> Iterator[Line]:
    words = WORDS[language]
    if answer.certainty == "uncertain":
        yield Line("verdict", words.uncertain)
    for part in told(answer):
        if part.begins:
            event = (part.begins.title, day(part.begins.date, language))
            name = shown_speaker(part.begins.speaker, language)
            yield Line("speaker", words.comma.join(filter(None, event)), name)
        support = words.support[part.claim.support]
        shown = quoted(part.quote, language) if part.quote else part.claim.text
        shown = words.in_brackets.format(shown, support) if support else shown
        yield Line("quote" if part.quote else "text", shown, sources=part.sources)


def _refusal(answer: Answer, language: Language) -> Iterator[Line]:
    words = WORDS[language]
    yield Line("verdict", answer.text)
    if answer.reason:
        yield Line("text", answer.reason)
    if answer.nearest:
        yield Line("heading", words.nearest)
    for hit in answer.nearest[:SHOWN_NEAREST]:
        yield from _nearest(hit, language)


def _nearest(hit: Hit, language: Language) -> Iterator[Line]:
    words, passage = WORDS[language], hit.passage
    place = words.stop.join((place_words(passage, language), range_words(passage, language)))
    yield Line("speaker", place, speaker_words(passage, language))
    yield Line("quote", quoted(passage.text, language))


def filters_told(filters: Filters, language: Language) -> str:
    """What filters were set to, in a few words; "" where nothing was."""
    words = WORDS[language]
    chosen = [
        *(shown_speaker(speaker, language) for speaker in filters.speakers),
        *(ROLE_NAMES[language][role] for role in filters.roles),
        *filters.transcripts,
    ]
    if filters.since:
        chosen.append(words.since.format(day(filters.since, language)))
    if filters.until:
        chosen.append(words.until.format(day(filters.until, language)))
    return words.comma.join(chosen)
