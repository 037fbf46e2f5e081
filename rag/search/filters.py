"""Which passages a question may be answered from."""

from __future__ import annotations

import numpy as np

from rag.errors import QuestionError, unknown_transcript
from rag.indexing.index import Index
from rag.indexing.table import Mask, Passages
from rag.types import Filters


def left_by(filters: Filters, passages: Passages) -> Mask:
    """True for each passage that the filters leave, shape (passages,)."""
    allowed = np.ones(len(passages), dtype=bool)
    if filters.speakers:
        allowed &= passages.speakers.among(filters.speakers)
    if filters.roles:
        allowed &= passages.roles.among(filters.roles)
    if filters.transcripts:
        allowed &= passages.transcripts.among(filters.transcripts)
    if filters.since:
        allowed &= passages.days >= filters.since.toordinal()
    if filters.until:
        allowed &= (passages.days > 0) & (passages.days <= filters.until.toordinal())
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
            names = ", ".join(filter(None, known))
            raise QuestionError(f"No speaker is called {wanted!r}. There are: {names}.")
        speakers.extend(matches)
    for wanted in filters.transcripts:
        if wanted not in index.transcripts:
            raise unknown_transcript(wanted)
    return Filters(
        tuple(dict.fromkeys(speakers)), filters.roles, filters.transcripts,
        filters.since, filters.until,
    )  # fmt: skip
