"""The vectors once more, as matrices in mapped files: cosines with passages known by number.

Chroma finds the nearest of all vectors within milliseconds and says how near each is. What else a
question needs takes it long: among 20,000 passages, searching the 600 that a filter leaves took
35 ms, reading 1,000 vectors back 46 ms. The same rows of a mapped file take a fraction of a
millisecond. So these are computed here, exactly: what filters leave, what other ways than nearness
propose, and sentences, which are no members of the collection.

They are kept in half precision: a cosine differs from that of single precision by less than .0005,
and the file, of which a question touches some rows only, is half as large.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding.embedder import Vector

Rows = NDArray[np.intp]
Cosines = NDArray[np.float32]
Counts = NDArray[np.int32]
Halves = NDArray[np.float16]
# So many rows are made single precision at a time.
_AT_ONCE = 16_384


def save_matrix(folder: Path, kind: str, vectors: Vector) -> None:
    """Write vectors of shape (rows, dimension) for :meth:`Matrices.open`. Raises OSError."""
    np.save(folder / f"{kind}.npy", vectors.astype(np.float16))


class Matrices:
    """The unit vectors of the passages and of their sentences, both in the passages' order.

    Args:
        passages: shape (passages, dimension).
        sentences: shape (sentences, dimension).
        counts: how many sentences each passage has, one at least.
    """

    def __init__(self, passages: Halves, sentences: Halves, counts: Sequence[int] | Counts) -> None:
        self.passages = passages
        self.sentences = sentences
        self._first = np.concatenate(([0], np.cumsum(counts, dtype=np.intp)))

    @classmethod
    def open(cls, folder: Path, counts: Sequence[int] | Counts) -> Matrices:
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

    def mean(self, chosen: NDArray[np.bool_]) -> Vector:
        """The mean of the passages chosen, of which there is one at least; shape (dimension,)."""
        total = np.zeros(self.passages.shape[1], dtype=np.float64)
        for first in range(0, len(self.passages), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            total += self.passages[part][chosen[part]].sum(axis=0, dtype=np.float64)
        return np.asarray(total / chosen.sum(), dtype=np.float32)

    def nearest_sentences(self, rows: Rows, vector: Vector) -> Cosines:
        """The cosine of each passage's nearest sentence, shape (len(rows),)."""
        counts = self._first[rows + 1] - self._first[rows]
        starts = np.cumsum(counts) - counts
        places = np.arange(counts.sum()) + np.repeat(self._first[rows] - starts, counts)
        return np.asarray(np.maximum.reduceat(_dot(self.sentences[places], vector), starts))

    def sentence_vectors(self, places: Sequence[tuple[int, int]]) -> Vector:
        """The vectors of sentences, each given by its passage's row and its number there."""
        rows = [self._first[row] + number for row, number in places]
        return self.sentences[rows].astype(np.float32)

    def sentence_cosines(self, row: int, vector: Vector) -> Cosines:
        """The cosine of each of one passage's sentences, in order."""
        return _dot(self.sentences[self._first[row] : self._first[row + 1]], vector)

    def sentences_of(self, row: int) -> Vector:
        """The vectors of one passage's sentences, in order."""
        return self.sentences[self._first[row] : self._first[row + 1]].astype(np.float32)


def _dot(vectors: Halves, vector: Vector) -> Cosines:
    # Not ``@``: the threads of a BLAS spin while they wait for each other, and on a busy machine
    # 1,400 rows then took 11 ms instead of 0.3.
    found = np.empty(len(vectors), dtype=np.float32)
    for first in range(0, len(vectors), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        np.einsum("ij,j->i", vectors[part].astype(np.float32), vector, out=found[part])
    return found
