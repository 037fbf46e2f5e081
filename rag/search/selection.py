"""Selecting the sentences that answer from the best passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.embedders.embedding import Vector
from rag.indexing.index import Index
from rag.search.confidence import Read
from rag.search.ranking import DENSE_WEIGHT_ACROSS, Wanted, penalties, standardise
from rag.search.reading import SENTENCE_SHARE, Told, likelihood
from rag.search.reading_on import read_on
from rag.text.concepts import coverage
from rag.text.language import is_chinese, terms
from rag.types import Filters, Hit, Question, ScoredSentence

# A sentence with fewer terms ("Thank you for your questions.") is near to every question and
# answers none.
_MIN_TERMS = 3
# What a passage's own score adds to that of its sentences: on the dev half of the page-10 set
# .785 of the required facts are quoted with it, .776 without (n 55).
_PASSAGE_SHARE = 0.3


def select(
    index: Index, question: Question, vector: Vector, wanted: Wanted, hits: Sequence[Hit],
    dense_weight: float, told: Told | None = None,
) -> tuple[Read, ...]:  # fmt: skip
    """All sentences of the hits, best first, each once however many copies of it there are.

    ``told`` is what a reader says of them, where there is one.
    """
    seen: set[int] = set()
    worded = [
        (hit, n, said)
        for hit in hits
        for n in range(len(hit.passage.sentences))
        if len(said := terms(hit.passage.sentence_text(n))) >= _MIN_TERMS
        and index.copies.is_first(index.position[hit.passage.id], n, seen)
    ]
    places = [(hit, n) for hit, n, _ in worded]
    if not places:
        return ()
    near = {
        hit.passage.id: index.matrices.sentence_cosines(index.position[hit.passage.id], vector)
        for hit in hits
    }
    cosines = [float(near[hit.passage.id][n]) for hit, n in places]
    rarity = index.words.rarity
    texts = [hit.passage.sentence_text(n) for hit, n in places]
    named = [
        coverage(wanted.of(text), set(said), rarity)
        for text, (_, _, said) in zip(texts, worded, strict=True)
    ]
    dense = standardise(np.array(cosines))
    words = standardise(np.array(named))
    own = is_chinese(question.standalone) == is_chinese(" ".join(texts))
    weight = dense_weight if own else DENSE_WEIGHT_ACROSS
    scores = weight * dense + (1 - weight) * words
    scores += _PASSAGE_SHARE * np.array([hit.score for hit, _ in places])
    scores -= penalties([hit.passage for hit, _ in places], question, Filters())
    if told:
        likely = np.array([likelihood(told, hit.passage, n) for hit, n in places])
        scores += SENTENCE_SHARE * likely
    found = [
        ScoredSentence(hit.passage, n, float(score))
        for (hit, n), score in zip(places, scores, strict=True)
    ]
    scores = read_on(question, found)
    order = np.lexsort((np.arange(len(places)), -scores))
    return tuple(
        Read(replace(found[i], score=float(scores[i])), cosines[i], frozenset(worded[i][2]))
        for i in order
    )
