"""The vectors once more, as matrices in mapped files: cosines with passages known by number.

Chroma finds the nearest of all vectors within milliseconds and says how near each is. What else a
question needs takes it long: among 20,000 passages, searching the 600 that a filter leaves took
35 ms, reading 1,000 vectors back 46 ms. The same rows of a mapped file take a fraction of a
millisecond. So these are computed here, exactly: what filters leave, what other ways than nearness
propose, and sentences, which are no members of the collection.

They are kept in bytes, each row with a scale of its own: a quarter of single precision, by which
a cosine changes by .0002 as a rule (docs/decisions.md).
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
# So many rows are made single precision at a time.
_AT_ONCE = 16_384
_MOST = 127
_TINY = 1e-9
_ALL = slice(None)


class Packed:
    """Unit vectors in bytes, which are single precision again when they are asked for.

    Args:
        rows: shape (rows,), each a ``scale`` and ``values``, which times the scale are the vector.
    """

    def __init__(self, rows: NDArray[np.void]) -> None:
        self.rows = rows

    @classmethod
    def of(cls, vectors: Vector) -> Packed:
        """Unit vectors of shape (rows, dimension), which are of unit length again as they are kept.

        What was packed before is packed to the same.
        """
        rows = np.empty(len(vectors), dtype=packed_type(vectors.shape[1]))
        largest = np.abs(vectors).max(axis=1, initial=_TINY)
        rows["values"] = np.rint(vectors * (_MOST / largest)[:, None])
        # Sums of integers, which are the same on every machine.
        squares = np.square(rows["values"], dtype=np.int32).sum(axis=1)
        rows["scale"] = 1 / np.sqrt(np.maximum(squares, 1))
        return cls(rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int(self.rows.dtype["values"].shape[0])

    def __getitem__(self, chosen: slice | Rows | NDArray[np.bool_] | list[int]) -> Vector:
        """The vectors of some rows, shape (chosen, dimension)."""
        rows = self.rows[chosen]
        return np.asarray(rows["values"] * rows["scale"][:, None])

    def dot(self, vector: Vector, chosen: slice | Rows = _ALL) -> Cosines:
        """The product of each of some rows with a vector, shape (chosen,)."""
        rows = self.rows[chosen]
        found = np.empty(len(rows), dtype=np.float32)
        for first in range(0, len(rows), _AT_ONCE):
            part = rows[first : first + _AT_ONCE]
            # Not ``@``: the threads of a BLAS spin while they wait for each other, and on a busy
            # machine 1,400 rows then took 11 ms instead of 0.3.
            np.einsum("ij,j->i", part["values"].astype(np.float32), vector,
                      out=found[first : first + len(part)])  # fmt: skip
        return np.asarray(found * rows["scale"])


def packed_type(dimension: int) -> np.dtype[np.void]:
    """How a row of so many numbers is kept."""
    return np.dtype([("scale", "<f4"), ("values", "i1", (dimension,))])


def save_matrix(folder: Path, kind: str, vectors: Vector) -> None:
    """Write vectors of shape (rows, dimension) for :meth:`Matrices.open`. Raises OSError."""
    np.save(folder / f"{kind}.npy", Packed.of(vectors).rows)


class Matrices:
    """The unit vectors of the passages and of their sentences, both in the passages' order.

    Args:
        passages: shape (passages, dimension).
        sentences: shape (sentences, dimension).
        counts: how many sentences each passage has, one at least.
    """

    def __init__(self, passages: Packed, sentences: Packed, counts: Sequence[int] | Counts) -> None:
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
        return cls(Packed(passages), Packed(sentences), counts)

    def cosines(self, rows: Rows, vector: Vector) -> Cosines:
        """The cosine of each of these passages as a whole, shape (len(rows),)."""
        # Gathering rows costs more than multiplying them: beyond some share, all are multiplied.
        if 4 * len(rows) > len(self.passages):
            return self.passages.dot(vector)[rows]
        return self.passages.dot(vector, rows)

    def mean(self, chosen: NDArray[np.bool_]) -> Vector:
        """The mean of the passages chosen, of which there is one at least; shape (dimension,)."""
        total = np.zeros(self.passages.dimension, dtype=np.float64)
        for first in range(0, len(self.passages), _AT_ONCE):
            part = self.passages[slice(first, first + _AT_ONCE)]
            total += part[chosen[first : first + _AT_ONCE]].sum(axis=0, dtype=np.float64)
        return np.asarray(total / chosen.sum(), dtype=np.float32)

    def nearest_sentences(self, rows: Rows, vector: Vector) -> Cosines:
        """The cosine of each passage's nearest sentence, shape (len(rows),)."""
        counts = self._first[rows + 1] - self._first[rows]
        starts = np.cumsum(counts) - counts
        places = np.arange(counts.sum()) + np.repeat(self._first[rows] - starts, counts)
        return np.asarray(np.maximum.reduceat(self.sentences.dot(vector, places), starts))

    def sentence_vectors(self, places: Sequence[tuple[int, int]]) -> Vector:
        """The vectors of sentences, each given by its passage's row and its number there."""
        rows = [self._first[row] + number for row, number in places]
        return self.sentences[rows]

    def sentence_cosines(self, row: int, vector: Vector) -> Cosines:
        """The cosine of each of one passage's sentences, in order."""
        return self.sentences.dot(vector, slice(self._first[row], self._first[row + 1]))

    def sentences_of(self, row: int) -> Vector:
        """The vectors of one passage's sentences, in order."""
        return self.sentences[self._first[row] : self._first[row + 1]]
