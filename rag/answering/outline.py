"""An outline from the structure of transcripts: who asked what, who answered, and with what words.

Nothing is written: each line quotes one sentence (:mod:`rag.answering.substance`). Where a chat
model is set, :mod:`rag.summary` has it write of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.answering.differences import newest_first
from rag.answering.frames import quoting
from rag.answering.substance import Substance
from rag.indexing.index import Index
from rag.questions.question import leans_on_history
from rag.search.filters import left_by
from rag.types import (
    STATEMENT_ROLES,
    Draft,
    Filters,
    Language,
    ScoredSentence,
    Transcript,
    Turn,
)

NAME = "outline"
MAX_ENTRIES = 12
_QUESTION_MARKS = ("?", "？")


@dataclass(frozen=True, slots=True)
class Entry:
    """A question and the answers to it, or a statement; ``said`` may be several of a speaker's.

    ``asked`` is a run of one or two sentences, or () where there is no question.
    """

    asked: tuple[ScoredSentence, ...]
    said: tuple[ScoredSentence, ...]

    def drafts(self, language: Language) -> Iterator[Draft]:
        """What it says, a claim for each person."""
        if self.asked:
            yield quoting(self.asked, "outlined_asked", "asked", language)
        replied: set[str] = set()
        for sentence in self.said:
            speaker = sentence.passage.speaker
            first = bool(self.asked) and speaker not in replied
            replied.add(speaker)
            yield quoting((sentence,), "outlined_replied" if first else "said", "said", language)


class Outliner:
    """Outlines the transcripts of one index. Holds no question; safe to share between threads."""

    def __init__(self, index: Index, substance: Substance) -> None:
        self._index = index
        self._substance = substance

    def transcripts(self, filters: Filters) -> list[Transcript]:
        """Those of which the filters leave anything, the newest first."""
        of = self._index.passages.transcripts
        left = np.unique(of.codes[left_by(filters, self._index.passages)])
        found = [self._index.transcripts[of.values[code]] for code in left]
        return sorted(found, key=lambda transcript: newest_first(transcript.date))

    def turns(self, transcripts: Iterable[Transcript], filters: Filters) -> list[Turn]:
        """The turns of which the filters leave anything."""
        allowed = left_by(filters, self._index.passages)
        return [
            transcript.turn(number)
            for transcript in transcripts
            for number in self._rows_by_turn(transcript, allowed)
        ]

    def exchanges(
        self, transcripts: Iterable[Transcript], filters: Filters, of: frozenset[str] = frozenset()
    ) -> list[Entry]:
        """An entry for each exchange and each statement, in the order of the transcripts.

        Each answer gives one sentence, where there is little to outline one of each passage.

        Args:
            transcripts: what is outlined.
            filters: whose words may be quoted.
            of: only where one of these speaks is there an entry, and of the answers only theirs.

        What stands in several transcripts is told once.
        """
        allowed = left_by(filters, self._index.passages)
        told: list[tuple[list[int], list[list[int]]]] = []
        for transcript in transcripts:
            rows = self._rows_by_turn(transcript, allowed)
            for question, turns in _exchanges(transcript):
                answers = [rows[t.number] for t in turns if t.number in rows and _is_of(t, of)]
                asked = rows.get(question.number, []) if question else []
                if answers or (asked and not turns and not of):
                    told.append((asked, answers))
        in_detail = sum(len(rows) for _, answers in told for rows in answers) <= MAX_ENTRIES
        entries = (self._entry(asked, answers, in_detail) for asked, answers in told)
        return self._distinct(entries)

    def _entry(self, asked: list[int], answers: list[list[int]], in_detail: bool) -> Entry:
        parts = [
            part for rows in answers for part in ([[r] for r in rows] if in_detail else [rows])
        ]
        said = (self._substance.first(self._sentences(part)) for part in parts)
        return Entry(self._question(asked), tuple(filter(None, said)))

    def _distinct(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries without what is a copy of what one before says."""
        seen: set[int] = set()
        distinct = []
        for entry in entries:
            said = tuple(sentence for sentence in entry.said if self._is_new(sentence, seen))
            if said or (entry.asked and not entry.said and self._is_new(entry.asked[-1], seen)):
                distinct.append(Entry(entry.asked, said))
        return distinct

    def first_words(self, transcripts: Iterable[Transcript], filters: Filters) -> list[Entry]:
        """An entry for each speaker who may be quoted, officials first: the first of substance."""
        allowed = left_by(filters, self._index.passages)
        first: dict[str, Entry] = {}
        for transcript in transcripts:
            rows = self._rows_by_turn(transcript, allowed)
            stating = _stating(transcript)
            for turn in transcript.turns:
                if turn.speaker in first or turn.number not in rows:
                    continue
                sentences = self._sentences(rows[turn.number])
                if turn in stating and (said := self._substance.first(sentences)):
                    first[turn.speaker] = Entry((), (said,))
                elif turn.role == "reporter" and (asked := self._question(rows[turn.number])):
                    first[turn.speaker] = Entry(asked, ())
        return sorted(first.values(), key=lambda entry: bool(entry.asked))

    def _rows_by_turn(self, transcript: Transcript, allowed: NDArray[Any]) -> dict[int, list[int]]:
        passages = self._index.passages
        rows: dict[int, list[int]] = {}
        for row in passages.rows_of(transcript.id).tolist():
            if allowed[row]:
                rows.setdefault(int(passages.turns[row]), []).append(row)
        return rows

    def _question(self, rows: Sequence[int]) -> tuple[ScoredSentence, ...]:
        """A reporter's first question, with the sentence before it where it leans on that.

        Where there is no question mark, what the turn is about.
        """
        sentences = self._sentences(rows)
        asking = [s for s in sentences if s.text.rstrip().endswith(_QUESTION_MARKS)]
        asked = next(iter(self._substance.of(asking)), None) or self._substance.first(sentences)
        if asked is None:
            return ()
        if asked.number and leans_on_history(asked.text):
            return (replace(asked, number=asked.number - 1), asked)
        return (asked,)

    def _sentences(self, rows: Sequence[int]) -> list[ScoredSentence]:
        passages = [self._index.passages[row] for row in rows]
        return [ScoredSentence(p, n, 0.0) for p in passages for n in range(len(p.sentences))]

    def _is_new(self, sentence: ScoredSentence, seen: set[int]) -> bool:
        row = self._index.passages.row(sentence.passage.id)
        return self._index.copies.is_first(row, sentence.number, seen)


def _stating(transcript: Transcript) -> list[Turn]:
    """The turns that state something; a narrator's, who names who is there, where no other does."""
    stating = [turn for turn in transcript.turns if turn.role in STATEMENT_ROLES]
    return [turn for turn in stating if turn.role == "official"] or stating


def _exchanges(transcript: Transcript) -> Iterator[tuple[Turn | None, list[Turn]]]:
    """Each reporter's turn with the statements that answer it, and each statement by itself.

    Of several answers of one speaker in an exchange there is the first.
    """
    answers: dict[int, dict[str, Turn]] = {}
    stating = _stating(transcript)
    for turn in stating:
        if turn.exchange is not None:
            answers.setdefault(turn.exchange, {}).setdefault(turn.speaker, turn)
    for turn in transcript.turns:
        if turn.role == "reporter":
            yield turn, list(answers.pop(turn.number, {}).values())
        elif turn.exchange is None and turn in stating:
            yield None, [turn]


def _is_of(turn: Turn, speakers: frozenset[str]) -> bool:
    return not speakers or turn.speaker in speakers
