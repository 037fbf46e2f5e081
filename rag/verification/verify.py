"""The last gate before display: nothing is shown that its citation does not bear out.

Independent of the generator, so that a new generator inherits it. A draft that quotes what it
cites in a bare frame is compared letter for letter; whatever else it says is held against the
cited sentences by the rules of :mod:`rag.verification.claims`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.embedding.embedder import Embedder
from rag.questions.when import time_note
from rag.telemetry import span
from rag.text.language import detect_language
from rag.text.sentences import split_sentences
from rag.types import (
    EVIDENCE_ROLES,
    UNNAMED,
    Citation,
    Draft,
    DraftKind,
    Language,
    Range,
    ScoredSentence,
    Support,
    Transcript,
    shown_speaker,
    unbroken_runs,
)
from rag.verification.claims import Cited, Claim, is_restated
from rag.verification.reported import Speaker
from rag.verification.rules import HOW_TOLD, RULES, Rule, first_problem
from rag.verification.told import is_question
from rag.verification.words import content_words

Transcripts = Callable[[str], Transcript]

_QUOTED = re.compile(r"“[^”]|「[^」]|『[^』]|\"[^\"]+\"")
_MARKS = re.compile('[“”「」『』"]')
# What our frames say around a quote beside light words: no claim of its own.
_FRAME = re.compile(r"\breplied\b|提[问問]|回答")
# Sentences of the turn in front of the cited ones, where "it" may have been named.
_BEFORE = 4
_BEFORE_CHARACTERS = 2000
# A claim is a sentence or two, and rests on up to three. Longer texts are not read, so that no
# text can hold the reader up.
_MAX_CLAIM_CHARACTERS = 1200
_MAX_CITED_CHARACTERS = 8000


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim that passed, with citations whose markers are not numbered yet (0).

    ``support`` is "partial" where it holds only after a figure or date was transformed.
    """

    text: str
    citations: tuple[Citation, ...]
    support: Support = "supported"
    kind: DraftKind = "said"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A claim that failed, and why: a sentence for its writer and for the log.

    ``instead`` are the cited words themselves where they hold all that the claim says but do not
    state it, as a rumour, a condition or what somebody is to say: how they are told is then for
    the reader to see.
    """

    draft: Draft
    reason: str
    instead: Checked | None = None


class Verifier:
    """Checks drafts, one at a time; threads may share it.

    Args:
        transcripts: the transcript of an id.
        embedder: weighs words that have no counterpart in the evidence. Without one a claim
            with such a word is rejected.
        rules: those that a claim must pass; for measuring what each of them catches.
    """

    def __init__(
        self, transcripts: Transcripts, embedder: Embedder | None,
        rules: Mapping[str, Rule] = RULES,
    ) -> None:  # fmt: skip
        self._transcripts = transcripts
        self._rules = rules
        # A claim is repaired against the same sentences.
        self._embed = lru_cache(maxsize=256)(embedder.embed_question) if embedder else None

    def check(self, draft: Draft) -> Checked | Rejected:
        """The claim with its citations, or the first reason why it is not shown.

        It holds when it cites something, each cited sentence stands in a turn of a role that
        may bear it, under that turn's speaker, and it says no more than these sentences.
        """
        with span("verify", kind=draft.kind, sentences=len(draft.sentences)) as step:
            checked = self._checked(draft)
            step.note(held=isinstance(checked, Checked))
            step.quote(claim=draft.text)
        return checked

    def _checked(self, draft: Draft) -> Checked | Rejected:
        citations = self._citations(draft)
        reason = self._misplaced(draft, citations)
        frame = _frame(draft.text, citations)
        in_marks = _MARKS.search(frame) is not None
        if not reason and in_marks and all(citation.quote in draft.text for citation in citations):
            reason = _frame_problem(draft.text, frame, citations)
            if not reason and _is_bare(frame, citations):
                return Checked(draft.text, citations, "supported", draft.kind)
        if reason := reason or _too_long(draft, citations) or _unasserted(draft):
            return Rejected(draft, reason)
        claim = self._claim(draft, citations)
        rule, reason = first_problem(claim, self._rules)
        if reason:
            instead = _in_quotes(draft, citations) if rule in HOW_TOLD else None
            return Rejected(draft, reason, instead)
        support: Support = "partial" if is_restated(claim) else "supported"
        return Checked(draft.text, citations, support, draft.kind)

    def read(self, draft: Draft) -> Claim:
        """The draft beside the sentences that it cites and those before them."""
        return self._claim(draft, self._citations(draft))

    def _citations(self, draft: Draft) -> tuple[Citation, ...]:
        return tuple(_cite(run, self._transcripts) for run in unbroken_runs(draft.sentences))

    def _claim(self, draft: Draft, citations: Iterable[Citation]) -> Claim:
        cited = [self._cited(citation) for citation in citations]
        return Claim(draft.text, cited, draft.kind, self._embed)

    def _misplaced(self, draft: Draft, citations: tuple[Citation, ...]) -> str:
        if not citations or not draft.text.strip():
            return "The claim says or cites nothing."
        for citation in citations:
            transcript = self._transcripts(citation.transcript_id)
            who = shown_speaker(citation.speaker)
            if citation.role not in EVIDENCE_ROLES[draft.kind]:
                role = f"{'an' if citation.role == 'official' else 'a'} {citation.role}"
                return f"{who} is cited as {draft.kind}, but is {role}."
            exact = quote_is_exact(citation, transcript)
            if not exact or not speaker_is_right(citation, transcript):
                return f"The cited words are not those of {who} in the transcript."
        return ""

    def _cited(self, citation: Citation) -> Cited:
        transcript = self._transcripts(citation.transcript_id)
        turn = transcript.turn(citation.turn)
        before = [
            transcript.text[start:end]
            for block in turn.blocks
            for start, end in split_sentences(
                transcript.text,
                max(block.start, citation.start - _BEFORE_CHARACTERS),
                min(block.end, citation.start),
            )
        ]
        speaker = Speaker(turn.speaker, turn.title, turn.role)
        cited = split_sentences(transcript.text, citation.start, citation.end)
        sentences = tuple(transcript.text[start:end] for start, end in cited)
        cast = tuple(name for name, role in transcript.cast if name and role != "reporter")
        return Cited(sentences, tuple(before[-_BEFORE:]), speaker, transcript.date, cast)


def quote_is_exact(citation: Citation, transcript: Transcript) -> bool:
    """ARCHITECTURE, invariant 1: the quote equals ``canonical_text[start:end]``."""
    return citation.quote == transcript.text[citation.start : citation.end]


def speaker_is_right(citation: Citation, transcript: Transcript) -> bool:
    """ARCHITECTURE, invariant 3: the words stand in that speaker's turn, in that role."""
    turn = transcript.turn(citation.turn)
    inside = any(b.start <= citation.start and citation.end <= b.end for b in turn.blocks)
    return inside and turn.speaker == citation.speaker and turn.role == citation.role


def _too_long(draft: Draft, citations: tuple[Citation, ...]) -> str:
    if len(draft.text) > _MAX_CLAIM_CHARACTERS:
        return f"The claim is too long: {len(draft.text)} characters. Say it in one sentence."
    if sum(len(citation.quote) for citation in citations) > _MAX_CITED_CHARACTERS:
        return "The cited words are too long to be checked."
    return ""


def _unasserted(draft: Draft) -> str:
    """Why the claim or the cited sentences state nothing."""
    if draft.kind == "said" and any(is_question(each.text) for each in draft.sentences):
        return "A cited sentence is a question; it states nothing."
    if draft.text.rstrip().endswith((":", "：")):
        return "The claim announces something and does not say it."
    if draft.kind == "said" and is_question(draft.text):
        return "The claim is a question; it states nothing."
    return ""


def _in_quotes(draft: Draft, citations: tuple[Citation, ...]) -> Checked:
    """The cited words under the names of who said them."""
    language = detect_language(draft.text)
    told = (f"{shown_speaker(c.speaker, language)}: “{c.quote}”" for c in citations)
    text = " ".join(told)
    return Checked(text, citations, "supported", draft.kind)


def _frame(text: str, citations: tuple[Citation, ...]) -> str:
    """What stands around the quotes."""
    # Longest first: a short quote may stand inside a longer one.
    for citation in sorted(citations, key=lambda citation: -len(citation.quote)):
        text = text.replace(citation.quote, "")
    return text


def _frame_problem(text: str, frame: str, citations: tuple[Citation, ...]) -> str:
    """Why the words around the quotes do not name each speaker and quote nothing else.

    Where they are of several speakers, each is to be named in front of the own quote.
    """
    if _QUOTED.search(frame):
        return "The claim quotes words that are not in the cited sentences."
    several = len({citation.speaker for citation in citations}) > 1
    for citation in citations:
        if not _names(_in_front(citation, text, citations) if several else frame, citation):
            who = shown_speaker(citation.speaker)
            return f"The claim does not name {who}, whose words it quotes."
    return ""


def _in_front(citation: Citation, text: str, citations: tuple[Citation, ...]) -> str:
    """What stands in front of a quote, from the one before it on."""
    before = text.partition(citation.quote)[0]
    for other in citations:
        before = before.rpartition(other.quote)[2]
    return before


def _names(frame: str, citation: Citation) -> bool:
    """Whether the words around a quote name its speaker, or say that there is no name."""
    names = (citation.speaker,) if citation.speaker else UNNAMED.values()
    return any(name in frame for name in names)


def _is_bare(frame: str, citations: tuple[Citation, ...]) -> bool:
    """Whether the words around the quotes claim nothing themselves."""
    for citation in citations:
        for name in (citation.speaker,) if citation.speaker else UNNAMED.values():
            frame = frame.replace(name, "")
    return not content_words(_FRAME.sub(" ", frame))


def _cite(run: list[ScoredSentence], transcripts: Transcripts) -> Citation:
    passage = run[0].passage
    transcript = transcripts(passage.transcript_id)
    place = Range(run[0].range.start, run[-1].range.end)
    return Citation(
        marker=0,
        passage_id=passage.id,
        transcript_id=passage.transcript_id,
        title=transcript.title,
        date=transcript.date,
        url=transcript.address_at(passage.page, place.start),
        page=passage.page,
        turn=passage.turn,
        speaker=passage.speaker,
        role=passage.role,
        start=place.start,
        end=place.end,
        quote=transcript.text[place.start : place.end],
        seconds=transcript.time_at(place.start),
    )


def dated(citation: Citation, language: Language) -> Citation:
    """The citation with a note on which time "last year" and the like mean in it."""
    return replace(citation, note=time_note(citation.quote, citation.date, language))


def numbered(citation: Citation, marker: int) -> Citation:
    """The citation under its marker."""
    return replace(citation, marker=marker)
