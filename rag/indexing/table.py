"""The passages of an index as columns over its transcripts; one is made when it is asked for.

What a passage says stands in its transcript already, and who says it in its turn. So only its place
is kept: of 200,000 passages that is some 20 MB, and hundreds as objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from rag.indexing.passages import passage_of, question_before
from rag.text.language import is_chinese
from rag.types import Passage, Range, Role, Transcript

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int32]
PASSAGES_FILE = "passages.npz"
_CAST = "speakers", "roles"
_KEPT = 4096  # passages that were made last


@dataclass(frozen=True)
class Column:
    """A text for each passage: the texts that there are, and the number of each passage's.

    Args:
        values: each text once, in order of first appearance.
        codes: shape (passages,).
    """

    values: tuple[str, ...]
    codes: Numbers

    def among(self, wanted: Iterable[str]) -> Mask:
        """Which passages have one of these texts, shape (passages,)."""
        known = self._numbers
        return np.isin(self.codes, [known[value] for value in wanted if value in known])

    @classmethod
    def of(cls, texts: Iterable[str]) -> Column:
        """The column of a text for each passage."""
        numbers: dict[str, int] = {}
        codes = [numbers.setdefault(text, len(numbers)) for text in texts]
        return cls(tuple(numbers), np.array(codes, dtype=np.int32))

    @classmethod
    def read(cls, columns: Mapping[str, NDArray[Any]], name: str) -> Column:
        """What :meth:`written` gave. Raises KeyError where there is none of that name."""
        return cls(tuple(columns[name].tolist()), columns[f"{name}_codes"].astype(np.int32))

    def written(self, name: str) -> dict[str, NDArray[Any]]:
        """Both parts, each under a name of its own."""
        return {name: np.array(self.values, dtype=str), f"{name}_codes": self.codes}

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {value: number for number, value in enumerate(self.values)}


def save_passages(
    folder: Path, passages: Sequence[Passage], transcripts: Sequence[Transcript]
) -> None:
    """Write what :meth:`Passages.open` reads. Raises OSError.

    Args:
        folder: of the generation.
        passages: all of them.
        transcripts: all that they are of.
    """
    np.savez(folder / PASSAGES_FILE, allow_pickle=False, **_columns(passages, transcripts))


class Passages:
    """All passages of an index, by their number.

    Args:
        columns: what :func:`save_passages` writes.
        transcripts: in the order that the columns number them.
        question_context: whether a passage has the reporter's question that it answers.

    Raises ValueError where the columns are another's.
    """

    def __init__(
        self, columns: Mapping[str, NDArray[Any]], transcripts: Sequence[Transcript],
        question_context: bool,
    ) -> None:  # fmt: skip
        self._ids = columns["ids"]
        self._transcripts = transcripts
        self._of = columns["transcripts"].astype(np.int32)
        self._question_context = question_context
        self._sentences = columns["sentences"].astype(np.int32).reshape(-1, 2)
        self.counts: Numbers = columns["counts"].astype(np.int32)
        self.chinese: Mask = columns["chinese"].astype(bool)
        self.turns: Numbers = columns["turns"].astype(np.int32)
        # Who says each, and as what.
        self.speakers, self.roles = (Column.read(columns, name) for name in _CAST)
        self.first = np.concatenate(([0], np.cumsum(self.counts, dtype=np.intp)))
        same = {len(self._ids), *map(len, (self._of, self.counts, self.turns, self.chinese))}
        same |= {len(self.speakers.codes), len(self.roles.codes)}
        others = self._of.max(initial=-1) >= len(transcripts)
        if len(same) != 1 or others or self.first[-1] != len(self._sentences):
            raise ValueError("the passages are another's")
        self._made = lru_cache(maxsize=_KEPT)(self._make)
        self._order = np.argsort(self._ids, kind="stable")

    @classmethod
    def of(cls, passages: Sequence[Passage], transcripts: Sequence[Transcript]) -> Passages:
        """The same of passages that were just cut."""
        context = any(passage.question for passage in passages)
        return cls(_columns(passages, transcripts), transcripts, context)

    @classmethod
    def open(
        cls, folder: Path, transcripts: Sequence[Transcript], *, question_context: bool
    ) -> Passages:
        """What :func:`save_passages` wrote. Raises OSError, ValueError or KeyError if damaged."""
        try:
            with np.load(folder / PASSAGES_FILE) as columns:
                return cls(columns, transcripts, question_context)
        except (BadZipFile, EOFError) as error:
            raise ValueError("the passages are damaged") from error

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, row: int | np.integer[Any]) -> Passage:
        if not 0 <= row < len(self):
            raise IndexError(row)
        return self._made(int(row))

    def __iter__(self) -> Iterator[Passage]:
        return map(self._make, range(len(self)))

    def row(self, passage_id: str) -> int:
        """The number of a passage. Raises KeyError when there is none of that id."""
        found = self.rows([passage_id])
        if not found.size:
            raise KeyError(passage_id)
        return int(found[0])

    def rows(self, passage_ids: Iterable[str]) -> NDArray[np.intp]:
        """The numbers of passages; an id of none is passed over."""
        if not len(self):
            return np.empty(0, dtype=np.intp)
        wanted = np.array([known_as.encode() for known_as in passage_ids], dtype=bytes)
        places = np.searchsorted(self._ids, wanted, sorter=self._order)
        found = self._order[np.minimum(places, len(self) - 1)]
        return np.asarray(found[self._ids[found] == wanted])

    @cached_property
    def transcripts(self) -> Column:
        """Of which transcript each is, by its id."""
        return Column(tuple(transcript.id for transcript in self._transcripts), self._of)

    @cached_property
    def days(self) -> Numbers:
        """When, in days as :meth:`datetime.date.toordinal` counts them; 0 where nothing says it."""
        held = [each.date.toordinal() if each.date else 0 for each in self._transcripts]
        return np.array(held, dtype=np.int32)[self._of]

    def speakers_as(self, roles: Iterable[Role]) -> set[str]:
        """Who says anything as one of these."""
        codes = np.unique(self.speakers.codes[self.roles.among(roles)])
        return {self.speakers.values[code] for code in codes}

    def lengths(self, row: int) -> list[int]:
        """How many characters each sentence of a passage has."""
        runs = self._sentences[self.first[row] : self.first[row + 1]]
        lengths: list[int] = (runs[:, 1] - runs[:, 0]).tolist()
        return lengths

    def rows_of(self, transcript_id: str) -> NDArray[np.intp]:
        """The numbers of a transcript's passages."""
        return np.flatnonzero(self.transcripts.among([transcript_id]))

    def _make(self, row: int) -> Passage:
        transcript = self._transcripts[self._of[row]]
        turn = transcript.turn(int(self.turns[row]))
        runs = self._sentences[self.first[row] : self.first[row + 1]].tolist()
        question = question_before(transcript, turn) if self._question_context else ""
        known_as = self._ids[row].decode()
        return passage_of(transcript, turn, [Range(*run) for run in runs], question, known_as)


def _columns(
    passages: Sequence[Passage], transcripts: Sequence[Transcript]
) -> dict[str, NDArray[Any]]:
    numbers = {transcript.id: number for number, transcript in enumerate(transcripts)}
    return {
        "ids": np.array([passage.id for passage in passages], dtype=bytes),
        "transcripts": np.array([numbers[p.transcript_id] for p in passages], dtype=np.int32),
        "turns": np.array([passage.turn for passage in passages], dtype=np.int32),
        "counts": np.array([len(passage.sentences) for passage in passages], dtype=np.int32),
        "sentences": np.array([run for p in passages for run in p.sentences], dtype=np.int32),
        "chinese": np.array([is_chinese(passage.text) for passage in passages], dtype=bool),
        **Column.of(passage.speaker for passage in passages).written("speakers"),
        **Column.of(passage.role for passage in passages).written("roles"),
    }
