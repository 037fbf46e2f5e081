"""Which passages a question may be answered from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.errors import QuestionError, unknown_transcript
from rag.indexing.index import Index
from rag.types import Filters, Passage

Mask = NDArray[np.bool_]


class Scope:
    """Tells which of the passages filters leave, by columns made once."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._speakers = _places(p.speaker for p in passages)
        self._roles = _places(p.role for p in passages)
        self._transcripts = _places(p.transcript_id for p in passages)
        self._days = np.array([_day(p) for p in passages], dtype=np.int64)

    def mask(self, filters: Filters) -> Mask:
        """True for each passage that the filters leave, shape (passages,)."""
        allowed = np.ones(len(self._days), dtype=bool)
        for places, wanted in (
            (self._speakers, filters.speakers),
            (self._roles, filters.roles),
            (self._transcripts, filters.transcripts),
        ):
            if wanted:
                among = np.zeros_like(allowed)
                for value in wanted:
                    among[places.get(value, [])] = True
                allowed &= among
        if filters.since:
            allowed &= self._days >= filters.since.toordinal()
        if filters.until:
            allowed &= (self._days > 0) & (self._days <= filters.until.toordinal())
        return allowed


def check_filters(index: Index, filters: Filters) -> Filters:
    """The filters with speakers and transcripts as the index spells them.

    A speaker is found by any part of the name, whatever its case; who is named in full is meant
    alone ("Li Wei", not "Li Weiming" too). Raises QuestionError for one whom, or a transcript
    which, the index does not know: an empty result would look as if nothing had been said.
    """
    speakers: list[str] = []
    known = list(dict.fromkeys(p.speaker for p in index.passages)) if filters.speakers else []
    for wanted in filters.speakers:
        folded = wanted.casefold()
        matches = [name for name in known if folded == name.casefold()] or [
            name for name in known if folded in name.casefold()
        ]
        if not wanted.strip() or not matches:
            raise QuestionError(f"No speaker is called {wanted!r}. There are: {', '.join(known)}.")
        speakers.extend(matches)
    for wanted in filters.transcripts:
        if wanted not in index.transcripts:
            raise unknown_transcript(wanted)
    return Filters(
        tuple(dict.fromkeys(speakers)), filters.roles, filters.transcripts,
        filters.since, filters.until,
    )  # fmt: skip


def _places(values: Iterable[str]) -> dict[str, list[int]]:
    """Each value with the numbers of the passages that have it."""
    places: dict[str, list[int]] = {}
    for number, value in enumerate(values):
        places.setdefault(value, []).append(number)
    return places


def _day(passage: Passage) -> int:
    return passage.date.toordinal() if passage.date else 0
