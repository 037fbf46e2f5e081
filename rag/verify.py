"""The last gate before display: nothing is shown that its citation does not bear out.

Independent of the generator, so that a new generator inherits it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from rag.types import Citation, Draft, Range, Role, ScoredSentence, Transcript, unbroken_runs

Transcripts = Callable[[str], Transcript]

# Whose words a claim of each kind may rest on. A reporter's premise is never evidence of
# what an official said.
_ROLES: dict[Literal["said", "asked"], tuple[Role, ...]] = {
    "said": ("official", "narrator"),
    "asked": ("reporter",),
}

_QUOTED = re.compile(r"“[^”]|「[^」]|『[^』]|\"[^\"]+\"")


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim that passed, with citations whose markers are not numbered yet (0)."""

    text: str
    citations: tuple[Citation, ...]


def verify(drafts: Iterable[Draft], transcripts: Transcripts) -> Iterator[Checked]:
    """The drafts that hold, each with its citations; the rest is dropped.

    A draft holds when it cites something, each cited sentence stands in a turn of a role that
    may bear the claim, the turn's speaker is the one named, and whatever the claim puts in
    quotation marks is, letter for letter, in the canonical text that it cites.
    """
    for draft in drafts:
        citations = tuple(_cite(run, transcripts) for run in unbroken_runs(draft.sentences))
        if (
            citations
            and all(_holds(draft, citation, transcripts) for citation in citations)
            and _frame_is_bare(draft, citations)
        ):
            yield Checked(draft.text, citations)


def quote_is_exact(citation: Citation, transcript: Transcript) -> bool:
    """ARCHITECTURE, invariant 1: the quote equals ``canonical_text[start:end]``."""
    return citation.quote == transcript.text[citation.start : citation.end]


def speaker_is_right(citation: Citation, transcript: Transcript) -> bool:
    """ARCHITECTURE, invariant 3: the words stand in that speaker's turn, in that role."""
    turn = transcript.turn(citation.turn)
    inside = any(b.start <= citation.start and citation.end <= b.end for b in turn.blocks)
    return inside and turn.speaker == citation.speaker and turn.role == citation.role


def _holds(draft: Draft, citation: Citation, transcripts: Transcripts) -> bool:
    transcript = transcripts(citation.transcript_id)
    return (
        citation.role in _ROLES[draft.kind]
        and quote_is_exact(citation, transcript)
        and speaker_is_right(citation, transcript)
        and citation.quote in draft.text
    )


def _frame_is_bare(draft: Draft, citations: tuple[Citation, ...]) -> bool:
    """Whether the words around the quotes name each speaker and quote nothing else."""
    frame = draft.text
    # Longest first: a short quote may stand inside a longer one.
    for citation in sorted(citations, key=lambda citation: -len(citation.quote)):
        frame = frame.replace(citation.quote, "")
    return not _QUOTED.search(frame) and all(c.speaker in frame for c in citations)


def _cite(run: list[ScoredSentence], transcripts: Transcripts) -> Citation:
    passage = run[0].passage
    transcript = transcripts(passage.transcript_id)
    place = Range(run[0].range.start, run[-1].range.end)
    return Citation(
        marker=0,
        passage_id=passage.id,
        transcript_id=passage.transcript_id,
        title=transcript.title,
        date=transcript.date,
        url=transcript.page_url(passage.page),
        page=passage.page,
        turn=passage.turn,
        speaker=passage.speaker,
        role=passage.role,
        start=place.start,
        end=place.end,
        quote=transcript.text[place.start : place.end],
    )


def numbered(citation: Citation, marker: int) -> Citation:
    """The citation under its marker."""
    return replace(citation, marker=marker)
