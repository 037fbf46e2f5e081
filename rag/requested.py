"""Answers to what is no question about what was said: a greeting, an outline, who spoke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.answering.about import NAME as ABOUT
from rag.answering.about import about, joined, left_out, outlines, who_spoke, words_of
from rag.answering.outline import MAX_ENTRIES, Entry, Outliner
from rag.answering.outline import NAME as OUTLINE
from rag.answering.substance import Substance, courtesies
from rag.chain import Asked, Check, with_claim
from rag.embedding.embedder import Embedder
from rag.embedding.kept import kept_vectors
from rag.indexing.index import Index
from rag.questions.question import understand
from rag.questions.requests import STAND_IN, Kind, Requests, may_be_request, prototype_texts
from rag.questions.said_about import example_texts
from rag.search.retrieval import Retriever
from rag.settings import Settings
from rag.types import Answer, Filters, Question
from rag.verification.verify import Checked, Verifier


def told_by() -> tuple[tuple[str, ...], ...]:
    """The texts of the product's own by whose vectors questions and courtesies are told."""
    return prototype_texts(), example_texts(), courtesies()


def keep_prototypes(settings: Settings, embedder: Embedder) -> None:
    """Make the vectors that questions are told by, where they are not kept: none shall wait."""
    for texts in told_by():
        kept_vectors(settings.models_dir, embedder, texts)


@dataclass(frozen=True, slots=True)
class _Told:
    """What was asked for, with whom of the speakers it names."""

    kind: Kind
    speakers: frozenset[str] = frozenset()


class Requested:
    """Answers requests over one index; safe to share between threads."""

    def __init__(
        self, index: Index, embedder: Embedder, retriever: Retriever, settings: Settings
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._retriever = retriever
        self._kept = settings.models_dir

    def answer(self, asked: Asked) -> Answer | None:
        """The answer to a request; None to a question, and where there is nothing to outline.

        "Tell me more" asks to read on, and what names something that the transcripts do not know is
        a question about it.

        Raises QuestionError as :func:`~rag.questions.question.understand` does.
        """
        question = understand(asked.question)
        told = self._told(question)
        if told.kind == "question" or self._retriever.unknown_names(question):
            return None
        if self._retriever.asks_for_more(understand(asked.question, asked.history)):
            return None
        if told.kind in ("greeting", "help"):
            transcripts = list(self._index.transcripts.values())
            text = about(transcripts, question.language, greets=told.kind == "greeting")
            return _answer(question, ABOUT, text)
        if told.kind == "said":
            return self._said(question, asked.filters, told.speakers)
        return self._outlined(question, asked.filters, told.kind)

    def _told(self, question: Question) -> _Told:
        text = question.standalone
        if not may_be_request(text):
            return _Told("question")
        named = self._retriever.speakers.named(text)
        if not named <= set(self._index.vocabulary.people):
            return _Told("question")  # what an outlet asked is one
        if named:
            text = self._retriever.speakers.replaced(text, STAND_IN[question.language])
        vector = self._embedder.embed_question(text)
        return _Told(self._requests.kind(text, vector, names_speaker=bool(named)), named)

    def _said(
        self, question: Question, filters: Filters, speakers: frozenset[str]
    ) -> Answer | None:
        transcripts = self._outliner.transcripts(filters)
        entries = self._outliner.exchanges(transcripts, filters, speakers)
        return self._quoted(question, entries, words_of(speakers, question.language))

    def _outlined(self, question: Question, filters: Filters, kind: Kind) -> Answer | None:
        found = self._outliner.transcripts(filters)
        chosen = found if _chooses(filters) else found[:1]
        if kind == "speakers":
            entries = self._outliner.first_words(chosen, filters)
            turns = self._outliner.turns(chosen, filters)
            notice = who_spoke(chosen, turns, len(found), question.language)
            return self._quoted(question, entries, notice)
        entries = self._outliner.exchanges(chosen, filters)
        return self._quoted(question, entries, outlines(chosen, len(found), question.language))

    def _quoted(self, question: Question, entries: Sequence[Entry], notice: str) -> Answer | None:
        """An answer that quotes the first entries, as far as they are borne out."""
        language = question.language
        more = left_out(len(entries) - MAX_ENTRIES, language)
        answer = _answer(question, OUTLINE, "", joined((notice, more), language))
        for entry in entries[:MAX_ENTRIES]:
            for checked in map(self._check, entry.drafts(language)):
                if isinstance(checked, Checked):
                    answer = with_claim(answer, checked)
        return answer if answer.claims else None

    @cached_property
    def _requests(self) -> Requests:
        return Requests(kept_vectors(self._kept, self._embedder, prototype_texts()))

    @cached_property
    def _outliner(self) -> Outliner:
        courteous = kept_vectors(self._kept, self._embedder, courtesies())
        return Outliner(self._index, Substance(self._index, courteous))

    @cached_property
    def _check(self) -> Check:
        return Verifier(self._index.transcripts.__getitem__, None).check


def _chooses(filters: Filters) -> bool:
    """Whether the filters choose transcripts; who speaks in them does not."""
    return bool(filters.transcripts or filters.since or filters.until)


def _answer(question: Question, generator: str, text: str, notice: str = "") -> Answer:
    return Answer(
        question=question.text,
        standalone_question=question.standalone,
        language=question.language,
        status="answered",
        text=text,
        claims=(),
        citations=(),
        nearest=(),
        confidence=1.0,
        generator=generator,
        notice=notice,
    )
