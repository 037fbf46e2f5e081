"""Finding the evidence: the passages for a question, and the sentences that answer it."""

from __future__ import annotations

from rag.confidence import Features, confidence
from rag.embedding import Embedder
from rag.index import Index
from rag.ranking import Ranker, Wanted
from rag.selection import select
from rag.types import Evidence, Filters, Hit, Question, ScoredSentence

# How many passages are read for the sentences that answer.
_PASSAGES_READ = 6


class Retriever:
    """Searches one index. Holds no state of a question; safe to share between threads."""

    def __init__(self, index: Index, embedder: Embedder, dense_weight: float) -> None:
        self._index = index
        self._embedder = embedder
        self._dense_weight = dense_weight
        self._ranker = Ranker(index, dense_weight)

    def search(self, question: Question, count: int, filters: Filters) -> tuple[Hit, ...]:
        """The best passages for a question, best first, at most ``count``."""
        vector = self._embedder.embed_question(question.standalone)
        return self._ranker.rank(question, vector, Wanted(question.standalone), count, filters)

    def gather(self, question: Question, filters: Filters, count: int = 10) -> Evidence:
        """Passages, their sentences scored, and how sure one can be that they answer."""
        hits, sentences, features = self._read(question, filters, count)
        sure = confidence(features) if features else 0.0
        if question.all_asked and any(s.passage.role == "reporter" for s in sentences):
            sure = 1.0  # Whatever a reporter asked answers it.
        return Evidence(question, hits, sentences, sure)

    def features(self, question: Question, filters: Filters) -> Features | None:
        """What the confidence is computed from; for calibration."""
        return self._read(question, filters, _PASSAGES_READ)[2]

    def _read(
        self, question: Question, filters: Filters, count: int
    ) -> tuple[tuple[Hit, ...], tuple[ScoredSentence, ...], Features | None]:
        vector = self._embedder.embed_question(question.standalone)
        wanted = Wanted(question.standalone)
        hits = self._ranker.rank(question, vector, wanted, count, filters)
        read = hits[:_PASSAGES_READ]
        return hits, *select(self._index, question, vector, wanted, read, self._dense_weight)
