"""What each step and rule gains.

``python -m eval.studies.ablation [--part PART] [--out FILE] [SET ...]``

**Search**: each set is asked of the whole product and then without one step of
:class:`rag.search.steps.Steps` at a time, without the reader, and without the subject that a
follow-up takes from the conversation. ``recall@4`` and ``mrr@10`` are those of
:mod:`eval.retrieval`; ``nugget_recall`` is the share of the ``must_include`` facts that the
extractive answer quotes, whether or not it would be refused. Two last rows rank by one side alone,
without anything else that the product does.

**Refusal**: the inputs of the confidence, fitted anew without each (:mod:`eval.studies.calibrate`).

**Claims**: the rules of :data:`rag.verification.rules.RULES`, on both halves of the claims.

Intervals and paired differences are those of :mod:`eval.statistics`.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.errors import RunError, SetError
from eval.nuggets import share_of_facts
from eval.records import PAGE_10, Case, Span
from eval.retrieval import DEPTH, retrieval_scores, transcript_texts
from eval.sources import open_source
from eval.statistics import SEED, Array, compare, estimate, ratio
from eval.studies import calibrate
from eval.studies.claims import CLAIMS, ClaimRecord, draft_of, read_claims
from rag.answering.extractive import extract
from rag.cli.terminal import run_script, say, tell
from rag.embedding.embedder import Embedder, build_embedder
from rag.embedding.kept import RememberingEmbedder
from rag.indexing.index import Index, open_index
from rag.questions.question import understand
from rag.reader.build import build_reader
from rag.reader.reader import Reader
from rag.search.filters import left_by
from rag.search.retrieval import Retriever
from rag.search.steps import Steps
from rag.settings import Settings, load_settings
from rag.text.language import terms
from rag.transcripts.corpus import read_corpus
from rag.types import Filters, Passage, Question
from rag.verification.rules import RULES
from rag.verification.verify import Rejected, Verifier

SETS = (
    str(PAGE_10), str(PAGE_10.with_name("practice.jsonl")), "xquad", "xquad-zh", "qmsum",
)  # fmt: skip
PARTS = ("claims", "refusal", "search")
NUGGETS = "nugget_recall"
METRICS = ("recall@4", "mrr@10")
WHOLE = "(nothing: the whole product)"
# Of a set with more questions so many are drawn: the interval of a difference is narrow by then.
_SAMPLE = 300
# The vectors of so many questions are kept: most steps ask in the same words as the whole does.
_QUESTIONS_KEPT = 4096

# Per metric one (score, 1) a question, shape (questions, 2), as ``ratio`` takes them.
Row = Mapping[str, Array]
Search = Callable[[Question, Filters], Iterable[Passage]]


def measure(
    cases: Sequence[Case], index: Index, embedder: Embedder, weight: float, sentences: int,
    reader: Reader | None,
) -> dict[str, Row]:  # fmt: skip
    """The rows of a table: the whole product, without each step, and each side alone.

    ``weight`` is that of the vectors' side, ``sentences`` how many an answer quotes at most.
    """

    def row(steps: Steps = Steps(), reader: Reader | None = reader, follows: bool = True) -> Row:
        retriever = Retriever(index, embedder, weight, reader=reader, steps=steps)
        return _row(cases, index, _by(retriever), follows) | _nuggets(
            cases, retriever, sentences, follows
        )

    rows = {WHOLE: row()}
    for step in fields(Steps):
        tell(f"  without {step.name}")
        rows[step.name] = row(replace(Steps(), **{step.name: False}))
    rows["subject of a follow-up"] = row(follows=False)
    rows["reader"] = row(reader=None)
    sides: dict[str, Callable[[str], NDArray[np.float32]]] = {
        "vectors of passages": lambda text: index.matrices.cosines(
            np.arange(len(index.passages)), embedder.embed_question(text)
        ),
        "BM25": lambda text: index.words.scores(terms(text)),
    }
    for name, scores in sides.items():
        rows[f"({name} alone)"] = _row(cases, index, _by_one_side(index, scores), True)
    return rows


def without_each_rule(
    records: Sequence[ClaimRecord], settings: Settings, embedder: Embedder
) -> dict[str, dict[str, Row]]:
    """For each half a table: of corrupted claims what is caught, of true ones what is held back."""
    corpus = read_corpus((settings.corpus_dir, calibrate.PRACTICE)).transcripts
    drafts = [draft_of(record, corpus) for record in records]

    def rejected(left_out: str) -> NDArray[np.float64]:
        tell(f"  without {left_out}")
        rules = {name: rule for name, rule in RULES.items() if name != left_out}
        return np.array(
            [
                isinstance(Verifier({t.id: t}.__getitem__, embedder, rules).check(draft), Rejected)
                for draft, t in drafts
            ],
            dtype=float,
        )

    verdicts = {WHOLE: rejected("nothing")} | {name: rejected(name) for name in RULES}
    true = np.array([record.kind == "true" for record in records])
    tables: dict[str, dict[str, Row]] = {}
    for split in ("dev", "test"):
        own = np.array([record.split == split for record in records])
        kinds = {"caught": own & ~true, "held back": own & true}
        tables[f"Claims, {split}"] = {
            name: {kind: _columns(found[chosen].tolist()) for kind, chosen in kinds.items()}
            for name, found in verdicts.items()
        }
    return tables


def render(title: str, rows: Mapping[str, Row]) -> str:
    """A Markdown table; the first row is what the others are compared with.

    A difference whose 95% interval excludes 0 is bold; "=" is no difference in any question.
    """
    (_, whole), *_ = rows.items()
    headings = [f"{name} (n {len(scores)}) | difference" for name, scores in whole.items()]
    lines = [f"## {title}", "", f"| without | {' | '.join(headings)} |",
             f"|---|{'---:|---:|' * len(headings)}"]  # fmt: skip
    for name, row in rows.items():
        cells = [
            f"{estimate(ratio, row[metric])} | {_difference(whole[metric], row[metric])}"
            if metric in row else "- | -"
            for metric in whole
        ]  # fmt: skip
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def tables(name: str, embedder: Embedder, settings: Settings) -> Iterator[str]:
    """A table for each split of a set; raises what opening a set raises."""
    source = open_source(name, None, settings)
    own = source.assistant.settings
    index = open_index(own, embedder.id)
    answered = [c for c in source.chosen.cases if c.record.answerable and c.evidence]
    for split in dict.fromkeys(case.record.split for case in answered):
        cases = draw([case for case in answered if case.record.split == split])
        title = f"Search: {source.chosen.name}" + (f", {split}" if split else "")
        tell(title)
        reader = build_reader(settings)
        rows = measure(cases, index, embedder, own.dense_weight, own.answer_sentences, reader)
        yield render(title, rows)
    index.close()


def draw(cases: Sequence[Case]) -> list[Case]:
    """At most 300 of the cases, in their order; the same ones every time."""
    rng = np.random.default_rng(SEED)
    drawn = rng.choice(len(cases), min(len(cases), _SAMPLE), replace=False)
    return [cases[place] for place in sorted(drawn)]


def main(arguments: Sequence[str]) -> None:
    """Print the tables and write those that are done into ``--out``."""
    parser = argparse.ArgumentParser(prog="python -m eval.studies.ablation")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part")
    parser.add_argument("sets", nargs="*", metavar="SET")
    given = parser.parse_args(arguments)
    settings = load_settings()
    command = shlex.join(("python", "-m", "eval.studies.ablation", *arguments))
    text = f"# What each step and rule gains\n\nMade by `{command}`.\n"
    say(text)
    embedder = RememberingEmbedder(build_embedder(settings), _QUESTIONS_KEPT)
    for table in _all_tables(given.part or PARTS, given.sets, embedder, settings):
        say(f"{table}\n")
        text += f"\n{table}\n"
        if given.out:
            _write(given.out, text)


def _all_tables(
    parts: Sequence[str], names: Sequence[str], embedder: Embedder, settings: Settings
) -> Iterator[str]:
    if "claims" in parts:
        for title, rows in without_each_rule(read_claims(CLAIMS), settings, embedder).items():
            yield render(title, rows)
    if "refusal" in parts:
        yield from calibrate.without_each(calibrate.collect(settings))
    for name in (names or SETS) if "search" in parts else ():
        try:
            yield from tables(name, embedder, settings)
        except SetError as error:
            if names:
                raise
            tell(f"Left out: {error}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"{path} cannot be written ({error.strerror or error}). Name another file by --out."
        ) from error


def _asked(case: Case, follows: bool) -> Question:
    return understand(case.record.question, case.record.messages if follows else ())


def _row(cases: Sequence[Case], index: Index, search: Search, follows: bool) -> dict[str, Array]:
    texts = transcript_texts(index.transcripts.values())
    found = []
    for case in cases:
        passages = search(_asked(case, follows), Filters(transcripts=case.transcripts))
        spans = [Span(p.transcript_id, p.start, p.end) for p in passages]
        found.append(retrieval_scores(case.evidence, spans, texts))
    return {name: _columns([f[name] for f in found]) for name in METRICS}


def _nuggets(
    cases: Sequence[Case], retriever: Retriever, sentences: int, follows: bool
) -> dict[str, Array]:
    found = []
    for case in cases:
        if case.record.must_include:
            filters = Filters(transcripts=case.transcripts)
            evidence = retriever.gather(_asked(case, follows), filters)
            answer = "\n".join(draft.text for draft in extract(evidence, sentences))
            found.append(share_of_facts(answer, case.record.must_include))
    return {NUGGETS: _columns(found)} if found else {}


def _by(retriever: Retriever) -> Search:
    return lambda question, filters: (
        hit.passage for hit in retriever.search(question, DEPTH, filters)
    )


def _by_one_side(index: Index, scores: Callable[[str], NDArray[np.float32]]) -> Search:
    def search(question: Question, filters: Filters) -> Iterator[Passage]:
        given = np.where(left_by(filters, index.passages), scores(question.standalone), 0)
        best = np.argsort(-given, kind="stable")[:DEPTH]
        return (index.passages[row] for row in best if given[row] > 0)

    return search


def _columns(scores: Sequence[float]) -> Array:
    return np.stack([np.array(scores, dtype=float), np.ones(len(scores))], axis=1)


def _difference(whole: Array, without: Array) -> str:
    if np.array_equal(whole, without):
        return "="
    found = compare(ratio, whole, without)
    return f"**{found}**" if found.low > 0 or found.high < 0 else str(found)


if __name__ == "__main__":
    run_script(lambda: main(sys.argv[1:]))
