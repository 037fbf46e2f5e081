"""Which sentences of a whole corpus are about a topic, event by event.

A topic is a few words ("rents", "driverless buses"), seldom a question, so that a reader alone
cannot tell and nothing is as near to it as to a question. So a sentence is about it where it stands
out: by how far it is nearer than the sentences of its language are, by how much of the topic it
names, and by what the reader says of it.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rag.embedding.embedder import Embedder, Vector
from rag.indexing.index import Index
from rag.indexing.table import Mask
from rag.reader.reader import Reader
from rag.search.confidence import Pair, pair_of
from rag.search.filters import left_by
from rag.search.ranking import Wanted
from rag.search.read_passages import Told, read_text
from rag.search.retrieval import Retriever
from rag.text.concepts import coverage
from rag.text.language import is_chinese, terms
from rag.types import Copy, Filters, Language, Passage, Question, ScoredSentence

# So many passages are looked through, and so many of these, the likeliest, are read: 0.8 s.
_DEPTH, _READ = 300, 24
# What a sentence gets for naming all of the topic and for stating it, by the reader, in standard
# deviations of its language's cosines. Half of a topic is a quarter: "stations" of "nuclear power
# stations" is another matter.
_NAMING, _STATING = 3.0, 2.0
# Which score a sentence about the topic has, and which one of them at least, or nothing is. Looked
# at with 17 topics of the practice corpus and 13 of which it says nothing, in both languages: each
# of the 13 stays below, as "lunar mining" (3.7 across languages) and "nuclear power stations" (3.6
# in English, 2.7 in Chinese).
_ABOUT: Mapping[Pair, float] = {"same": 3.3, "chinese": 2.7, "across": 3.3}
_CLEARLY: Mapping[Pair, float] = {"same": 3.8, "chinese": 2.8, "across": 3.8}
# The cosines of so many passages of a language say what is usual, and a spread below this is none.
_SAMPLE, _LEAST_SPREAD = 500, 1e-3
# A sentence with fewer terms tells nothing.
_MIN_TERMS = 3
_ASKED: Mapping[Language, str] = {
    "en": "What was said about {}?",
    "zh-Hans": "关于{}说了什么？",
    "zh-Hant": "關於{}說了甚麼？",
}
_QUESTION_MARKS = ("?", "？")

Substantial = Callable[[Sequence[ScoredSentence]], Sequence[ScoredSentence]]


@dataclass(frozen=True, slots=True)
class _Usual:
    """How near a language's sentences usually are to a topic."""

    cosine: float
    spread: float

    def beyond(self, cosine: float) -> float:
        """How far a cosine lies above it, in standard deviations."""
        return (cosine - self.cosine) / self.spread


class TopicSearch:
    """Finds what is said about a topic in one index; safe to share between threads."""

    def __init__(
        self, index: Index, embedder: Embedder, retriever: Retriever, reader: Reader
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._retriever = retriever
        self._reader = reader

    def about(
        self, topic: Question, ranked: Sequence[ScoredSentence], substantial: Substantial
    ) -> list[ScoredSentence]:
        """Those of the sentences that are about a topic, in their order.

        Args:
            topic: what :meth:`ranked` was asked for.
            ranked: what it gave.
            substantial: of some sentences of one transcript, those that are no courtesies.
        """
        near = [s for s in ranked if s.score >= _ABOUT[pair_of(topic.standalone, s.text)]]
        kept = {s for of in by_transcript(near).values() for s in substantial(of)}
        clear = any(s.score >= _CLEARLY[pair_of(topic.standalone, s.text)] for s in kept)
        return [s for s in near if s in kept] if clear else []

    def ranked(self, topic: Question, filters: Filters) -> list[ScoredSentence]:
        """The sentences of the passages nearest to a topic, best first.

        Each is there once however many copies of it there are, and where it was said first.
        """
        vector = self._embedder.embed_question(topic.standalone)
        usual = {chinese: self._usual(vector, chinese) for chinese in (True, False)}
        wanted = Wanted(topic.standalone)
        hits = self._retriever.nearest(topic, _DEPTH, filters)
        near = [one for hit in hits for one in self._scored(hit.passage, vector, wanted, usual)]
        told = self._read(topic, sorted(near, key=_score, reverse=True))
        best_first = sorted((_with_stated(one, told) for one in near), key=_score, reverse=True)
        allowed = left_by(filters, self._index.passages)
        seen: set[int] = set()
        return [self._where_first(one, allowed) for one in best_first if self._is_new(one, seen)]

    def _scored(
        self, passage: Passage, vector: Vector, wanted: Wanted, usual: Mapping[bool, _Usual]
    ) -> Iterable[ScoredSentence]:
        """The sentences of a passage by how far they stand out and what of the topic they name."""
        cosines = self._index.matrices.sentence_cosines(
            self._index.passages.row(passage.id), vector
        )
        for number, cosine in enumerate(cosines.tolist()):
            text = passage.sentence_text(number)
            words = frozenset(terms(text))
            if len(words) >= _MIN_TERMS:
                named = coverage(wanted.of(text), words, self._index.words.rarity)
                score = usual[is_chinese(text)].beyond(cosine) + _NAMING * named**2
                yield ScoredSentence(passage, number, score)

    def _read(self, topic: Question, near: Sequence[ScoredSentence]) -> Told:
        """What the reader says of the passages with the best sentences."""
        passages = list({s.passage.id: s.passage for s in near}.values())[:_READ]
        asked = topic.standalone
        if not asked.endswith(_QUESTION_MARKS):
            asked = _ASKED[topic.language].format(asked)
        found = self._reader.answers(asked, [read_text(self._index, p) for p in passages])
        return {passage.id: one for passage, one in zip(passages, found, strict=True)}

    def _usual(self, vector: Vector, chinese: bool) -> _Usual:
        """By the median, which the few that are about the topic do not move."""
        rows = self._rows[chinese]
        found = [self._index.matrices.sentence_cosines(row, vector) for row in rows]
        if not found:
            return _Usual(0.0, 1.0)
        cosines = np.concatenate(found)
        middle = float(np.median(cosines))
        # 1.4826 makes the median deviation that of a normal distribution.
        spread = 1.4826 * float(np.median(np.abs(cosines - middle)))
        return _Usual(middle, max(spread, _LEAST_SPREAD))

    @cached_property
    def _rows(self) -> Mapping[bool, Sequence[int]]:
        """Passages of either language, evenly chosen."""
        rows = {
            which: np.flatnonzero(self._index.passages.chinese == which) for which in (True, False)
        }
        return {which: of[:: 1 + len(of) // _SAMPLE].tolist() for which, of in rows.items()}

    def _is_new(self, sentence: ScoredSentence, seen: set[int]) -> bool:
        row = self._index.passages.row(sentence.passage.id)
        return self._index.copies.is_first(row, sentence.number, seen)

    def _where_first(self, sentence: ScoredSentence, allowed: Mask) -> ScoredSentence:
        """The same words at the earliest event, of several pages of one in the fullest."""
        copies = self._index.copies_of(sentence.passage.id, sentence.range)
        same = (self._at(copy, allowed) for copy in copies)
        others = (replace(sentence, passage=p, number=n) for p, n in filter(None, same))
        return min((sentence, *others), key=self._age)

    def _at(self, copy: Copy, allowed: Mask) -> tuple[Passage, int] | None:
        """The passage, if filters leave it, and the number of the sentence that a copy is."""
        for row in self._index.passages.rows_of(copy.transcript_id):
            passage = self._index.passages[row]
            for number, place in enumerate(passage.sentences):
                if place.start == copy.start and allowed[row]:
                    return passage, number
        return None

    def _age(self, sentence: ScoredSentence) -> tuple[bool, datetime.date, int]:
        held = self._index.transcripts[sentence.passage.transcript_id]
        return *oldest_first(held.date), -len(held.turns)


def oldest_first(day: datetime.date | None) -> tuple[bool, datetime.date]:
    """A key to sort by: the older first, what has no date last."""
    return day is None, day or datetime.date.min


def by_transcript(sentences: Iterable[ScoredSentence]) -> dict[str, list[ScoredSentence]]:
    """The sentences of each transcript, in their order."""
    found: dict[str, list[ScoredSentence]] = defaultdict(list)
    for sentence in sentences:
        found[sentence.passage.transcript_id].append(sentence)
    return found


def _score(sentence: ScoredSentence) -> float:
    return sentence.score


def _with_stated(sentence: ScoredSentence, told: Told) -> ScoredSentence:
    if sentence.passage.id not in told:
        return sentence
    stated = float(told[sentence.passage.id][sentence.number])
    return replace(sentence, score=sentence.score + _STATING * stated)
