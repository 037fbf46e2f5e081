"""Finding the evidence: the passages for a question, and the sentences that answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from rag.embedding.embedder import Embedder, Vector
from rag.indexing.index import Index
from rag.questions.about_asking import is_about_asking
from rag.questions.names import Speakers, name_keys
from rag.questions.unknown_names import unknown_names
from rag.reader.fallback import notices
from rag.reader.reader import Reader
from rag.search.confidence import Features, Read, confidence, features_of, refusal_reason
from rag.search.follow_up import ReadingOn, settle, unsaid
from rag.search.ranking import Ranker, Wanted
from rag.search.read_passages import PASSAGES_READ, Told, in_new_order, log_odds, read_passages
from rag.search.reranking import DEPTH, Reranker
from rag.search.selection import select
from rag.search.steps import Steps
from rag.telemetry import span
from rag.text.concepts import coverage
from rag.text.language import detect_language, terms
from rag.types import Evidence, Filters, Hit, Question, ScoredSentence

# This share of what is asked about, weighted by rarity, makes a sentence one about it.
_NAMED = 0.5
# Where no reader tells, the sentences of so many passages are compared.
_COMPARED = 6
# So much of an earlier answer is looked for again; more would not fit every model's window.
_QUOTED_FROM = 600


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as the two indexes are asked for it."""

    question: Question
    vector: Vector
    wanted: Wanted


class Retriever:
    """Searches one index. Holds no state of a question; safe to share between threads."""

    def __init__(
        self, index: Index, embedder: Embedder, dense_weight: float,
        reranker: Reranker | None = None, reader: Reader | None = None, steps: Steps = Steps(),
    ) -> None:  # fmt: skip
        self._index = index
        self._embedder = embedder
        self._steps = steps
        self._ranker = Ranker(index, dense_weight, steps)
        self._reranker = reranker
        self._reader = reader
        self._reading_on = ReadingOn(index, embedder)

    def read(self, question: Question, filters: Filters = Filters()) -> Question:
        """The question as it is searched for: a follow-up read as what is found for it bids.

        What a reporter known to the corpus asked or claimed is a question about asking, too.
        """
        if not (question.readings and self._steps.settling):
            return self._of_reporters(question)
        vector = self._embedder.embed_question(question.readings[0].standalone)

        def find(reading: Question) -> Sequence[Read]:
            asked = self._asked(self._of_reporters(reading))
            return self._sentences(asked, self._rank(asked, _COMPARED, filters))

        def near(sentence: ScoredSentence) -> float:
            row = self._index.passages.row(sentence.passage.id)
            return float(self._index.matrices.sentence_cosines(row, vector)[sentence.number])

        return self._of_reporters(settle(question, find, near))

    def _of_reporters(self, question: Question) -> Question:
        return replace(question, about_asking=self.is_about_asking(question))

    def is_about_asking(self, question: Question) -> bool:
        """Whether it asks what the reporters, or outlets known to the corpus, asked or claimed."""
        return question.about_asking or is_about_asking(
            self.speakers.as_reporters(question.standalone)
        )

    def search(self, question: Question, count: int, filters: Filters) -> tuple[Hit, ...]:
        """The best passages for a question, best first, at most ``count``."""
        asked = self._asked(self.read(question, filters))
        return self._told(asked, count, filters)[0]

    def nearest(self, question: Question, count: int, filters: Filters) -> tuple[Hit, ...]:
        """The best passages, ranked without the reader, as they are shown beside a refusal."""
        return self._rank(self._asked(self.read(question, filters)), count, filters)

    @cached_property
    def speakers(self) -> Speakers:
        """Tells whom a question names, who may speak in transcripts of either script."""
        known = self._index.vocabulary
        return Speakers(known.people, known.outlets, in_both_scripts=True)

    def asks_for_more(self, question: Question) -> bool:
        """Whether a question asks to read on from the last quote."""
        return self._reading_on.is_asked_for(question, self._ranker.nearness)

    def unknown_names(self, question: Question) -> tuple[str, ...]:
        """The names in a question of which the corpus knows no word."""
        return self._names_beyond(question, self._knows)

    def is_named(self, text: str, sentences: Sequence[ScoredSentence]) -> bool:
        """Whether one of the sentences names most of what a text speaks of, in either language."""
        wanted = Wanted(text).of
        rarity = self._index.words.rarity
        for said in (sentence.text for sentence in sentences):
            subject = wanted(said)
            if subject and coverage(subject, frozenset(terms(said)), rarity) >= _NAMED:
                return True
        return False

    def gather(self, question: Question, filters: Filters, count: int = 10) -> Evidence:
        """Passages, their sentences scored, and how sure one can be that they answer."""
        if self.asks_for_more(question):
            alone = question.readings[0] if question.readings else question
            return self._reading_on.evidence(alone, self._quoted_in, filters)
        question = self.read(question, filters)
        asked = self._asked(question)
        with notices() as heard:
            hits, told = self._told(asked, count, filters)
            read = self._sentences(asked, hits, told)
        features = self._features(question, read, told)
        sentences = tuple(r.sentence for r in read)
        may_answer = any(s.passage.role in question.evidence_roles for s in sentences)
        sure = confidence(features) if features and may_answer else 0.0
        if question.all_asked and may_answer:
            sure = 1.0  # Whatever a reporter asked answers it.
        reason = refusal_reason(features, question.language)
        return Evidence(question, hits, sentences, sure, reason, " ".join(heard))

    def features(self, question: Question, filters: Filters) -> Features | None:
        """What the confidence is computed from; for calibration."""
        asked = self._asked(self.read(question, filters))
        hits, told = self._told(asked, PASSAGES_READ, filters)
        return self._features(asked.question, self._sentences(asked, hits, told), told)

    def _told(self, asked: _Asked, count: int, filters: Filters) -> tuple[tuple[Hit, ...], Told]:
        """The best passages, and what the reader, where there is one, says of those it reads."""
        if self._reader is None:
            return self._rank(asked, count, filters), {}
        hits = self._rank(asked, max(count, PASSAGES_READ), filters)
        told = read_passages(self._reader, self._index, asked.question, hits)
        return in_new_order(hits, told)[:count], told

    def _quoted_in(self, words: str) -> Sequence[Hit]:
        """The passages that may be quoted in what the assistant said."""
        asked = self._asked(Question(words, words[:_QUOTED_FROM], detect_language(words)))
        return self._rank(asked, DEPTH, Filters())

    def _asked(self, question: Question) -> _Asked:
        text = question.standalone
        wanted = Wanted(text, translated=self._steps.dictionary)
        return _Asked(question, self._embedder.embed_question(text), wanted)

    def _rank(self, asked: _Asked, count: int, filters: Filters) -> tuple[Hit, ...]:
        """The best passages by the ranker, and by the reranker where there is one."""
        deep = count if self._reranker is None else max(count, DEPTH)
        with span("search", operation="retrieval", passages=len(self._index.passages)) as step:
            hits = self._ranker.rank(asked.question, asked.vector, asked.wanted, deep, filters)
            if self._reranker is not None:
                hits = self._reranker.rerank(asked.question, hits, filters)
            step.note(hits=len(hits[:count]), reranked=self._reranker is not None)
            step.quote(found=(hit.passage.text for hit in hits[:count]))
        return hits[:count]

    def _sentences(
        self, asked: _Asked, hits: Sequence[Hit], told: Told | None = None
    ) -> Sequence[Read]:
        """The sentences of the hits, best first; to a fresh reading, those not shown before."""
        text, best = asked.question.standalone, hits[: PASSAGES_READ if told else _COMPARED]
        read = select(self._index, text, asked.vector, asked.wanted, best, told)
        return unsaid(read, asked.question.said) if asked.question.fresh else read

    def _features(self, question: Question, read: Sequence[Read], told: Told) -> Features | None:
        if question.fresh:
            # What was put behind the question was said already; what it asks itself is in doubt.
            question = replace(question, standalone=" ".join(question.text.split()))
        names = partial(self._names_beyond, question)
        return features_of(question, read, log_odds(told), self.unknown_names(question), names)

    def _names_beyond(self, question: Question, knows: Callable[[str], bool]) -> tuple[str, ...]:
        """The names in a question of which some terms are not known."""
        return unknown_names(question.standalone, knows, self._names)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return name_keys(self._index.vocabulary.names)

    def _knows(self, term: str) -> bool:
        return self._index.words.knows(term) or term in self._titles

    @cached_property
    def _titles(self) -> frozenset[str]:
        """The terms of what the transcripts are called and who published them."""
        transcripts = self._index.transcripts.values()
        return frozenset(term for t in transcripts for term in terms(f"{t.title} {t.publisher}"))
