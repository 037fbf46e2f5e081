"""Whether the corpus answers a question of its own, found out once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from rag.errors import QuestionError
from rag.indexing.index import Index
from rag.questions.examples import Candidate
from rag.questions.question import understand
from rag.types import Evidence, Filters, Question, ScoredSentence

# Among so many of the best sentences, as many as an answer quotes, must stand one of the answer
# that the reporter got. Of 78 reporters' questions of the practice corpus and of 21 briefings of
# eval/sets/reading that are answered 67 pass; 9 of these say too little, read by eye. Of the 42
# whose very best sentence stands there 3 do: they go before the others.
_LOOKED_THROUGH = 3
_CHECKS_KEPT = 512

Gather = Callable[[Question, Filters], Evidence]


@dataclass(frozen=True, slots=True)
class Offered:
    """A candidate that the corpus answers, and the best sentence for it.

    ``doubtful`` says that this one stands in another answer than the reporter got.
    """

    candidate: Candidate
    best: ScoredSentence
    doubtful: bool


Check = Callable[[Candidate], Offered | None]


class Kept(Protocol):
    """Texts by keys, as in a file; it may forget any of them."""

    def get(self, key: str) -> str | None:
        """The text of a key, or None."""

    def put(self, key: str, text: str) -> None:
        """Keep a text."""


class Checks:
    """Finds out whether candidates are answered; called with one. Safe to share between threads.

    Args:
        index: the index that must answer them.
        gather: the evidence for a question.
        least: the confidence from which on it is answered.
        kept: where what was found out is kept for the next start.
        mark: all else that a check depends on, as the settings; with the index it is the key.
    """

    def __init__(
        self, index: Index, gather: Gather, least: float, kept: Kept | None = None, mark: str = ""
    ) -> None:
        self._index = index
        self._gather = gather
        self._least = least
        self._kept = kept
        self._mark = f"{index.header.fingerprint} {least} {mark}"
        self._check = lru_cache(maxsize=_CHECKS_KEPT)(self._remembered)

    def __call__(self, candidate: Candidate) -> Offered | None:
        """What is offered of a candidate; None where the corpus does not answer it."""
        return self._check(candidate)

    def _remembered(self, candidate: Candidate) -> Offered | None:
        if self._kept is None:
            return self._checked(candidate)
        key = hashlib.sha256(f"{self._mark} {candidate}".encode()).hexdigest()
        known = self._kept.get(key)
        try:
            return self._read(candidate, known) if known else self._keep(key, candidate)
        except (ValueError, KeyError, IndexError):  # damaged
            return self._keep(key, candidate)

    def _keep(self, key: str, candidate: Candidate) -> Offered | None:
        found = self._checked(candidate)
        place = (found.best.passage.id, found.best.number, found.doubtful) if found else ()
        if self._kept is not None:
            self._kept.put(key, json.dumps(place))
        return found

    def _read(self, candidate: Candidate, known: str) -> Offered | None:
        place = json.loads(known)
        if not place:
            return None
        passage_id, number, doubtful = place
        passage = self._index.passages[self._index.passages.row(passage_id)]
        best = ScoredSentence(passage, range(len(passage.sentences))[number], 0.0)
        return Offered(candidate, best, bool(doubtful))

    def _checked(self, candidate: Candidate) -> Offered | None:
        """Whether the corpus answers it, and, what a reporter asked, in the answer to that one.

        A sentence that needs those before it to be understood finds something else by itself.
        """
        try:
            question = understand(candidate.text)
            evidence = self._gather(question, Filters())
        except QuestionError:
            return None
        said = [s for s in evidence.sentences if s.passage.role in question.evidence_roles]
        if not said or evidence.confidence < self._least:
            return None
        own = [
            candidate.exchange is None or _answers_there(sentence, candidate)
            for sentence in said[:_LOOKED_THROUGH]
        ]
        return Offered(candidate, said[0], doubtful=not own[0]) if any(own) else None


def _answers_there(best: ScoredSentence, candidate: Candidate) -> bool:
    """Whether a sentence answers the exchange, or its copy, in which a question was asked."""
    passage = best.passage
    there = (passage.transcript_id, passage.exchange)
    return there == (candidate.transcript_id, candidate.exchange) or (
        candidate.text in passage.question
    )
