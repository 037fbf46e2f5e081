"""The steps of the retrieval, each with what is put in its place to leave it out.

A step is left out by replacing the one constant or function that it rests on for a while, so that
the product itself stays free of switches that nobody but the table of :mod:`eval.steps` would use.
To measure another step, add it to STEPS, and a question that shows it to the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from rag.embedders.embedding import Embedder, Vector
from rag.indexing.index import Index
from rag.indexing.lexical import LexicalIndex
from rag.indexing.matrix import Cosines, Matrices, Rows
from rag.reader.reader import Reader
from rag.reading.passages import text_in_context
from rag.search.filters import Mask
from rag.search.ranking import Scores, centre
from rag.search.retrieval import Retriever
from rag.text.concepts import Concept
from rag.types import Passage, Question, ScoredSentence


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the retrieval, and what is put in its place to leave it out.

    ``replacements`` are pairs of a dotted name (``package.module.name`` or
    ``package.module.Class.name``, where it is looked up and not where it was defined) and the
    object that it stands for meanwhile. ``dense_weight`` replaces the setting of that name.
    """

    name: str
    replacements: tuple[tuple[str, object], ...] = ()
    dense_weight: float | None = None

    @contextmanager
    def left_out(
        self, index: Index, embedder: Embedder, dense_weight: float, reader: Reader | None = None
    ) -> Iterator[Retriever]:
        """A retriever without the step, to be used inside; all is put back at the end.

        Raises AttributeError or ModuleNotFoundError for a name that is not there.
        """
        weight = dense_weight if self.dense_weight is None else self.dense_weight
        with ExitStack() as stack:
            for target, stand_in in self.replacements:
                stack.enter_context(patch(target, stand_in))
            # Made anew each time: it keeps what it has learnt from the index.
            yield Retriever(index, embedder, weight, reader=reader)


def _of_the_whole(matrices: Matrices, rows: Rows, vector: Vector) -> Cosines:
    return matrices.cosines(rows, vector)


def _over_one_mean(scores: NDArray[np.float64], groups: Sequence[Mask]) -> Scores:
    return centre(scores, [np.logical_or.reduce(groups)])


def _as_typed(_lexicon: object, question: str) -> str:
    return question


def _not_widened(
    _lexicon: object, _question: str, wanted: Iterable[Concept]
) -> tuple[Concept, ...]:
    return tuple(wanted)


def _across(weight: float) -> tuple[tuple[str, object], ...]:
    modules = ("rag.search.ranking", "rag.search.selection")
    return tuple((f"{module}.DENSE_WEIGHT_ACROSS", weight) for module in modules)


def _words_of(text: Callable[[Passage], str]) -> property:
    """A word index over other texts of the same passages, in the place of the stored one."""
    built: dict[str, LexicalIndex] = {}

    def words(index: Index) -> LexicalIndex:
        if index.generation not in built:
            built[index.generation] = LexicalIndex.build([text(p) for p in index.passages])
        return built[index.generation]

    return property(words)


def _without_question(passage: Passage) -> str:
    return text_in_context(replace(passage, question=""))


def _without_speaker(passage: Passage) -> str:
    return text_in_context(replace(passage, speaker=""))


def _not_read_on(_question: Question, found: Sequence[ScoredSentence]) -> Scores:
    return np.array([sentence.score for sentence in found])


_SPELLING = ("rag.questions.lexicon.Lexicon.correct", _as_typed)
_WIDENING = ("rag.questions.lexicon.Lexicon.widen", _not_widened)
STEPS = (
    Step("word scores", _across(1.0), dense_weight=1.0),
    Step("vector scores", _across(0.0), dense_weight=0.0),
    Step("question answered, in the word index",
         (("rag.indexing.index.Index.words", _words_of(_without_question)),)),
    Step("speaker in the word index",
         (("rag.indexing.index.Index.words", _words_of(_without_speaker)),)),
    Step("nearest sentence in a passage's score",
         (("rag.indexing.matrix.Matrices.nearest_sentences", _of_the_whole),)),
    Step("mean of each language apart", (("rag.search.ranking.centre", _over_one_mean),)),
    Step("dictionary between the languages",
         (("rag.text.concepts.glosses", lambda _text: []),)),
    Step("written Chinese for Cantonese",
         (("rag.search.retrieval.in_written_chinese", lambda text: text),)),
    Step("spelling, abbreviations and names", (_SPELLING, _WIDENING)),
    Step("spelling alone", (_SPELLING,)),
    Step("abbreviations and names alone", (_WIDENING,)),
    Step("frame of a question dropped", (("rag.text.concepts._FRAME", frozenset()),)),
    Step("subject of a follow-up",
         (("rag.questions.question.leans_on_history", lambda _question: False),)),
    Step("parts of a question apart",
         (("rag.questions.question.split_parts", lambda _question: ()),)),
    Step("carried from the passage before", (("rag.search.ranking._CARRIED", 0.0),)),
    Step("named speaker favoured", (("rag.search.retrieval._NAMED_SHARE", 0.0),)),
    Step("penalties of roles", (("rag.search.ranking.PENALTIES", {}),)),
    Step("what a named outlet asked",
         (("rag.search.retrieval.is_about_asking", lambda _question: False),)),
    Step("passage's share in its sentences' score",
         (("rag.search.selection._PASSAGE_SHARE", 0.0),)),
    Step("reading on", (("rag.search.selection.read_on", _not_read_on),)),
)  # fmt: skip
