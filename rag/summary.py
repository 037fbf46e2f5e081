"""A summary that a chat model writes of an outline: verified like any answer, or the outline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rag.chain import Chain
from rag.indexing.index import Index
from rag.questions.question import understand
from rag.types import Answer, Citation, Evidence, Hit, ScoredSentence


def summarise(outline: Answer, written: Chain, index: Index) -> Iterator[Answer]:
    """Snapshots of a summary; the outline stands until something is written and verified.

    Args:
        outline: what is summarised, by its citations.
        written: has a chat model write from evidence, and check what it wrote.
        index: the index that the outline is of.
    """
    for answer in written.stream(outlined(outline, index)):
        told = answer if answer.claims else outline
        yield replace(told, notice=_together(outline, answer), complete=answer.complete)


def outlined(outline: Answer, index: Index) -> Evidence:
    """The passages and sentences that an outline quotes, as the evidence for a summary of it."""
    places = [(_row(index, cited), cited) for cited in outline.citations]
    rows = list(dict.fromkeys(row for row, _ in places))
    hits = tuple(Hit(index.passages[row], 1.0) for row in rows)
    sentences = tuple(
        ScoredSentence(index.passages[row], number, 1.0)
        for row, cited in places
        for number, said in enumerate(index.passages[row].sentences)
        if said.overlaps(cited)
    )
    return Evidence(understand(outline.question), hits, sentences, confidence=1.0)


def _row(index: Index, cited: Citation) -> int:
    return index.passages.row(cited.passage_id)


def _together(outline: Answer, answer: Answer) -> str:
    notices = dict.fromkeys(filter(None, (outline.notice, answer.notice)))
    return " ".join(notices)
