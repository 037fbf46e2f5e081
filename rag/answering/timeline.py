"""Who said what about a topic, when: statements of all events, oldest to newest.

Nothing is written: each entry quotes what stands in one turn, checked as every claim is. Where two
events give other figures for the same, both are entries, and it is said that they differ.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

from rag.answer_json import citation_to_json
from rag.answering.differences import differing_from, differing_groups
from rag.answering.frames import quoting
from rag.answering.substance import Substance, courtesies
from rag.embedding.embedder import Embedder
from rag.embedding.kept import kept_vectors
from rag.indexing.index import Index
from rag.questions.question import understand
from rag.reader.reader import Reader
from rag.search.retrieval import Retriever
from rag.search.speaker_evidence import SaidBy
from rag.search.topic import TopicSearch, by_transcript, oldest_first
from rag.settings import Settings
from rag.types import (
    STATEMENT_ROLES,
    Citation,
    Draft,
    DraftKind,
    Filters,
    Language,
    Question,
    ScoredSentence,
    unbroken_runs,
)
from rag.verification.verify import Checked, Verifier, dated, numbered

# An event gives so many sentences at most, and one more for each that differs from another's.
_PER_EVENT = 4
# Among so many of the sentences nearest to the topic one that differs is looked for.
_COMPARED = 400


@dataclass(frozen=True, slots=True)
class Statement:
    """An entry of a timeline: ``claim`` says who said what, in the words of ``citation``.

    The marker of the citation is the entry's number, from 1.
    """

    claim: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was said about a topic, oldest first, what has no date last.

    ``differences`` are groups of entries, by their numbers, of different events that give other
    figures for the same. ``reason`` says in a sentence why there are no entries, else "".
    """

    topic: str
    language: Language
    entries: tuple[Statement, ...]
    differences: tuple[tuple[int, ...], ...] = ()
    reason: str = ""

    def differing_from(self, number: int) -> str:
        """The other entries that give another figure than this one: ``[2], [5]``, or ""."""
        groups = (group for group in self.differences if number in group)
        return ", ".join(f"[{other}]" for group in groups for other in group if other != number)


class Timelines:
    """Makes the timelines of one index; safe to share between threads."""

    def __init__(
        self, index: Index, embedder: Embedder, retriever: Retriever, reader: Reader,
        said_by: SaidBy, settings: Settings,
    ) -> None:  # fmt: skip
        self._index = index
        self._embedder = embedder
        self._retriever = retriever
        self._said_by = said_by
        self._search = TopicSearch(index, embedder, retriever, reader)
        self._kept = settings.models_dir
        self._check = Verifier(index.transcripts.__getitem__, None).check

    def of(self, topic: str, filters: Filters) -> Timeline:
        """The timeline of a topic, from what the filters leave.

        Officials are quoted, and a narrator where none of them speaks. A reporter's words are
        none's statement: they are there only where the filters ask for them, as what was asked.

        Raises QuestionError as :func:`~rag.questions.question.understand` does.
        """
        asked = understand(topic)
        unknown = self._unknown(asked)
        found = () if unknown else self._sentences(*self._read(asked, filters))
        drafts = (_draft(run, asked.language) for run in _runs(asked.standalone, found))
        checked = [one for one in map(self._check, drafts) if isinstance(one, Checked)]
        entries = tuple(
            Statement(one.text, self._cited(one.citations[0], number, asked.language))
            for number, one in enumerate(checked, 1)
        )
        reason = "" if entries else _reason(asked, unknown, filters)
        cited = [entry.citation for entry in entries]
        differences = differing_groups(asked.standalone, cited)
        return Timeline(asked.standalone, asked.language, entries, differences, reason)

    def _unknown(self, topic: Question) -> tuple[str, ...]:
        """Names in a topic that the corpus does not know.

        A topic that is one name whole may be no name but a title in capitals.
        """
        names = self._retriever.unknown_names(topic)
        return tuple(name for name in names if name.casefold() != topic.standalone.casefold())

    def _read(self, topic: Question, filters: Filters) -> tuple[Question, Filters]:
        """What is looked for, and in whose words: "what did X say about Y" is about Y, by X."""
        speakers = self._said_by.speakers(topic, filters)
        if not speakers:
            return topic, filters
        matter = self._retriever.speakers.replaced(topic.standalone, " ")
        return replace(topic, standalone=matter), replace(filters, speakers=speakers)

    def _sentences(self, topic: Question, filters: Filters) -> list[ScoredSentence]:
        """What is quoted, oldest first and in the order of the transcripts."""
        roles = tuple(role for role in filters.roles or STATEMENT_ROLES if role != "moderator")
        if not roles:
            return []
        ranked = [
            sentence
            for sentence in self._search.ranked(topic, replace(filters, roles=roles))
            if self._may_be_quoted(sentence)
        ]
        about = self._search.about(topic, ranked, self._substance.of)
        chosen = [s for of in by_transcript(about).values() for s in of[:_PER_EVENT]]
        near = (s for s in (*about, *ranked[:_COMPARED]) if s not in chosen)
        others = differing_from(topic.standalone, chosen, dict.fromkeys(near))
        return sorted((*chosen, *others), key=self._place)

    def _may_be_quoted(self, sentence: ScoredSentence) -> bool:
        passage = sentence.passage
        return passage.role != "narrator" or passage.transcript_id in self._told_by_narrators

    @cached_property
    def _told_by_narrators(self) -> frozenset[str]:
        """The transcripts in which no official speaks."""
        transcripts = self._index.transcripts.values()
        return frozenset(t.id for t in transcripts if all(role != "official" for _, role in t.cast))

    @cached_property
    def _substance(self) -> Substance:
        return Substance(self._index, kept_vectors(self._kept, self._embedder, courtesies()))

    def _place(self, sentence: ScoredSentence) -> tuple[bool, datetime.date, str, int]:
        transcript = self._index.transcripts[sentence.passage.transcript_id]
        return *oldest_first(transcript.date), transcript.id, sentence.range.start

    def _cited(self, citation: Citation, number: int, language: Language) -> Citation:
        copies = self._index.copies_of(citation.passage_id, citation)
        return replace(dated(numbered(citation, number), language), copies=copies)


def timeline_to_json(timeline: Timeline) -> dict[str, Any]:
    """What ``hetao timeline --json`` prints."""
    return {
        "topic": timeline.topic,
        "entries": [_statement_to_json(entry) for entry in timeline.entries],
        "differences": [list(numbers) for numbers in timeline.differences],
    }


def _statement_to_json(entry: Statement) -> dict[str, Any]:
    citation = citation_to_json(entry.citation)
    of_the_event = ("date", "transcript_id", "title", "speaker", "role")
    shared = {name: citation[name] for name in of_the_event}
    return {**shared, "claim": entry.claim, "citation": citation}


def _runs(topic: str, found: Sequence[ScoredSentence]) -> Iterator[list[ScoredSentence]]:
    """What is quoted in one go; a sentence that differs from another event's stands alone."""
    apart = set(differing_from(topic, found, found))
    for run in unbroken_runs(found):
        for _, part in groupby(run, key=lambda s: s if s in apart else None):
            yield list(part)


def _draft(run: Sequence[ScoredSentence], language: Language) -> Draft:
    kind: DraftKind = "asked" if run[0].passage.role == "reporter" else "said"
    return quoting(run, kind, kind, language)


def _reason(topic: Question, unknown: Sequence[str], filters: Filters) -> str:
    words = _REASONS[topic.language]
    if unknown:
        return words["unknown"].format(unknown[0])
    return words["nothing" if filters == Filters() else "nothing_chosen"].format(topic.standalone)


_REASONS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "nothing": "Nothing about “{}” was found in the transcripts.",
        "nothing_chosen": "Nothing about “{}” was found in what the filters leave.",
        "unknown": "Nowhere do the transcripts mention “{}”.",
    },
    "zh-Hans": {
        "nothing": "实录中没有找到与“{}”有关的发言。",
        "nothing_chosen": "所选范围内没有找到与“{}”有关的发言。",
        "unknown": "实录中从未提到“{}”。",
    },
    "zh-Hant": {
        "nothing": "實錄中沒有找到與「{}」有關的發言。",
        "nothing_chosen": "所選範圍內沒有找到與「{}」有關的發言。",
        "unknown": "實錄中從未提到「{}」。",
    },
}
