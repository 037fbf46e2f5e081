"""Where else the words stand that an answer cites or a search has found."""

from __future__ import annotations

from dataclasses import replace

from rag.indexing.index import Index
from rag.types import Answer, Hit


def sourced(answer: Answer, index: Index) -> Answer:
    """The answer with the other places where what it cites or shows stands."""
    citations, more = (
        tuple(replace(cited, copies=index.copies_of(cited.passage_id, cited)) for cited in group)
        for group in (answer.citations, answer.more)
    )
    nearest = tuple(with_copies(hit, index) for hit in answer.nearest)
    return replace(answer, citations=citations, more=more, nearest=nearest)


def with_copies(hit: Hit, index: Index) -> Hit:
    """The hit with the other places where its words stand."""
    passage = hit.passage
    return replace(hit, copies=index.copies_of(passage.id, passage))
