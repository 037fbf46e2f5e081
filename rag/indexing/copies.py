"""Copies of a page: which sentences of the corpus are the same words of the same speaker.

A briefing often stands in several places: a desktop page, a mobile page, a mirror, the end of one
page again at the head of the next. What is said there is said once. So a passage that repeats a
better one is no hit of its own, a repeated sentence no sentence of its own, and a citation names
every place where its words stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.indexing.table import Passages
from rag.types import Copy, Passage, Range, Transcript

# Copies differ in spaces and in the kind of quotation marks, dashes and the like; but a mark beside
# a digit belongs to the figure: 3.5 is not 35, nor -5 the same as 5.
_QUOTES = re.compile(r"[\s\"'`´“”„‘’‚«»「」『』]+")
_MARKS = re.compile(r"(?<!\d)[\W_]+(?!\d)")
# The number of a sentence that stands in one place only.
_ALONE = -1
# A passage is a copy when as much of it stands in better ones. Copies of a page may be cut
# differently, and what such a one has beyond that stands in the next passage of the other.
_SHARE = 0.5
_FILE = "copies.npy"

Wordings = NDArray[np.int32]


def same_wording(passages: Sequence[Passage]) -> Wordings:
    """For each sentence, in order, the number that it shares with its copies; -1 without any.

    Shape (sentences,). Copies are the same letters and figures in the same order, by a speaker of
    the same name. What has no letter is no copy of anything.
    """
    numbers: dict[str, int] = {}
    wordings = np.array(
        [
            numbers.setdefault(f"{passage.speaker}\0{letters}".casefold(), len(numbers))
            if (letters := _MARKS.sub("", _QUOTES.sub("", passage.sentence_text(n)))) else _ALONE
            for passage in passages
            for n in range(len(passage.sentences))
        ],
        dtype=np.int32,
    )  # fmt: skip
    # One more than there are numbers: what _ALONE finds there, the last, is 0.
    times = np.bincount(wordings[wordings >= 0], minlength=len(numbers) + 1)
    wordings[times[wordings] == 1] = _ALONE
    return wordings


def save_copies(folder: Path, passages: Sequence[Passage]) -> None:
    """Write what :meth:`Copies.open` reads. Raises OSError."""
    np.save(folder / _FILE, same_wording(passages))


class Copies:
    """The copies among the passages of one index.

    Args:
        passages: all of them, in the index's order.
        wordings: as :func:`same_wording` gives them.
        transcripts: those that the passages are of, by id.
    """

    def __init__(
        self,
        passages: Passages,
        wordings: Wordings,
        transcripts: Mapping[str, Transcript],
    ) -> None:
        self._passages = passages
        self._wordings = wordings
        self._transcripts = transcripts
        self._first = passages.first

    @classmethod
    def open(
        cls, folder: Path, passages: Passages, transcripts: Mapping[str, Transcript]
    ) -> Copies:
        """What :func:`save_copies` wrote. Raises OSError or ValueError if damaged or another's."""
        try:
            wordings = np.load(folder / _FILE, mmap_mode="r")
        except EOFError as error:
            raise ValueError("the list of copies is empty") from error
        if wordings.shape != (passages.counts.sum(),):
            raise ValueError("the list of copies is another's")
        return cls(passages, wordings, transcripts)

    def distinct(self, rows: Sequence[int], count: int) -> list[int]:
        """Where the first ``count`` stand in ``rows`` that are no copies of any before them.

        Args:
            rows: the numbers of passages, best first.
            count: how many are wanted.
        """
        seen: set[int] = set()
        kept: list[int] = []
        for place, row in enumerate(rows):
            if len(kept) == count:
                break
            wordings = self._of(row)
            if not self._repeats(row, wordings, seen):
                kept.append(place)
                seen.update(wording for wording in wordings if wording != _ALONE)
        return kept

    def is_first(self, row: int, number: int, seen: set[int]) -> bool:
        """Whether no copy of a sentence is among those ``seen``, to which it is added."""
        wording = self._of(row)[number]
        if wording in seen:
            return False
        if wording != _ALONE:
            seen.add(wording)
        return True

    def elsewhere(self, row: int, start: int, end: int) -> tuple[Copy, ...]:
        """The other places where the sentences stand that a passage has from start to end.

        Args:
            row: the passage's number.
            start: the offset in its transcript where the first of them starts.
            end: where the last of them ends.
        """
        ranges = self._passages[row].sentences
        inside = [n for n, r in enumerate(ranges) if start <= r.start and r.end <= end]
        if not inside:
            return ()
        first, count = int(self._first[row]) + inside[0], len(inside)
        wanted = self._wordings[first : first + count]
        if (wanted == _ALONE).any():
            return ()
        places = np.flatnonzero(self._wordings == wanted[0]).tolist()
        copies = (
            self._copy(place, count)
            for place in places
            # Of "No. No. No." the second and third are no copy of the first and second.
            if abs(place - first) >= count
            and np.array_equal(self._wordings[place : place + count], wanted)
        )
        return tuple(copy for copy in copies if copy)

    def _of(self, row: int) -> list[int]:
        numbers: list[int] = self._wordings[self._first[row] : self._first[row + 1]].tolist()
        return numbers

    def _repeats(self, row: int, wordings: Sequence[int], seen: Set[int]) -> bool:
        if seen.isdisjoint(wordings):
            return False
        lengths = self._passages.lengths(row)
        again = (n for n, wording in zip(lengths, wordings, strict=True) if wording in seen)
        return sum(again) >= _SHARE * sum(lengths)

    def _copy(self, first: int, count: int) -> Copy | None:
        """So many sentences from one on; None if more than space lies between two of them."""
        places = [self._sentence(first + n) for n in range(count)]
        passage = places[0][0]
        transcript = self._transcripts[passage.transcript_id]
        ranges = [place for _, place in places]
        gaps = (transcript.text[one.end : other.start] for one, other in pairwise(ranges))
        turns = {(found.transcript_id, found.turn) for found, _ in places}
        if len(turns) > 1 or any(gap.strip() for gap in gaps):
            return None
        start, end = ranges[0].start, ranges[-1].end
        return Copy(
            transcript_id=transcript.id,
            title=transcript.title,
            date=transcript.date,
            url=transcript.address_at(passage.page, start),
            page=passage.page,
            turn=passage.turn,
            start=start,
            end=end,
            quote=transcript.text[start:end],
        )

    def _sentence(self, place: int) -> tuple[Passage, Range]:
        row = int(np.searchsorted(self._first, place, side="right")) - 1
        passage = self._passages[row]
        return passage, passage.sentences[place - int(self._first[row])]
