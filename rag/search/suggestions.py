"""Questions to begin with and to go on with: such as make sense alone and as the corpus answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache

import numpy as np

from rag.embedding.embedder import Embedder, Vector
from rag.indexing.index import Index
from rag.questions.examples import Candidate, candidates
from rag.search.offered import Check, Offered
from rag.text.concepts import concepts
from rag.types import Answer, Citation, Copy, Language, ScoredSentence

# A reporter's sentence that names no more things than this asks for what was said before it: "What
# is the situation?" and "Where are the others going to live?" have so few, "What has become of the
# common rules for medical data?" has more.
_FEW_CONCEPTS = 3
# From which cosine on two questions ask the same. Of 24,352 pairs of different questions of the
# page-10 set 0.2% are as near, of 33,658 of the practice set 0.1%. That catches another order of
# the words; whoever asks in quite other words is told by what the answer cites.
_SAME = 0.92
# A check costs a reading, some half a second: so many are made for an answer and for a first page.
_CHECKED_AFTER, _CHECKED_BEFORE, _CHECKED_OTHER = 6, 8, 3
# So many candidates are compared with an answer, those of the transcripts that it cites first.
_COMPARED = 64
# Of what was asked before, so many questions are kept clear of; so much of each is compared, for
# more would not fit every model's window.
_ASKED, _COMPARED_OF = 20, 200
_VECTORS_KEPT = 1024


class Suggestions:
    """The questions of one index. What was found out is kept; safe to share between threads.

    Args:
        index: the index that must answer them.
        embedder: the one that the index was made with.
        check: finds out whether a candidate is answered.
    """

    def __init__(self, index: Index, embedder: Embedder, check: Check) -> None:
        self._index = index
        self._embedder = embedder
        self._check = check
        self._vector = lru_cache(maxsize=_VECTORS_KEPT)(self._embedded)

    def to_begin(self, count: int) -> tuple[str, ...]:
        """At most ``count`` questions that the corpus answers, the transcripts taken in turn.

        One of them is in the other language, English or Chinese, where the corpus has such.
        """
        main, other = _by_language(self._candidates)
        others = self._answered(other, min(1, count - 1), iter(range(_CHECKED_OTHER)))
        found = self._answered(main, count - len(others), iter(range(_CHECKED_BEFORE)))
        return tuple(offered.candidate.text for offered in (*found, *others))

    def to_go_on(self, answer: Answer, asked: Sequence[str], count: int) -> tuple[str, ...]:
        """At most ``count`` questions to ask after an answer, the nearest to it first.

        Each is answered by another sentence than those that the answer cites. They are in the
        language of the question where the corpus has such.

        Args:
            answer: what was answered or refused. A refused question may be offered in other
                words that are answered.
            asked: what was asked so far; not offered again, nor the same in other words.
            count: how many.
        """
        vector = self._vector(answer.standalone_question)
        cited = self._cited(answer.citations)
        before = [text for text in asked[-_ASKED:] if text != answer.question]
        if answer.citations:
            before += [answer.question, answer.standalone_question]
        known = [self._vector(text) for text in before]

        def nearness(candidate: Candidate) -> float:
            one = self._vector(candidate.text)
            to_quotes = float((cited @ one).max()) if len(cited) else 0.0
            return float(vector @ one) + to_quotes

        told = {text.casefold() for text in (*before, answer.question)}
        new = [
            candidate
            for candidate in self._nearby(answer)
            if candidate.text.casefold() not in told
            and not any(self._is_same(candidate, one) for one in known)
        ]
        new.sort(key=lambda candidate: -nearness(candidate))
        left = iter(range(_CHECKED_AFTER))
        for group in _by_preference(new, answer.language):
            if found := self._answered(group, count, left, answer.citations):
                return tuple(offered.candidate.text for offered in found)
        return ()

    @cached_property
    def _candidates(self) -> tuple[Candidate, ...]:
        return tuple(filter(_names_enough, candidates(tuple(self._index.transcripts.values()))))

    def _nearby(self, answer: Answer) -> list[Candidate]:
        """The candidates to compare, those of the transcripts first that the answer shows."""
        shown = {citation.transcript_id for citation in (*answer.citations, *answer.more)}
        shown |= {hit.passage.transcript_id for hit in answer.nearest}
        ordered = sorted(self._candidates, key=lambda each: each.transcript_id not in shown)
        return ordered[:_COMPARED]

    def _answered(
        self, of: Iterable[Candidate], count: int, left: Iterator[int],
        cited: Sequence[Citation] = (),
    ) -> list[Offered]:  # fmt: skip
        """The first ``count`` that are answered, each by another sentence, none of them cited.

        Each check takes one of ``left``. What is doubtful only fills up.
        """
        sure: list[Offered] = []
        doubtful: list[Offered] = []
        for candidate in of:
            if len(sure) >= count or next(left, None) is None:
                break
            offered = self._check(candidate)
            if offered is None or any(_is_cited(offered.best, citation) for citation in cited):
                continue
            if not any(_same_sentence(offered, other) for other in (*sure, *doubtful)):
                (doubtful if offered.doubtful else sure).append(offered)
        return [*sure, *doubtful][:count]

    def _is_same(self, candidate: Candidate, vector: Vector) -> bool:
        return float(self._vector(candidate.text) @ vector) >= _SAME

    def _embedded(self, text: str) -> Vector:
        return self._embedder.embed_question(text[:_COMPARED_OF])

    def _cited(self, citations: Sequence[Citation]) -> Vector:
        """The vectors of the sentences cited, as far as they are of this index."""
        places = []
        for citation in citations:
            with suppress(KeyError):
                row = self._index.passages.row(citation.passage_id)
                sentences = enumerate(self._index.passages[row].sentences)
                places += [(row, n) for n, said in sentences if said.overlaps(citation)]
        if not places:
            return np.empty((0, 0), np.float32)
        return self._index.matrices.sentence_vectors(places)


def _names_enough(candidate: Candidate) -> bool:
    """Whether a reporter's question names its subject; one of the manifest is taken to do so."""
    if candidate.exchange is None:
        return True
    return len(concepts(candidate.text, of_chinese_text=False)) > _FEW_CONCEPTS


def _same_sentence(one: Offered, other: Offered) -> bool:
    return (one.best.passage.id, one.best.number) == (other.best.passage.id, other.best.number)


def _is_cited(sentence: ScoredSentence, citation: Citation) -> bool:
    places: tuple[Citation | Copy, ...] = (citation, *citation.copies)
    return any(map(sentence.touches, places))


def _by_language(of: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Those in the language that most have, English or Chinese, and the others."""
    english = [candidate for candidate in of if candidate.language == "en"]
    chinese = [candidate for candidate in of if candidate.language != "en"]
    return (english, chinese) if len(english) >= len(chinese) else (chinese, english)


def _by_preference(of: Sequence[Candidate], language: Language) -> Iterator[list[Candidate]]:
    """Those in a language, with those in the same in the other script behind them; the rest."""
    near = [c for c in of if (c.language == "en") == (language == "en")]
    near.sort(key=lambda candidate: candidate.language != language)
    yield near
    yield [candidate for candidate in of if candidate not in near]
