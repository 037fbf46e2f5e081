"""What the reader learns from: questions over passages, and claims over sentences."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from eval.errors import SetError
from eval.records import SETS
from rag.reader.layout import ReadText, describe

ROUNDS = SETS / "reading"
TEST = "test"
# Every so many-th briefing of a round is kept for choosing.
DEV_EVERY = 6

Label = Literal["borne_out", "contradicted", "not_given"]
LABELS: tuple[Label, ...] = get_args(Label)


@dataclass(frozen=True, slots=True)
class Text(ReadText):
    """A passage of a source; those of one ``group`` stand in one document."""

    group: str
    source: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question over a passage; ``answers`` are the places of the sentences that state it.

    ``words`` are those of the answer where they are known. ``whole``: the passage answers, and it
    is not known with which sentence.
    """

    question: str
    text: Text
    answers: frozenset[int]
    kind: str = ""
    language: str = ""
    words: str = ""
    whole: bool = False

    @property
    def is_answered(self) -> bool:
        """Whether the passage states what is asked."""
        return self.whole or bool(self.answers)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim over the cited sentences of a passage."""

    claim: str
    text: Text
    label: Label
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """Examples of both tasks."""

    asked: tuple[Asked, ...]
    claimed: tuple[Claimed, ...]

    def __add__(self, other: Data) -> Data:
        return Data(self.asked + other.asked, self.claimed + other.claimed)

    @classmethod
    def of(cls, examples: Iterable[Asked | Claimed]) -> Data:
        """The examples by task."""
        every = tuple(examples)
        return cls(
            tuple(e for e in every if isinstance(e, Asked)),
            tuple(e for e in every if isinstance(e, Claimed)),
        )


def read_rounds(split: Literal["train", "dev", "test"], folder: Path = ROUNDS) -> Data:
    """Our own records of a split, by briefing.

    Raises SetError for a file that cannot be used.
    """
    return Data.of(_of_split(split, folder))


def _of_split(split: str, folder: Path) -> Iterator[Asked | Claimed]:
    for round_ in sorted(p for p in folder.iterdir() if p.is_dir()):
        files = sorted(round_.glob("*.jsonl"))
        for number, file in enumerate(files):
            own = TEST if round_.name == TEST else "dev" if number % DEV_EVERY == 2 else "train"
            if own == split:
                yield from read_briefing(file)


def read_briefing(file: Path) -> Iterator[Asked | Claimed]:
    """The questions and claims of one briefing. Raises SetError for a line that cannot be used."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            about = describe(record["speaker"], record["role"], record["event"], record["date"])
            text = Text(
                about, record["before"], tuple(record["sentences"]),
                group=f"{record['round']}/{file.stem}", source=f"own-{record['language'][:2]}",
            )  # fmt: skip
            for asked in record["questions"]:
                answers = frozenset(asked["answers"])
                yield Asked(asked["q"], text, answers, asked["kind"], asked["language"])
            for claim in record["claims"]:
                yield Claimed(
                    claim["text"], cited(text, claim["cites"]), claim["label"], claim["kind"]
                )
        except (ValueError, KeyError, TypeError) as error:
            raise SetError(f"{file}, line {number}: no record of this form ({error!r}).") from error


def cited(text: Text, places: list[int]) -> Text:
    """The cited sentences alone, with the sentence before the first as what was said before."""
    first = min(places)
    before = text.sentences[first - 1] if first else text.before
    return replace(text, before=before, sentences=tuple(text.sentences[p] for p in sorted(places)))
