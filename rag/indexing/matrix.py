"""The vectors once more, as matrices in mapped files: cosines with passages known by number.

Chroma finds the nearest of all vectors within milliseconds and says how near each is. What else a
question needs takes it long: among 20,000 passages, searching the 600 that a filter leaves took
35 ms, reading 1,000 vectors back 46 ms. The same rows of a mapped file take a fraction of a
millisecond. So these are computed here, exactly: what filters leave, what other ways than nearness
propose, and sentences, which are no members of the collection.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding.embedder import Vector

Rows = NDArray[np.intp]
Cosines = NDArray[np.float32]


def save_matrix(folder: Path, kind: str, vectors: Vector) -> None:
    """Write vectors of shape (rows, dimension) for :meth:`Matrices.open`. Raises OSError."""
    np.save(folder / f"{kind}.npy", vectors)


class Matrices:
    """The unit vectors of the passages and of their sentences, both in the passages' order.

    Args:
        passages: shape (passages, dimension).
        sentences: shape (sentences, dimension).
        counts: how many sentences each passage has, one at least.
    """

    def __init__(self, passages: Vector, sentences: Vector, counts: Sequence[int]) -> None:
        self.passages = passages
        self.sentences = sentences
        self._first = np.concatenate(([0], np.cumsum(counts, dtype=np.intp)))

    @classmethod
    def open(cls, folder: Path, counts: Sequence[int]) -> Matrices:
        """What :func:`save_matrix` wrote. Raises OSError or ValueError if damaged or another's."""
        try:
            passages, sentences = (
                np.load(folder / f"{kind}.npy", mmap_mode="r") for kind in ("passages", "sentences")
            )
        except EOFError as error:
            raise ValueError("a matrix is empty") from error
        if (len(passages), len(sentences)) != (len(counts), sum(counts)):
            raise ValueError("the matrices are another's")
        return cls(passages, sentences, counts)

    def cosines(self, rows: Rows, vector: Vector) -> Cosines:
        """The cosine of each of these passages as a whole, shape (len(rows),)."""
        # Gathering rows costs more than multiplying them: beyond some share, all are multiplied.
        if 4 * len(rows) > len(self.passages):
            return _dot(self.passages, vector)[rows]
        return _dot(self.passages[rows], vector)

    def nearest_sentences(self, rows: Rows, vector: Vector) -> Cosines:
        """The cosine of each passage's nearest sentence, shape (len(rows),)."""
        counts = self._first[rows + 1] - self._first[rows]
        starts = np.cumsum(counts) - counts
        places = np.arange(counts.sum()) + np.repeat(self._first[rows] - starts, counts)
        return np.asarray(np.maximum.reduceat(_dot(self.sentences[places], vector), starts))

    def sentence_vectors(self, places: Sequence[tuple[int, int]]) -> Vector:
        """The vectors of sentences, each given by its passage's row and its number there."""
        return np.asarray(self.sentences[[self._first[row] + number for row, number in places]])

    def sentence_cosines(self, row: int, vector: Vector) -> Cosines:
        """The cosine of each of one passage's sentences, in order."""
        return _dot(self.sentences_of(row), vector)

    def sentences_of(self, row: int) -> Vector:
        """The vectors of one passage's sentences, in order."""
        return self.sentences[self._first[row] : self._first[row + 1]]


def _dot(vectors: Vector, vector: Vector) -> Cosines:
    # Not ``@``: the threads of a BLAS spin while they wait for each other, and on a busy machine
    # 1,400 rows then took 11 ms instead of 0.3.
    return np.asarray(np.einsum("ij,j->i", vectors, vector))
