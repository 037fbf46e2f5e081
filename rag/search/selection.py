"""Selecting the sentences that answer from the best passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.embedding.embedder import Vector
from rag.indexing.index import Index
from rag.search.confidence import Read
from rag.search.ranking import DENSE_WEIGHT_ACROSS, Scores, Wanted, standardise
from rag.search.read_passages import SENTENCE_SHARE, Told, likelihood
from rag.text.concepts import coverage
from rag.text.language import is_chinese, terms
from rag.types import Hit, ScoredSentence

# A sentence with fewer terms ("Thank you for your questions.") is near to every question and
# answers none.
_MIN_TERMS = 3
# Words count as much as they do for passages, but not in one language where a reader tells: there
# they lose. On the page-10 dev half .718 of the facts are quoted so, .671 with a share of .2 (n
# 42), on the practice set .497 and .497 (n 124). Across languages the first sentence gives .581 of
# them so, .512 without words (n 43), there .379 and .364 (n 70).
_WORD_SHARE, _WORD_SHARE_ACROSS, _PASSAGE_SHARE = 0.4, 1 - DENSE_WEIGHT_ACROSS, 0.3


def select(
    index: Index, question: str, vector: Vector, wanted: Wanted, hits: Sequence[Hit],
    told: Told | None = None,
) -> tuple[Read, ...]:  # fmt: skip
    """All sentences of the hits, best first, each once however many copies of it there are.

    By how near they are to the question, how many of the words that are wanted they have and, where
    it was ``told``, what a reader says of them; without one their passage's score counts, too.

    Args:
        index: the index of the hits.
        question: what is asked, its ``vector``, shape (dimension,), and what is ``wanted``.
        hits: passages, best first.
        told: of each passage that a reader read, its probabilities.
    """
    seen: set[int] = set()
    places = [
        ScoredSentence(hit.passage, n, 0.0)
        for hit in hits
        for n in range(len(hit.passage.sentences))
        if len(terms(hit.passage.sentence_text(n))) >= _MIN_TERMS
        and index.copies.is_first(index.passages.row(hit.passage.id), n, seen)
    ]
    if not places:
        return ()
    near = {
        hit.passage.id: index.matrices.sentence_cosines(index.passages.row(hit.passage.id), vector)
        for hit in hits
    }
    cosines = np.array([float(near[place.passage.id][place.number]) for place in places])
    scores = standardise(cosines)
    own = is_chinese(question) == is_chinese(" ".join(place.text for place in places))
    share = _WORD_SHARE if own else _WORD_SHARE_ACROSS
    if not (own and told):
        scores = (1 - share) * scores + share * standardise(_worded(index, wanted, places))
    if told:
        likely = [likelihood(told, place.passage, place.number) for place in places]
        scores += SENTENCE_SHARE * np.array(likely)
    else:
        of_passage = {hit.passage.id: _PASSAGE_SHARE * hit.score for hit in hits}
        scores += np.array([of_passage[place.passage.id] for place in places])
    read = [
        Read(replace(place, score=float(score)), float(cosine))
        for place, score, cosine in zip(places, scores, cosines, strict=True)
    ]
    return tuple(sorted(read, key=lambda one: -one.sentence.score))


def _worded(index: Index, wanted: Wanted, places: Sequence[ScoredSentence]) -> Scores:
    texts = [place.text for place in places]
    rarity = index.words.rarity
    return np.array([coverage(wanted.of(text), set(terms(text)), rarity) for text in texts])
