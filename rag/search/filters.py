"""Which passages a question may be answered from."""

from __future__ import annotations

import numpy as np

from rag.errors import QuestionError, unknown_transcript
from rag.indexing.index import Index
from rag.indexing.table import Mask, Passages
from rag.types import Filters


class Scope:
    """Tells which of the passages filters leave, by columns made once."""

    def __init__(self, passages: Passages) -> None:
        self._passages = passages

    def mask(self, filters: Filters) -> Mask:
        """True for each passage that the filters leave, shape (passages,)."""
        of = self._passages
        allowed = np.ones(len(of), dtype=bool)
        if filters.speakers:
            allowed &= of.speakers.among(filters.speakers)
        if filters.roles:
            allowed &= of.roles.among(filters.roles)
        if filters.transcripts:
            allowed &= of.transcripts.among(filters.transcripts)
        if filters.since:
            allowed &= of.days >= filters.since.toordinal()
        if filters.until:
            allowed &= (of.days > 0) & (of.days <= filters.until.toordinal())
        return allowed


def check_filters(index: Index, filters: Filters) -> Filters:
    """The filters with speakers and transcripts as the index spells them.

    A speaker is found by any part of the name, whatever its case; who is named in full is meant
    alone ("Li Wei", not "Li Weiming" too). Raises QuestionError for one whom, or a transcript
    which, the index does not know: an empty result would look as if nothing had been said.
    """
    speakers: list[str] = []
    known = index.passages.speakers.values
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
