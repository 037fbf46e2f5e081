"""Evaluation sets: what a record is, and how a JSON Lines file of them is read.

A record's fields are those of ``eval/sets/README.md``. Only ``id`` and ``question`` are required
of every record, ``evidence`` of every answerable one. A field that is none of these is an error,
since a misspelt ``must_include`` would otherwise make a question pass unjudged.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from eval.errors import SetError
from eval.nuggets import tokens
from rag.text.language import detect_language
from rag.types import Language, Message

UnanswerableKind = Literal["near_miss", "off_topic", "injection", "unknowable"]
Split = Literal["dev", "test"]
# The sets that come with the product, and the one of its own corpus.
SETS = Path(__file__).with_name("sets")
PAGE_10 = SETS / "hetao-page10.jsonl"
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Span(NamedTuple):
    """A stretch of a transcript's canonical text, ``start <= i < end``."""

    transcript_id: str
    start: int
    end: int


class Problem(NamedTuple):
    """What is wrong with a line of a set (1-based)."""

    line: int
    text: str


class EvidenceLine(BaseModel):
    """A verbatim quote and, where given, who says it and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quote: Annotated[Filled, Field(max_length=20_000)]
    speaker: str = ""
    transcript: str = ""
    page: int | None = None


class HistoryLine(BaseModel):
    """One message of the conversation before the question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["user", "assistant"]
    content: str


class Record(BaseModel):
    """One question of a set, with its gold, as it stands in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[Filled, Field(max_length=200)]
    question: Filled
    language: Language | None = None
    type: str = ""
    history: tuple[HistoryLine, ...] = ()
    answerable: bool = True
    unanswerable_kind: UnanswerableKind | None = None
    answer: str = ""
    must_include: tuple[Annotated[tuple[Filled, ...], Field(min_length=1)], ...] = ()
    evidence: tuple[EvidenceLine, ...] = ()
    split: Split | None = None

    @property
    def asked_in(self) -> Language:
        """The language given, or else the one the question is written in."""
        return self.language or detect_language(self.question)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The history as the assistant takes it."""
        return tuple(Message(line.role, line.content) for line in self.history)


# The fields of a record that are made of fields themselves.
_PARTS: dict[int | str, type[BaseModel]] = {"evidence": EvidenceLine, "history": HistoryLine}


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """A piece of evidence in its place.

    ``spans`` are alternatives: a quote that occurs twice is found by finding either.
    ``speaker`` is "" where the set does not say who must have said it.
    """

    quote: str
    speaker: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A record whose evidence has been located.

    ``transcripts`` restricts the question to these transcript ids; empty means all.
    """

    record: Record
    evidence: tuple[GoldEvidence, ...]
    transcripts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Cases with the name and the sha256 of what they were read from."""

    name: str
    sha256: str
    cases: tuple[Case, ...]


def read_records(path: Path) -> tuple[list[tuple[int, Record]], list[Problem], str]:
    """The records of a file, as :func:`records_in` has them; SetError where it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SetError(
            f"The evaluation set {path} cannot be read ({error.strerror or error}). "
            "Give the path of a .jsonl file, or one of: qmsum, xquad, xquad-zh."
        ) from error
    return records_in(data, path)


def records_in(data: bytes, path: Path) -> tuple[list[tuple[int, Record]], list[Problem], str]:
    """Records with their line numbers, every problem found, and the sha256 of a file's bytes.

    Blank lines are passed over. Raises SetError, which names the file by ``path``, when it is not
    UTF-8 or holds nothing at all; bad lines are returned, so that all can be reported at once.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SetError(
            f"{path} is not UTF-8 (byte {error.start}). Save it as UTF-8 and run again."
        ) from error
    records: list[tuple[int, Record]] = []
    problems: list[Problem] = []
    first_lines: dict[str, int] = {}
    # Not splitlines(): a JSON string may hold U+2028, which that would cut at.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        record, faults = _read_line(line)
        if record is not None:
            first = first_lines.setdefault(record.id, number)
            if first != number:
                faults.append(f"the id {record.id!r} was used before, on line {first}")
            records.append((number, record))
        problems.extend(Problem(number, fault) for fault in faults)
    if not records and not problems:
        raise SetError(f"{path} holds no question. Write one JSON object a line into it.")
    return records, problems, hashlib.sha256(data).hexdigest()


def complain(path: Path, problems: Iterable[Problem], hint: str = "") -> SetError:
    """One error that names every bad line."""
    listed = sorted(problems)
    lines = len({problem.line for problem in listed})
    what = "1 line" if lines == 1 else f"{lines} lines"
    body = "\n".join(f"  line {problem.line}: {problem.text}" for problem in listed)
    return SetError(f"{path} has {what} that cannot be used:\n{body}\n{hint}".rstrip())


def select(cases: Sequence[Case], split: Split | None, limit: int | None) -> tuple[Case, ...]:
    """The cases of one split (all where None), at most ``limit`` of them, in file order.

    Raises SetError when none is left.
    """
    chosen = [case for case in cases if split is None or case.record.split == split][:limit]
    if not chosen:
        raise SetError(
            f'No question of the set has "split": "{split}". Leave --split out, or mark some.'
        )
    return tuple(chosen)


def _read_line(line: str) -> tuple[Record | None, list[str]]:
    try:
        record = Record.model_validate_json(line)
    except ValidationError as error:
        return None, [_explain(problem["loc"], problem["msg"]) for problem in error.errors()]
    faults = _repeated_fields(line)
    faults += [
        f'"must_include": {alternative!r} has no word or figure to be looked for'
        for fact in record.must_include
        for alternative in fact
        if not tokens(alternative)
    ]
    if record.answerable and not record.evidence:
        faults.append('answerable, but without "evidence" (or set "answerable": false)')
    if record.answerable and record.unanswerable_kind is not None:
        faults.append('answerable, but with an "unanswerable_kind"')
    if not record.answerable and (record.evidence or record.must_include):
        faults.append('unanswerable, but with "evidence" or "must_include"')
    return record, faults


def _repeated_fields(line: str) -> list[str]:
    """A fault for each field that an object has twice: only the last one would be read."""
    faults: list[str] = []

    def note(fields: list[tuple[str, object]]) -> None:
        counts = Counter(name for name, _ in fields)
        faults.extend(f"{name}: given {n} times" for name, n in counts.items() if n > 1)

    json.loads(line, object_pairs_hook=note)
    return faults


def _explain(place: tuple[int | str, ...], message: str) -> str:
    if message == "Extra inputs are not permitted":
        model = _PARTS.get(place[0], Record) if len(place) > 1 else Record
        message = f"no such field; the fields are {', '.join(model.model_fields)}"
    where = ".".join(str(part) for part in place)
    return f"{where}: {message}" if where else message
