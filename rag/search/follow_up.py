"""What a follow-up means: decided by what is found for each way to read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

import numpy as np

from rag.embedding.embedder import Embedder, Vector
from rag.indexing.index import Index
from rag.search.confidence import Read, no_more
from rag.search.filters import left_by
from rag.text.concepts import concepts, is_named
from rag.text.language import is_chinese, terms
from rag.types import STATEMENT_ROLES, Evidence, Filters, Hit, Passage, Question, ScoredSentence

# To ask for more is to say much the same as one of these, whatever the words, and less the same as
# a question that asks who or what, or than anything that was said.
_MORE = ("Tell me more about that.", "请再多说一些。", "Please go on.", "还有呢？", "What else?")
_PARTICULAR = (
    "What is it?", "Who is it?", "When is it?", "Where is it?", "Why is it so?",
    "How many are there?", "它是什么？", "是谁？", "什么时候？", "在哪里？", "为什么？", "有多少？",
)  # fmt: skip
# How much nearer it must be to one of them, when it has words of a subject. Of 23 requests for more
# and 43 other follow-ups, in English, Chinese and Cantonese, 19 and none are taken for one so.
_NEARER = 0.015
# How much less near to the question as it stands the evidence may be that is found with a subject
# behind it, in cosines, divided by the concepts that the question has itself: "Who pays for it?"
# says little and may be led far, "Who said that the park will promote cooperation?" says all.
_LED_AWAY = 0.1
# With so few concepts a question is not complete, though it finds what it finds with a subject.
_FEW_CONCEPTS = 2
# So many sentences are read on; how many of them are quoted is the generator's affair.
_READ_ON = 6
# Each is put a little lower than the one before it.
_STEP = 0.02
# A sentence with fewer terms ("Thank you.") tells nothing.
_MIN_TERMS = 3

Find = Callable[[Question], Sequence[Read]]
Near = Callable[[ScoredSentence], float]
Search = Callable[[str], Sequence[Hit]]


def settle(question: Question, find: Find, near: Near) -> Question:
    """The way to read a follow-up that is borne out by what is found for it.

    It is left as it stands where the same is found with a subject put behind it, and where the
    subject leads away from what the question itself says.

    Args:
        question: with its other readings.
        find: gives the evidence for a reading, best first.
        near: the cosine of a sentence and the question as it stands.
    """
    if not question.readings:
        return question
    alone, *fresh = question.readings
    own = concepts(alone.standalone, of_chinese_text=False)
    first = _best(find(alone))
    if first is None or not own:
        return question
    least = near(first) - _LED_AWAY / len(own)
    for reading in (*fresh, question):
        best = _best(find(reading))
        if best is None or near(best) < least:
            continue
        same = (best.passage.id, best.number) == (first.passage.id, first.number)
        if same and len(own) > _FEW_CONCEPTS:
            return alone
        # What the last answer named is spoken of by name.
        if not reading.fresh or _names(best.text, alone.standalone):
            return reading
    return alone


def _names(text: str, question: str) -> bool:
    found = set(terms(text))
    wanted = concepts(question, of_chinese_text=is_chinese(text))
    return any(is_named(concept, found) for concept in wanted)


def _best(evidence: Sequence[Read]) -> ScoredSentence | None:
    said = (r.sentence for r in evidence if r.sentence.passage.role in STATEMENT_ROLES)
    return next(said, None)


def unsaid(read: Sequence[Read], said: Sequence[str]) -> tuple[Read, ...]:
    """The sentences that stand in nothing that was said."""
    return tuple(r for r in read if not _stands_in(r.sentence.text, said))


class ReadingOn:
    """Answers a request for more by what goes on from the quote just given."""

    def __init__(self, index: Index, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder
        self._anchors: tuple[Vector, Vector] | None = None

    def is_asked_for(self, question: Question, nearest: Callable[[Vector], float]) -> bool:
        """Whether a question asks for more of what was said, and for nothing in particular.

        ``nearest`` gives the cosine of a vector and whatever was said that is nearest to it.
        """
        if not question.said:
            return False
        if self._anchors is None:
            self._anchors = self._embed(_MORE), self._embed(_PARTICULAR)
        more, particular = self._anchors
        vector = self._embedder.embed_question(question.text)
        otherwise = max(float((particular @ vector).max()), nearest(vector))
        return float((more @ vector).max()) - otherwise > (_NEARER if terms(question.text) else 0.0)

    def _embed(self, texts: Sequence[str]) -> Vector:
        return np.stack([self._embedder.embed_question(text) for text in texts])

    def evidence(self, question: Question, search: Search, filters: Filters) -> Evidence:
        """What was said after the last quote, near it, and has not been shown yet.

        ``search`` gives the passages for a text.
        """
        sentences = tuple(
            ScoredSentence(passage, number, 1.0 - _STEP * place)
            for place, (passage, number) in enumerate(self._rest(question, search, filters))
        )
        passages = {s.passage.id: s.passage for s in sentences}
        hits = tuple(Hit(passage, 1.0) for passage in passages.values())
        reason = no_more(question.language, chosen=filters != Filters())
        return Evidence(question, hits, sentences, float(bool(sentences)), reason)

    def _rest(
        self, question: Question, search: Search, filters: Filters
    ) -> list[tuple[Passage, int]]:
        """The sentences after the last quote in its turn, those in the turns of officials that
        follow it in the exchange, then those before it in its turn."""
        last = self._last_quote(question.said, search)
        if last is None:
            return []
        passage, number = last
        place = self._index.passages.row(passage.id)
        passages = self._index.passages
        after = (passages[row] for row in range(place + 1, len(passages)))
        before = (passages[row] for row in reversed(range(place)))
        following = takewhile(lambda other: _goes_on(other, passage), after)
        preceding = takewhile(lambda other: _turn(other) == _turn(passage), before)
        allowed = left_by(filters, passages)
        near = [
            *((passage, n) for n in range(number + 1, len(passage.sentences))),
            *((other, n) for other in following for n in range(len(other.sentences))),
            *((other, n) for other in reversed(list(preceding))
              for n in range(len(other.sentences))),
            *((passage, n) for n in range(number)),
        ]  # fmt: skip
        new = [
            (other, n)
            for other, n in near
            if other.role in STATEMENT_ROLES
            and allowed[passages.row(other.id)]
            and len(terms(other.sentence_text(n))) >= _MIN_TERMS
            and not _stands_in(other.sentence_text(n), question.said)
        ]
        return new[:_READ_ON]

    def _last_quote(self, said: Sequence[str], search: Search) -> tuple[Passage, int] | None:
        """The sentence that was quoted last; of words that a model wrote, the nearest passage's
        last."""
        for words in reversed(said):
            hits = search(words)
            quoted = [
                (words.rfind(_one_line(hit.passage.sentence_text(n))), hit.passage, n)
                for hit in hits
                for n in range(len(hit.passage.sentences))
            ]
            found, passage, number = max(quoted, key=lambda q: q[0], default=(-1, None, 0))
            if passage is not None and found >= 0:
                return passage, number
        return None


def _goes_on(other: Passage, passage: Passage) -> bool:
    """Whether it is of the same turn, or of the same exchange."""
    same_exchange = passage.exchange is not None and (
        (other.transcript_id, other.exchange) == (passage.transcript_id, passage.exchange)
    )
    return same_exchange or _turn(other) == _turn(passage)


def _turn(passage: Passage) -> tuple[str, int]:
    return passage.transcript_id, passage.turn


def _stands_in(sentence: str, said: Sequence[str]) -> bool:
    words = _one_line(sentence)
    return any(words in one for one in said)


def _one_line(text: str) -> str:
    return " ".join(text.split())
