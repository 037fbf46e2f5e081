"""How a question and a passage, or a claim and what it cites, lie before the bundled reader.

One sequence each: ``<s> query: question </s> passage: who, what, when </s> what was said before
</s> sentence </s> sentence </s> ...``, for a claim ``claim:`` in the place of ``query:``. Training
(:mod:`eval.studies.reader`) and reading share it, so that a model sees what it was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# The bundled e5's special pieces.
START, END, PADDING = 0, 2, 1
QUESTION, CLAIM, PASSAGE = "query: ", "claim: ", "passage: "
# What is read of each part, in pieces; of what was said before, the end. A passage has 200 by
# default; of one that does not fit, as of 400, the last sentences are not read: they state nothing.
MOST_ASKED, MOST_ABOUT, MOST_BEFORE, MOST_READ = 96, 40, 40, 400
# The model has so many positions.
WINDOW = 512

Pieces = Sequence[int]


@dataclass(frozen=True, slots=True)
class ReadText:
    """What is read: who speaks where and when (``describe``), what was said before, sentences."""

    about: str
    before: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """A sequence and where its sentences lie in it, each with the ``</s>`` behind it.

    ``spans`` are half-open, one for each sentence that was laid out, in their order.
    """

    pieces: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def lay(asked: Pieces, about: Pieces, before: Pieces, sentences: Sequence[Pieces]) -> Laid:
    """One sequence of the parts, none of which holds a special piece.

    A sentence that does not fit whole into what is left of MOST_READ and of WINDOW is cut; one for
    which nothing is left has an empty span at the end.
    """
    pieces = [START, *asked[:MOST_ASKED], END, *about[:MOST_ABOUT], END]
    if before:
        pieces += [*before[-MOST_BEFORE:], END]
    spans = []
    last = min(len(pieces) + MOST_READ, WINDOW)
    for sentence in sentences:
        start = len(pieces)
        pieces += [*sentence, END][: max(0, last - start)]
        spans.append((start, len(pieces)))
    return Laid(tuple(pieces), tuple(spans))


def describe(speaker: str, role: str, event: str, date: str) -> str:
    """Who speaks where and when, in one line."""
    who = f"{speaker} ({role})" if speaker else role
    return PASSAGE + ", ".join(filter(None, (who, event, date)))
