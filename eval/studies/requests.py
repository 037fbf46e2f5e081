"""What is told apart from a question: ``python -m eval.studies.requests``.

The share of the held-out utterances (``eval/sets/requests``; no prototype says the same) of which
:class:`rag.questions.requests.Requests` tells the kind, and how many of the questions of the
evaluation sets, of which none is a request, it takes for one. Speakers' names are replaced as over
an index: the names of a set are those of its evidence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.records import SETS
from eval.statistics import estimate, ratio
from rag.cli.terminal import run_script, say
from rag.embedding.embedder import Vector, build_embedder
from rag.questions.names import Speakers
from rag.questions.requests import KINDS, STAND_IN, Kind, Requests, may_be_request, prototype_texts
from rag.settings import load_settings
from rag.text.language import detect_language

HELD_OUT = SETS / "requests" / "requests.jsonl"
_SPEAKER = "{speaker}"


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text, its kind, and its half; names are replaced, and ``names_speaker`` tells of it."""

    text: str
    kind: Kind
    split: str
    names_speaker: bool


def held_out() -> list[Utterance]:
    """The utterances that no prototype is."""
    return [
        Utterance(
            row["text"].replace(_SPEAKER, STAND_IN[row["language"]]), row["kind"], row["split"],
            _SPEAKER in row["text"],
        )
        for row in _rows(HELD_OUT)
    ]  # fmt: skip


def ordinary(file: Path) -> list[Utterance]:
    """The questions of an evaluation set or of a round of ``eval/sets/reading``."""
    rows = _rows(file)
    speakers = {e["speaker"] for row in rows for e in row.get("evidence", ())}
    speakers.update(row["speaker"] for row in rows if "speaker" in row)
    known = Speakers(filter(None, speakers))
    asked = [text for row in rows for text in _questions(row)]
    return [
        Utterance(
            known.replaced(text, STAND_IN[detect_language(text)]), "question", "",
            bool(known.named(text)),
        )
        for text in asked
    ]  # fmt: skip


def tell(
    utterances: Sequence[Utterance], requests: Requests, embed: Callable[[str], Vector]
) -> list[Kind]:
    """The kind that each is taken for."""
    return [
        requests.kind(one.text, embed(one.text), names_speaker=one.names_speaker)
        if may_be_request(one.text)
        else "question"
        for one in utterances
    ]


def main() -> None:
    """Print the tables."""
    embed = build_embedder(load_settings()).embed_question
    requests = Requests(np.stack([embed(text) for text in prototype_texts()]))
    utterances = held_out()
    told = tell(utterances, requests, embed)
    say(f"| held out | {' | '.join(KINDS)} | all |")
    say(f"|---|{'---:|' * (len(KINDS) + 1)}")
    for split in ("dev", "test"):
        cells = [
            _accuracy([t == u.kind for t, u in zip(told, utterances, strict=True)
                       if u.split == split and u.kind in kinds])
            for kinds in (*((kind,) for kind in KINDS), KINDS)
        ]  # fmt: skip
        say(f"| {split} | {' | '.join(cells)} |")
    for taken, one in zip(told, utterances, strict=True):
        if taken != one.kind and one.split == "dev":
            say(f"- {one.kind}, taken for {taken}: {one.text}")
    say("\n| questions of | n | taken for a request |\n|---|---:|---:|")
    wrong = []
    for name, files in _negatives():
        asked = [one for file in files for one in ordinary(file)]
        kinds = tell(asked, requests, embed)
        taken_for = [(k, u.text) for k, u in zip(kinds, asked, strict=True) if k != "question"]
        wrong += [f"- {name}, taken for {kind}: {text}" for kind, text in taken_for]
        say(f"| {name} | {len(asked)} | {len(taken_for)} |")
    say("\n".join(wrong))


def _questions(row: dict[str, Any]) -> list[str]:
    """The questions in a row of an evaluation set or of a round of ``eval/sets/reading``."""
    own = [row["question"]] if "question" in row else []
    return [q["q"] for q in row.get("questions", ())] + own


def _negatives() -> Iterable[tuple[str, list[Path]]]:
    yield from ((file.name, [file]) for file in sorted(SETS.glob("*.jsonl")))
    yield "reading, test", sorted((SETS / "reading" / "test").glob("*.jsonl"))


def _accuracy(right: Sequence[bool]) -> str:
    found = estimate(ratio, np.array([[float(each), 1.0] for each in right]))
    return f"{found.mean:.3f} ({found.low:.3f} to {found.high:.3f}, n {len(right)})"


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    run_script(main)
