"""Ranking passages: dense and word scores, standardised and added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding.embedder import Vector
from rag.indexing.index import Index
from rag.indexing.matrix import Matrices, Rows
from rag.indexing.table import Mask
from rag.search.filters import left_by
from rag.search.steps import Steps
from rag.text.concepts import Concept, concepts, search_terms
from rag.text.language import is_chinese
from rag.types import Filters, Hit, Question

# How many passages each side proposes; what either proposes is scored by both and standardised
# among itself, so that a score means the same however many passages there are. On QMSum val, all
# 35 meetings at once (20,584 passages), nDCG@10 is .192 so, .173 over the scores of all passages
# (n 237); on XQuAD .971 and .969 (n 1,190). That sentences propose too adds nothing (.192, .971).
_CANDIDATES = 200
# The share of the dense side where question and passage differ in language and words meet only
# through a dictionary: on XQuAD, Chinese questions over English paragraphs, MRR@10 is .883 with
# .8, .876 with .7 and .795 without the dictionary (n 1,190).
DENSE_WEIGHT_ACROSS = 0.8
# How far a passage that goes on from another in one turn is carried towards that one's score:
# "The fee is 460 dollars" does not name the pass that the passage before it introduces. On the
# practice set English recall@4 is .949 with it and .884 without (n 88); nothing else changed.
_CARRIED = 0.6
# How much lower words rank (in standard deviations of the scores) that are rarely an answer: a
# question much like the user's own, unless the user asks what was asked, and the list of who
# attended. No set has pages with such lists yet, so the narrator's is a guess.
PENALTIES: dict[str, float] = {"reporter": 1.0, "moderator": 1.0, "narrator": 0.5}
# Only a reporter's words tell what was asked.
PENALTIES_OF_ASKED: dict[str, float] = {"official": 1.0, "moderator": 1.0, "narrator": 1.0}

_NO_DEVIATION = 1e-9
_UNKNOWN = float("nan")

Scores = NDArray[np.float64]
# Passages by number, with their cosines as far as these are known.
Near = dict[int, float]


class Wanted:
    """A question's concepts as Chinese text and as other text names them."""

    def __init__(self, question: str, *, translated: bool = True) -> None:
        self._of = {
            chinese: concepts(question, of_chinese_text=chinese or not translated)
            for chinese in (True, False)
        }

    def of(self, text: str) -> tuple[Concept, ...]:
        """The concepts as a text of this one's language names them."""
        return self._of[is_chinese(text)]

    def either(self) -> list[Concept]:
        """The concepts of both, each once."""
        return list(dict.fromkeys(concept for of in self._of.values() for concept in of))


class Ranker:
    """Ranks the passages of one index. Holds no state of a question."""

    def __init__(self, index: Index, dense_weight: float, steps: Steps = Steps()) -> None:
        self._index = index
        self._steps = steps
        # Of passages in the question's language, and of others.
        self._weights = (dense_weight, DENSE_WEIGHT_ACROSS)
        if not (steps.words and steps.vectors):
            self._weights = (float(steps.vectors),) * 2
        # An English word can be found in a Chinese passage only by its meaning.
        self._chinese = index.passages.chinese
        # Whether a passage goes on with the turn of the one before it.
        of, turns = index.passages.transcripts.codes, index.passages.turns
        self._goes_on = np.append(False, (of[1:] == of[:-1]) & (turns[1:] == turns[:-1]))
        self._across = _across(index.matrices, self._chinese)

    def rank(
        self, question: Question, vector: Vector, wanted: Wanted, count: int, filters: Filters
    ) -> tuple[Hit, ...]:
        """The best passages for a question, best first, at most ``count``."""
        words = self._index.words.scores(search_terms(wanted.either(), self._index.words.knows))
        mask = left_by(filters, self._index.passages)
        wide = max(count, _CANDIDATES)
        near = self._nearest(vector, wide) if mask.all() else self._compared(vector, mask, wide)
        rows = self._candidates(near, words, mask, wide)
        if not rows.size:
            return ()
        own = self._chinese[rows] == is_chinese(question.standalone)
        weight = np.where(own, *self._weights)
        dense = self._dense(vector, rows, near, (own, ~own))
        fused = weight * dense + (1 - weight) * standardise(words[rows])
        if self._steps.carrying:
            fused = self._carry(fused, rows)
        said_as = self._index.passages.roles
        roles = [said_as.values[code] for code in said_as.codes[rows]]
        scores = fused - penalties(roles, question, filters) if self._steps.roles else fused
        # Ties in the index's order.
        order = np.argsort(-scores, kind="stable")
        best = order[self._index.copies.distinct(rows[order].tolist(), count)]
        return tuple(Hit(self._index.passages[rows[place]], float(scores[place])) for place in best)

    def nearness(self, vector: Vector) -> float:
        """The cosine of a vector and the sentence nearest to it, of the nearest passages."""
        rows = np.array(sorted(self._nearest(vector, _CANDIDATES)), dtype=np.intp)
        return float(self._index.matrices.nearest_sentences(rows, vector).max())

    def _candidates(self, near: Near, words: NDArray[Any], mask: Mask, count: int) -> Rows:
        """The numbers of the passages nearest to a question, of those with most of its words,
        and of those that go on from any of these; rising.
        """
        worded = np.flatnonzero(mask & (words > 0))
        nearest = np.fromiter(near, dtype=np.intp, count=len(near))
        rows = np.union1d(nearest, worded[_best(words[worded], count)])
        after = rows[rows + 1 < len(mask)] + 1
        return np.union1d(rows, after[self._goes_on[after] & mask[after]])

    def _nearest(self, vector: Vector, count: int) -> Near:
        """The nearest of all in either language, as Chroma finds them.

        Without its part along the line from one language to the other a question is as near to
        either, so that neither keeps the other out. How near they are is not taken from Chroma,
        whose files have no sums: damage there may hide a passage, but gives none another score.
        """
        found = self._index.vectors.nearest(vector, count)
        if self._across is not None:
            level = vector - (vector @ self._across) * self._across
            found = self._index.vectors.nearest(level, count) | found
        rows = self._index.passages.rows(found)
        cosines = self._index.matrices.cosines(rows, vector)
        return dict(zip(rows.tolist(), cosines.tolist(), strict=True))

    def _compared(self, vector: Vector, mask: Mask, count: int) -> Near:
        """The nearest of those that filters leave, in each language; all of them are compared."""
        found: Near = {}
        for group in (np.flatnonzero(mask & self._chinese), np.flatnonzero(mask & ~self._chinese)):
            cosines = self._index.matrices.cosines(group, vector)
            best = _best(cosines, count)
            found.update(zip(group[best].tolist(), cosines[best].tolist(), strict=True))
        return found

    def _dense(self, vector: Vector, rows: Rows, near: Near, groups: Sequence[Mask]) -> Scores:
        """How near a passage is as a whole, and how near its nearest sentence, in equal shares.

        On XQuAD, Chinese questions over English paragraphs, the evidence is in the top 4 for
        .906 of the questions so, against .858 by passages and .878 by sentences alone (n 1,190).
        """
        matrices = self._index.matrices
        whole = np.array([near.get(row, _UNKNOWN) for row in rows.tolist()], dtype=np.float32)
        unknown = np.isnan(whole)
        whole[unknown] = matrices.cosines(rows[unknown], vector)
        if not self._steps.languages:
            groups = [np.logical_or.reduce(groups)]
        centred = centre(whole, groups)
        if not self._steps.sentences:
            return centred
        return (centred + centre(matrices.nearest_sentences(rows, vector), groups)) / 2

    def _carry(self, scores: Scores, rows: Rows) -> Scores:
        """Each score raised towards that of the passage before it in the same turn."""
        return carry(scores, self._goes_on[rows[1:]] & (np.diff(rows) == 1), _CARRIED)


def carry(scores: Scores, goes_on: Mask, share: float) -> Scores:
    """Each score that goes on from the one before raised by this share of the way towards it.

    Args:
        scores: in the order of the text, shape (n,).
        goes_on: of all but the first, shape (n - 1,).
        share: 0 to 1.
    """
    carried = scores.copy()
    carried[1:] += share * np.where(goes_on, np.maximum(scores[:-1] - scores[1:], 0), 0)
    return carried


def penalties(roles: Sequence[str], question: Question, filters: Filters) -> Scores:
    """How much lower what is said in each role ranks; nothing where a role is asked for."""
    if filters.roles:
        return np.zeros(len(roles))
    lower = PENALTIES_OF_ASKED if question.about_asking else PENALTIES
    return np.array([lower.get(role, 0.0) for role in roles])


def _across(matrices: Matrices, chinese: Mask) -> Vector | None:
    """The unit vector from the mean of one language to that of the other; None without both."""
    if chinese.all() or not chinese.any():
        return None
    line = matrices.mean(chinese) - matrices.mean(~chinese)
    return np.asarray(line / np.linalg.norm(line), dtype=np.float32)


def _best(scores: NDArray[Any], count: int) -> Rows:
    """The places of the highest scores, at most ``count``, in no order."""
    if count >= len(scores):
        return np.arange(len(scores))
    return np.argpartition(scores, -count)[-count:]


def centre(scores: NDArray[Any], groups: Sequence[Mask]) -> Scores:
    """Scores less the mean of their group, in standard deviations within the groups.

    A passage in the question's language is nearer to it by that alone: on the practice set, where
    a quarter of the passages is Chinese, recall@4 of Chinese questions over English passages is
    .82 so and .29 over one mean (n 34).
    """
    values = np.zeros(len(scores))
    for group in groups:
        if group.any():
            values[group] = scores[group] - scores[group].mean()
    deviation = float(values[np.logical_or.reduce(groups)].std())
    return values / deviation if deviation > _NO_DEVIATION else np.zeros(len(scores))


def standardise(scores: NDArray[Any]) -> Scores:
    """z-scores; zeros if the scores do not differ.

    The z-score sum fused better than reciprocal ranks on QMSum val (nDCG@10 .522 against .514).
    """
    values = np.asarray(scores, dtype=np.float64)
    deviation = float(values.std())
    if deviation <= _NO_DEVIATION:
        return np.zeros_like(values)
    return np.asarray((values - values.mean()) / deviation)
