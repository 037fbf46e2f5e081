"""Who is quoted for what a speaker said: ``python -m eval.studies.said_about [--cases]``.

Asks the questions of ``eval/sets/said_about`` over the practice corpus and two briefings of
``eval/sets/reading``, twice in one run: as anybody may answer ("before"), and as the product does,
which narrows what a speaker said to that speaker ("after"). Both are quotes without a chat model.

- ``speaker_accuracy``: the share of the answered questions on what a speaker said of which every
  citation is that speaker's, under any of the names that the transcripts give.
- ``nugget_recall``: of those that the speaker answers, the facts given; a refusal gives none.
- ``refused``: of those that this speaker does not answer (another one does, or nobody) the share
  that is refused; ``refused wrongly`` of those that the speaker answers.
- ``told``: the share of these that are taken for a question on what a speaker said; ``not taken
  for one``: of the questions that mention a speaker without asking that.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.nuggets import share_of_facts
from eval.records import SETS
from eval.sources import corpus_settings
from eval.studies.held_out import read_rows, share
from rag.answering.extractive import NAME
from rag.chain import Asked, Gather, answer_chain, evidence_chain, extractive_generator
from rag.cli.terminal import run_script, say
from rag.embedding.embedder import build_embedder
from rag.indexing.index import Index, open_index
from rag.indexing.ingest import ingest
from rag.questions.question import understand
from rag.reader.build import build_reader
from rag.search.retrieval import Retriever
from rag.search.speaker_evidence import SaidBy
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import Corpus, read_corpus
from rag.types import Answer, Filters

QUESTIONS = SETS / "said_about" / "questions.jsonl"
BRIEFINGS = ("r7/01", "r7/12")
SPLITS = ("dev", "test")
# Who asks in a briefing.
_ASKING = "Reporter"


@dataclass(frozen=True, slots=True)
class Asking:
    """A question of the set; ``speakers`` are the names of the one whose words it asks for."""

    id: str
    split: str
    language: str
    kind: str
    question: str
    speakers: tuple[str, ...]
    answerable: bool
    must_include: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A question with its answers, and whose words it was taken to ask for."""

    asking: Asking
    before: Answer
    after: Answer
    narrowed: tuple[str, ...]


def read_questions(file: Path = QUESTIONS) -> list[Asking]:
    """The questions of the set, in its order."""
    rows = read_rows(file)
    return [
        Asking(**{**row, "speakers": tuple(row["speakers"]),
                  "must_include": tuple(map(tuple, row["must_include"]))})
        for row in rows
    ]  # fmt: skip


def read_briefings(folder: Path) -> Corpus:
    """The practice corpus and the briefings, which are written into the folder as transcripts."""
    described = []
    for name in BRIEFINGS:
        passages = read_rows(SETS / "reading" / f"{name}.jsonl")
        key = f"reading-{name.replace('/', '-')}"
        (folder / f"{key}.txt").write_text(transcript_of(passages), encoding="utf-8")
        roles = {_name(passage): passage["role"] for passage in passages} | {_ASKING: "reporter"}
        speakers = [{"name": who, "role": role} for who, role in roles.items()]
        described.append(
            {"id": key, "pages": [{"file": f"{key}.txt"}], "speakers": speakers}
        )  # fmt: skip
    manifest = json.dumps({"transcripts": described}, ensure_ascii=False)
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    return read_corpus([SETS / "practice", folder])


def transcript_of(passages: Sequence[Mapping[str, Any]]) -> str:
    """The passages of a briefing as a transcript: the reporter's words, then the answer."""
    first = passages[0]
    parts = [first["event"], f"Practice corpus (invented) | {first['date']}"]
    for passage in passages:
        if question := passage["before"].replace(":", ":").rpartition(":")[2].strip():
            parts += [f"{_ASKING}:", question]
        space = " " if passage["language"] == "en" else ""
        parts += [f"{_name(passage)}:", space.join(passage["sentences"])]
    return "\n\n".join(parts) + "\n"


def _name(passage: Mapping[str, Any]) -> str:
    """The speaker's name, behind which the office stands."""
    return str(passage["speaker"]).replace(",", ",").partition(",")[0].strip()


def ask_all(questions: Iterable[Asking], settings: Settings, index: Index) -> list[Told]:
    """Each question with both answers."""
    embedder = build_embedder(settings)
    retriever = Retriever(
        index, embedder, settings.dense_weight, None, build_reader(settings)
    )  # fmt: skip
    said_by = SaidBy(index, embedder, retriever, settings)
    answer = _answering(index, settings)
    return [
        Told(
            asking,
            answer(asking.question, retriever.gather),
            answer(asking.question, said_by.gather),
            said_by.speakers(understand(asking.question), Filters()),
        )
        for asking in questions
    ]


def _answering(index: Index, settings: Settings) -> Callable[[str, Gather], Answer]:
    transcripts = index.transcripts.__getitem__
    quoting = extractive_generator(settings.answer_sentences)
    chain = answer_chain(quoting, NAME, transcripts, settings.min_confidence)

    def answer(question: str, gather: Gather) -> Answer:
        evidence = evidence_chain(gather).invoke(Asked(question, (), Filters()))
        *_, last = chain.stream(evidence)
        return last

    return answer


def is_of(answer: Answer, speakers: Sequence[str]) -> bool:
    """Whether every citation of an answer is one of the speakers'."""
    return all(citation.speaker in speakers for citation in answer.citations)


def rows_of(told: Sequence[Told]) -> list[tuple[str, list[bool | float], list[bool | float]]]:
    """Each metric with its values before and after."""
    said = [t for t in told if t.asking.kind == "said"]
    rows: list[tuple[str, list[bool | float], list[bool | float]]] = []
    for name, chosen, value in (
        ("speaker_accuracy", said, _of_speaker),
        ("nugget_recall", [t for t in said if t.asking.answerable], _facts),
        ("refused", [t for t in said if not t.asking.answerable], _refused),
        ("refused wrongly", [t for t in said if t.asking.answerable], _refused),
    ):
        before = [value(t.asking, t.before) for t in chosen]
        after = [value(t.asking, t.after) for t in chosen]
        rows.append((name, _taken(before), _taken(after)))
    return rows


def _of_speaker(asking: Asking, answer: Answer) -> bool | None:
    return is_of(answer, asking.speakers) if answer.status == "answered" else None


def _facts(asking: Asking, answer: Answer) -> float:
    if answer.status != "answered":
        return 0.0
    quotes = "\n".join((answer.text, *(citation.quote for citation in answer.citations)))
    return share_of_facts(quotes, asking.must_include)


def _refused(_: Asking, answer: Answer) -> bool:
    return answer.status != "answered"


def _taken(values: Iterable[bool | float | None]) -> list[bool | float]:
    return [value for value in values if value is not None]


def main() -> None:
    """Print the tables, and with ``--cases`` what happens to each question of the dev half."""
    settings = load_settings()
    with tempfile.TemporaryDirectory() as folder:
        corpus = read_briefings(Path(folder))
    own = corpus_settings(corpus, settings)
    embedder = build_embedder(settings)
    ingest(corpus, own, embedder, progress=True)
    told = ask_all(read_questions(), own, open_index(own, embedder.id))
    for split in SPLITS:
        half = [t for t in told if t.asking.split == split]
        say(f"\n| {split} | before | after |\n|---|---:|---:|")
        for name, before, after in rows_of(half):
            say(f"| {name} | {share(before)} | {share(after)} |")
        said = [bool(t.narrowed) for t in half if t.asking.kind == "said"]
        mentioned = [not t.narrowed for t in half if t.asking.kind == "mentions"]
        say(f"| told | - | {share(said)} |\n| not taken for one | - | {share(mentioned)} |")
    if "--cases" in sys.argv[1:]:
        for t in told:
            if t.asking.split == "dev":
                say(_case(t))


def _case(told: Told) -> str:
    asking = told.asking
    head = f"\n{asking.id} {asking.kind} {asking.question} (narrowed to {told.narrowed or 'none'})"
    lines = [head]
    for name, answer in (("before", told.before), ("after", told.after)):
        facts = _facts(asking, answer) if asking.must_include else "-"
        quotes = "; ".join(f"{c.speaker}: {c.quote[:80]}" for c in answer.citations)
        lines.append(f"  {name} {answer.confidence:.2f} {facts} {quotes or answer.reason}")
    return "\n".join(lines)


if __name__ == "__main__":
    run_script(main)
