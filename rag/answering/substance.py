"""Which sentence of a speech has substance, told by the embedder: no courtesy, no aside.

A sentence is a courtesy where it is nearer to one of ``courtesies.jsonl`` than to the mean of all
sentences of its transcript. Of the rest the first is taken that is about as near to the mean of the
speech as any, where a longer sentence counts for more. Looked at on the transcript in ``corpus/``,
the practice corpus and four briefings of ``eval/sets/reading`` (some 90 speeches): no greeting and
no thank-you is left, and the sentence mostly stands by itself. The nearest sentence of all often is
a detail from the middle. What the bundled reader finds likeliest to answer the reporter's question
is as good where it is sure, an aside where it is not ("That is a very real question"), and takes
0.3 s a speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from rag.embedding.embedder import Vector
from rag.indexing.index import Index
from rag.text.data_file import data_rows
from rag.types import ScoredSentence

# How far below the nearest sentence the first of substance may lie, in standard deviations of the
# speech's cosines: by 2 and more, asides ("They will.") are among them, by 1 details are.
_WITHIN = 1.5
# How much nearer to its transcript than to a courtesy a sentence must be, in cosines; where none of
# a speech is, it need not be nearer by anything. Of the practice corpus's 811 sentences 75 are
# no nearer than that: each of its courtesies and short asides ("So yes, it works.").
_NEARER = 0.035


@lru_cache(maxsize=1)
def courtesies() -> tuple[str, ...]:
    """What is said in every briefing and tells nothing of it."""
    return tuple(row["text"] for row in data_rows("rag.answering", "courtesies.jsonl"))


class Substance:
    """Finds sentences of substance in one index.

    Args:
        index: whose sentences are looked at.
        courteous: the vectors of :func:`courtesies` as questions, shape (courtesies, dimension).
    """

    def __init__(self, index: Index, courteous: Vector) -> None:
        self._index = index
        self._courteous = courteous
        self._mean = cache(self._mean_of)

    def first(self, sentences: Sequence[ScoredSentence]) -> ScoredSentence | None:
        """The first sentence of substance of a speech; None where all of it is courtesy."""
        real = self.of(sentences)
        if not real:
            return None
        vectors = self._vectors(real)
        lengths = np.array([len(sentence.text) for sentence in real], dtype=np.float32)
        mean = _unit(np.einsum("ij,i->j", vectors, lengths))
        cosines = np.einsum("ij,j->i", vectors, mean)
        return real[int(np.argmax(cosines >= cosines.max() - _WITHIN * cosines.std()))]

    def of(self, sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
        """Those that are no courtesies, in their order."""
        if not sentences:
            return []
        vectors = self._vectors(sentences)
        courteous = np.einsum("ij,kj->ik", vectors, self._courteous).max(axis=1)
        mean = self._mean(sentences[0].passage.transcript_id)
        nearer = np.einsum("ij,j->i", vectors, mean) - courteous
        for least in (_NEARER, 0.0):
            if (nearer > least).any():
                return [s for s, by in zip(sentences, nearer, strict=True) if by > least]
        return []

    def _vectors(self, sentences: Sequence[ScoredSentence]) -> Vector:
        places = [(self._index.passages.row(s.passage.id), s.number) for s in sentences]
        return self._index.matrices.sentence_vectors(places)

    def _mean_of(self, transcript_id: str) -> Vector:
        rows = self._index.passages.rows_of(transcript_id)
        vectors = [self._index.matrices.sentences_of(row) for row in rows]
        return _unit(np.concatenate(vectors).mean(axis=0))


def _unit(vector: Vector) -> Vector:
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
