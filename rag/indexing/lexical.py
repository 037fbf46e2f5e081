"""The word index: BM25 over the passages (bm25s), and how rare each term is."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from rag.text.language import terms


class LexicalIndex:
    """BM25 scores of a question against every passage, in the order they were given.

    Parameters k1 = 1.5, b = 0.75 and the Lucene form of the idf are the library's defaults
    (Lù, BM25S, 2024).
    """

    def __init__(self, bm25: bm25s.BM25 | None, frequencies: dict[str, int], size: int) -> None:
        self._bm25 = bm25
        self._frequencies = frequencies
        self.size = size

    @classmethod
    def build(cls, texts: Sequence[str]) -> LexicalIndex:
        """An index over ``texts``. Texts without a single term are legal and never match."""
        # Terms by their numbers, which take an eighth of the memory and stand in the order in which
        # they are met: the same texts make the same files.
        numbers: dict[str, int] = {}
        numbered = [[numbers.setdefault(t, len(numbers)) for t in terms(text)] for text in texts]
        if not numbers:
            return cls(None, {}, len(texts))
        counts = np.zeros(len(numbers), dtype=np.intp)
        for text in numbered:
            counts[list(set(text))] += 1
        frequencies = dict(zip(numbers, counts.tolist(), strict=True))
        bm25 = bm25s.BM25()
        bm25.index((numbered, numbers), show_progress=False)
        return cls(bm25, frequencies, len(texts))

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``, which is made."""
        folder.mkdir(parents=True)
        if self._bm25 is not None:
            self._bm25.save(str(folder), show_progress=False)
        (folder / "frequencies.json").write_text(
            json.dumps({"size": self.size, "frequencies": self._frequencies}, ensure_ascii=False),
            encoding="utf-8",
        )

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read what :meth:`save` wrote. Raises OSError, ValueError or KeyError if damaged."""
        stored = json.loads((folder / "frequencies.json").read_text(encoding="utf-8"))
        frequencies: dict[str, int] = stored["frequencies"]
        bm25 = bm25s.BM25.load(str(folder), mmap=True, show_progress=False) if frequencies else None
        return cls(bm25, frequencies, int(stored["size"]))

    def scores(self, wanted: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every passage for these terms, shape (size,); zeros where none is known."""
        known = [term for term in wanted if self.knows(term)]
        if self._bm25 is None or not known:
            return np.zeros(self.size, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32)

    def knows(self, term: str) -> bool:
        """Whether any passage has the term."""
        return term in self._frequencies

    def rarity(self, term: str) -> float:
        """The inverse document frequency of a term, ln(1 + (N - n + .5) / (n + .5)).

        A term that occurs nowhere gets the highest value: it is what the corpus lacks.
        """
        count = self._frequencies.get(term, 0)
        return math.log(1 + (self.size - count + 0.5) / (count + 0.5))
