"""What the reader is given of a passage, and what it makes of those found for a question."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from rag.indexing.index import Index
from rag.reader.layout import ReadText, describe
from rag.reader.reader import Probabilities, Reader
from rag.telemetry import span
from rag.types import Hit, Passage, Question

# How many of the best passages are read; more cost time and gain nothing (docs/decisions.md).
PASSAGES_READ = 3
# What the logarithm of the probability adds to a passage's score and to a sentence's, both of which
# are in standard deviations. What the sentences gain: ``python -m eval.studies.sentence_choice``.
PASSAGE_SHARE, SENTENCE_SHARE = 0.2, 0.7
# A probability nearer to 0 or 1 is a rounding: its logarithm would outweigh all others.
_NEAREST = 1e-6
# Beyond this a probability says no more: the logarithm of zero would outweigh all else.
_LEAST = 1e-4

# Of each passage that was read, by its id, how likely each sentence states what is asked.
Told = Mapping[str, Probabilities]


def read_text(index: Index, passage: Passage) -> ReadText:
    """A passage as the reader sees it: who speaks where and when, and what was said just before.

    That is the sentence before it in the same turn, or the question that the turn answers.
    """
    before = index.previous_in_turn(passage)
    return ReadText(
        describe(
            passage.speaker, passage.role, passage.title,
            passage.date.isoformat() if passage.date else "",
        ),
        before.sentence_text(len(before.sentences) - 1) if before else passage.question,
        tuple(passage.sentence_text(n) for n in range(len(passage.sentences))),
    )  # fmt: skip


def read_passages(reader: Reader, index: Index, question: Question, hits: Sequence[Hit]) -> Told:
    """What the reader says of the first PASSAGES_READ passages whose speakers' words may answer."""
    may_answer = question.evidence_roles
    passages = [hit.passage for hit in hits if hit.passage.role in may_answer][:PASSAGES_READ]
    texts = [read_text(index, passage) for passage in passages]
    with span("read", model=reader.id, passages=len(texts)) as step:
        found = reader.answers(question.standalone, texts)
        step.note(likeliest=max((float(each.sum()) for each in found), default=0.0))
    return {passage.id: one for passage, one in zip(passages, found, strict=True)}


def log_odds(told: Told) -> float | None:
    """Of the passage likeliest to state what is asked, how likely that is; None if none was read.

    The natural logarithm of p / (1 - p), which is bounded.
    """
    likely = max((float(found.sum()) for found in told.values()), default=None)
    if likely is None:
        return None
    likely = min(1 - _NEAREST, max(_NEAREST, likely))
    return math.log(likely / (1 - likely))


def in_new_order(hits: Sequence[Hit], told: Told) -> tuple[Hit, ...]:
    """The hits, those first that also the reader holds to answer; what was not read stays last."""
    read = [hit for hit in hits if hit.passage.id in told]
    scored = [
        replace(hit, score=hit.score + PASSAGE_SHARE * _log(float(told[hit.passage.id].sum())))
        for hit in read
    ]
    scored.sort(key=lambda hit: -hit.score)
    below = min((hit.score for hit in scored), default=0.0)
    rest = (hit for hit in hits if hit.passage.id not in told)
    return (*scored, *(replace(hit, score=min(hit.score, below)) for hit in rest))


def likelihood(told: Told, passage: Passage, number: int) -> float:
    """The logarithm of how likely a sentence states what is asked; the least where it was not
    read."""
    probabilities = told.get(passage.id)
    return _log(0.0 if probabilities is None else float(probabilities[number]))


def _log(probability: float) -> float:
    return float(np.log(max(probability, _LEAST)))
