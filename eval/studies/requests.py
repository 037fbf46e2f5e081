"""What is told apart from a question: ``python -m eval.studies.requests``.

The share of the held-out utterances (``eval/sets/requests``; no prototype says the same) of which
:class:`rag.questions.requests.Requests` tells the kind, and how many of the questions of the
evaluation sets, of which none is a request, it takes for one. Speakers' names are replaced as over
an index: the names of a set are those of its evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.records import SETS
from eval.studies.held_out import question_files, questions_of, read_rows, share
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
        for row in read_rows(HELD_OUT)
    ]  # fmt: skip


def ordinary(file: Path) -> list[Utterance]:
    """The questions of an evaluation set or of a round of ``eval/sets/reading``."""
    rows = read_rows(file)
    speakers = {e["speaker"] for row in rows for e in row.get("evidence", ())}
    speakers.update(row["speaker"] for row in rows if "speaker" in row)
    known = Speakers(filter(None, speakers))
    asked = [text for row in rows for text in questions_of(row)]
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
            share([t == u.kind for t, u in zip(told, utterances, strict=True)
                       if u.split == split and u.kind in kinds])
            for kinds in (*((kind,) for kind in KINDS), KINDS)
        ]  # fmt: skip
        say(f"| {split} | {' | '.join(cells)} |")
    for taken, one in zip(told, utterances, strict=True):
        if taken != one.kind and one.split == "dev":
            say(f"- {one.kind}, taken for {taken}: {one.text}")
    say("\n| questions of | n | taken for a request |\n|---|---:|---:|")
    wrong = []
    for name, files in question_files():
        asked = [one for file in files for one in ordinary(file)]
        kinds = tell(asked, requests, embed)
        taken_for = [(k, u.text) for k, u in zip(kinds, asked, strict=True) if k != "question"]
        wrong += [f"- {name}, taken for {kind}: {text}" for kind, text in taken_for]
        say(f"| {name} | {len(asked)} | {len(taken_for)} |")
    say("\n".join(wrong))


if __name__ == "__main__":
    run_script(main)
