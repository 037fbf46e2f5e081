"""Examples as arrays of pieces, in one file that training reads without any of our packages.

Each text is tokenised once; an example names its texts by their numbers. Pieces are numbered anew
among those that occur, so that only their embeddings travel with the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.reader.layout import Laid, lay

Array = NDArray[Any]
# Passages of one question that a batch holds together: more would be the batch.
_CONTRASTED = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One example by the numbers of its texts.

    ``label`` is -1 for a question, else the place in LABELS. ``stated``: whether the passage
    states what is asked; ``marks``: of each sentence 1 where it does, 0 where not, -1 unknown.
    ``group`` is the number of the question that several passages are read for.
    """

    asked: int
    about: int
    before: int
    sentences: tuple[int, ...]
    marks: tuple[int, ...]
    label: int
    stated: bool
    weight: float
    part: int
    group: int

    def within(self, start: int, end: int) -> Row:
        """The row with these of its sentences alone, whose marks must be known."""
        marks = self.marks[start:end]
        stated = any(mark == 1 for mark in marks)
        return replace(self, sentences=self.sentences[start:end], marks=marks, stated=stated)


@dataclass(slots=True)
class Pack:
    """Rows, their texts in pieces, and the names of the parts that the rows are of."""

    texts: Sequence[Sequence[int]]
    rows: list[Row]
    parts: list[str]

    def laid(self, row: Row, *, about: bool = True, before: bool = True) -> Laid:
        """The sequence of a row, with or without what stands around the sentences."""
        return lay(
            self.texts[row.asked],
            self.texts[row.about] if about else (),
            self.texts[row.before] if before else (),
            [self.texts[s] for s in row.sentences],
        )

    def of(self, *parts: str) -> list[int]:
        """The numbers of the rows whose part begins with one of these."""
        wanted = {i for i, part in enumerate(self.parts) if part.startswith(parts)}
        return [number for number, row in enumerate(self.rows) if row.part in wanted]


def save(pack: Pack, vocabulary: Array, path: Path) -> None:
    """Write a pack; its texts already hold the places of pieces in ``vocabulary``."""
    flat, ends = _ragged(pack.texts)
    sentences, sentence_ends = _ragged([r.sentences for r in pack.rows])
    marks, _ = _ragged([r.marks for r in pack.rows])
    np.savez_compressed(
        path, vocabulary=vocabulary, flat=flat.astype(np.uint32), ends=ends,
        sentences=sentences.astype(np.uint32), sentence_ends=sentence_ends,
        marks=marks.astype(np.int8), parts=np.array(pack.parts),
        rows=np.array([(r.asked, r.about, r.before, r.label, r.stated, r.part, r.group)
                       for r in pack.rows], dtype=np.int64),
        weights=np.array([r.weight for r in pack.rows], dtype=np.float32),
    )  # fmt: skip


def load(path: Path) -> tuple[Pack, Array]:
    """A pack and its vocabulary."""
    stored = np.load(path)
    texts = [t.tolist() for t in np.split(stored["flat"].astype(np.int64), stored["ends"][:-1])]
    ends = stored["sentence_ends"][:-1]
    sentences = np.split(stored["sentences"].astype(np.int64), ends)
    marks = np.split(stored["marks"], ends)
    rows = [
        Row(int(a), int(b), int(c), tuple(s.tolist()), tuple(m.tolist()), int(label), bool(stated),
            float(weight), int(part), int(group))
        for (a, b, c, label, stated, part, group), weight, s, m in zip(
            stored["rows"].tolist(), stored["weights"].tolist(), sentences, marks, strict=True)
    ]  # fmt: skip
    return Pack(texts, rows, stored["parts"].tolist()), stored["vocabulary"]


def renumber(texts: Iterable[Sequence[int]]) -> tuple[list[list[int]], Array]:
    """The texts with pieces numbered among those that occur, and which piece each number is.

    The special pieces keep the numbers that :mod:`rag.reader.layout` gives them.
    """
    held = list(texts)
    known = sorted({piece for text in held for piece in text} - set(range(4)))
    vocabulary = np.array([0, 1, 2, 3, *known], dtype=np.int64)
    places = {piece: place for place, piece in enumerate(vocabulary.tolist())}
    return [[places[piece] for piece in text] for text in held], vocabulary


def batches(
    lengths: Sequence[int], most_pieces: int, asked: Sequence[int] | None = None
) -> Iterator[list[int]]:
    """The places of like lengths together, at most so many pieces a batch with their padding.

    Where ``asked`` numbers what each row is asked, rows of one question stand together, by eights.
    """
    units: list[list[int]] = []
    last: dict[int, list[int]] = {}
    for place, number in enumerate(asked or range(len(lengths))):
        if len(last.get(number, ())) in (0, _CONTRASTED):
            last[number] = []
            units.append(last[number])
        last[number].append(place)
    batch: list[int] = []
    for longest, unit in sorted((max(lengths[place] for place in unit), unit) for unit in units):
        if batch and longest * (len(batch) + len(unit)) > most_pieces:
            yield batch
            batch = []
        batch = [*batch, *unit]
    if batch:
        yield batch


def _ragged(lists: Sequence[Sequence[int]]) -> tuple[Array, Array]:
    flat = np.fromiter((value for one in lists for value in one), dtype=np.int64)
    return flat, np.cumsum([len(one) for one in lists])
