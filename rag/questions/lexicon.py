"""What the corpus calls things: its words, abbreviations, names and speakers, learnt from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.questions.abbreviations import (
    LONG_NAME,
    SHORT,
    abbreviations_of,
    defined_abbreviations,
    spelt_abbreviations,
)  # fmt: skip
from rag.questions.names import NAME, Speakers, name_keys, names_written_in_chinese
from rag.questions.spelling import Speller
from rag.questions.unknown_names import unknown_names
from rag.text.concepts import Concept
from rag.text.language import CHINESE_RUN, terms
from rag.types import Passage

_WORD = re.compile(r"[a-z]{3,}")
_LATIN = re.compile(r"[^\W\d_]+(?:&[^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is learnt from a corpus: plain values, so that an index can store them.

    ``words`` are in small letters with how often each is said, ``shorts`` the abbreviations that
    occur, ``long_forms`` what those stand for that is known of. ``people`` are the speakers who
    are no reporters.
    """

    words: Mapping[str, int]
    names: tuple[str, ...]
    shorts: tuple[str, ...]
    long_forms: Mapping[str, str]
    people: tuple[str, ...]
    outlets: tuple[str, ...]


def learn(passages: Sequence[Passage]) -> Vocabulary:
    """The vocabulary of a corpus; 10,000 passages of 480 characters take 1.5 seconds."""
    texts = [f"{p.speaker}: {p.text}" for p in passages]
    texts.extend(dict.fromkeys(p.title for p in passages))
    shorts = _all(SHORT, texts)
    return Vocabulary(
        words=Counter(word for text in texts for word in _WORD.findall(text.casefold())),
        names=_all(NAME, texts),
        shorts=shorts,
        long_forms=spelt_abbreviations(shorts, _all(LONG_NAME, texts))
        | defined_abbreviations(texts),
        people=tuple(
            dict.fromkeys(p.speaker for p in passages if p.speaker and p.role != "reporter")
        ),
        outlets=tuple(
            dict.fromkeys(p.speaker for p in passages if p.speaker and p.role == "reporter")
        ),
    )


class Lexicon:
    """Reads a question in the corpus's words. Made once for an index, holds no question."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.speakers = Speakers(vocabulary.people, vocabulary.outlets)
        self._speller = Speller(vocabulary.words, vocabulary.names)
        self._names = name_keys(vocabulary.names)
        self._long = vocabulary.long_forms
        self._short = {"".join(filter(str.isalnum, s.casefold())): s for s in vocabulary.shorts}

    def correct(self, question: str) -> str:
        """The question with its misspelt English words put right; see :class:`Speller`."""
        return self._speller.correct(question)

    def widen(self, question: str, wanted: Iterable[Concept]) -> tuple[Concept, ...]:
        """The concepts of a question with the corpus's other ways to name them.

        An abbreviation is also its long form and the other way about, a word its British or
        American spelling, and a name in Chinese characters the Latin name that is read so.
        """
        others = self._other_ways(question)
        widened = [
            (*concept, *(way for own in concept if len(own) == 1 for way in others.get(own[0], ())))
            for concept in wanted
        ]
        widened.extend((way,) for way in names_written_in_chinese(question, self._names) if way)
        widened.extend((way,) for way in self._disguised(question))
        return tuple(dict.fromkeys(tuple(dict.fromkeys(concept)) for concept in widened))

    def unknown_names(self, question: str, knows: Callable[[str], bool]) -> tuple[str, ...]:
        """See :func:`rag.questions.unknown_names.unknown_names`."""
        return unknown_names(question, knows, self._names)

    def _disguised(self, question: str) -> Iterator[tuple[str, ...]]:
        """What the abbreviations stand for that are stop words when small: "MOST"."""
        for word in () if question.isupper() else _LATIN.findall(question):
            if (way := tuple(terms(self._long.get(word, "")))) and not terms(word):
                yield way

    def _other_ways(self, question: str) -> dict[str, list[tuple[str, ...]]]:
        """Each term of the question with what else it may be called."""
        words = _LATIN.findall(CHINESE_RUN.sub(" ", question))
        same = [(word, self._long.get(word, "")) for word in words]
        same += [(word, self._speller.variant(word)) for word in words]
        same += [(long, short) for short, long in abbreviations_of(words, self._short).items()]
        others: dict[str, list[tuple[str, ...]]] = {}
        for name, other in same:
            if way := tuple(terms(other)):
                for term in terms(name):
                    others.setdefault(term, []).append(way)
        return others


def _all(pattern: re.Pattern[str], texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for text in texts for found in pattern.findall(text)))
