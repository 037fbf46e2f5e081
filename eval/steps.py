"""What each step of the retrieval gains: ``python -m eval.steps [--out FILE] [SET ...]``.

Asks each set of the whole product and then of the product without one step at a time; the steps
are those of :mod:`eval.left_out`.

``recall@4`` and ``mrr@10`` are those of :mod:`eval.retrieval`; ``nugget_recall`` is the share of
the ``must_include`` facts that the extractive answer quotes, whether or not it would be refused.
Intervals and paired differences are those of :mod:`eval.statistics`. Two last rows rank by one side
alone, without anything else that the product does.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from eval.errors import RunError, SetError
from eval.left_out import STEPS, Step
from eval.nuggets import share_of_facts
from eval.records import Case, Span
from eval.retrieval import DEPTH, retrieval_scores, transcript_texts
from eval.sources import open_source
from eval.statistics import SEED, Array, compare, estimate, ratio
from eval.table import PAGE_10
from rag.answering.extractive import extract
from rag.embedders.embedding import Embedder, build_embedder
from rag.indexing.index import Index, open_index
from rag.questions.question import understand
from rag.reader.build import build_reader
from rag.reader.reader import Reader
from rag.search.filters import Scope
from rag.search.retrieval import Retriever
from rag.settings import Settings, load_settings
from rag.terminal import run_script, say, tell
from rag.text.language import terms
from rag.types import Filters, Passage, Question

SETS = (
    str(PAGE_10), str(PAGE_10.with_name("practice.jsonl")), "xquad", "xquad-zh", "xquad-zh-zh",
    "qmsum",
)  # fmt: skip
NUGGETS = "nugget_recall"
METRICS = ("recall@4", "mrr@10", NUGGETS)
# Of a set with more questions so many are drawn: the interval of a difference is narrow by then.
_SAMPLE = 300

# Per metric one (score, 1) a question, shape (questions, 2), as ``ratio`` takes them.
Row = Mapping[str, Array]
Search = Callable[[Question, Filters], Iterable[Passage]]


def measure(
    cases: Sequence[Case], index: Index, embedder: Embedder, weight: float, sentences: int = 3,
    reader: Reader | None = None,
) -> dict[str, Row]:  # fmt: skip
    """The rows of a table: the whole product, without each of STEPS, and each side alone.

    ``sentences`` is how many an answer quotes at most, but for a list; with a ``reader`` the rows
    end with the product without it.
    """
    rows: dict[str, Row] = {}
    for step in (Step("(nothing: the whole product)"), *STEPS):
        tell(f"  without {step.name}")
        with step.left_out(index, embedder, weight, reader) as retriever:
            rows[step.name] = _row(cases, index, _by(retriever)) | _nuggets(
                cases, retriever, sentences
            )
    if reader:
        alone = Retriever(index, embedder, weight)
        rows["reader"] = _row(cases, index, _by(alone)) | _nuggets(cases, alone, sentences)
    sides: dict[str, Callable[[str], NDArray[np.float32]]] = {
        "vectors of passages": lambda text: index.matrices.cosines(
            np.arange(len(index.passages)), embedder.embed_question(text)
        ),
        "BM25": lambda text: index.words.scores(terms(text)),
    }
    for name, scores in sides.items():
        rows[f"({name} alone)"] = _row(cases, index, _by_one_side(index, scores))
    return rows


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
            f"{_mean(row[metric])} | {_difference(whole[metric], row[metric])}"
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
        title = f"{source.chosen.name}, {split}" if split else source.chosen.name
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
    parser = argparse.ArgumentParser(prog="python -m eval.steps")
    parser.add_argument("--out", type=Path)
    parser.add_argument("sets", nargs="*", metavar="SET")
    given = parser.parse_args(arguments)
    settings = load_settings()
    embedder = build_embedder(settings)
    command = shlex.join(("python", "-m", "eval.steps", *arguments))
    text = f"# What each step of the retrieval gains\n\nMade by `{command}`.\n"
    say(text)
    # Most steps ask in the same words as the whole does.
    with patch.object(embedder, "embed_question", cache(embedder.embed_question)):
        for name in given.sets or SETS:
            try:
                for table in tables(name, embedder, settings):
                    say(f"{table}\n")
                    text += f"\n{table}\n"
                    if given.out:
                        _write(given.out, text)
            except SetError as error:
                if given.sets:
                    raise
                tell(f"Left out: {error}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"{path} cannot be written ({error.strerror or error}). Name another file by --out."
        ) from error


def _row(cases: Sequence[Case], index: Index, search: Search) -> dict[str, Array]:
    texts = transcript_texts(index.transcripts.values())
    found = []
    for case in cases:
        question = understand(case.record.question, case.record.messages)
        passages = search(question, Filters(transcripts=case.transcripts))
        spans = [Span(p.transcript_id, p.start, p.end) for p in passages]
        found.append(retrieval_scores(case.evidence, spans, texts))
    return {name: _columns([f[name] for f in found]) for name in METRICS if name != NUGGETS}


def _nuggets(cases: Sequence[Case], retriever: Retriever, sentences: int) -> dict[str, Array]:
    found = [
        _facts_quoted(case, retriever, sentences) for case in cases if case.record.must_include
    ]
    return {NUGGETS: _columns(found)} if found else {}


def _facts_quoted(case: Case, retriever: Retriever, sentences: int) -> float:
    question = understand(case.record.question, case.record.messages)
    evidence = retriever.gather(question, Filters(transcripts=case.transcripts))
    answer = "\n".join(draft.text for draft in extract(evidence, sentences))
    return share_of_facts(answer, case.record.must_include)


def _by(retriever: Retriever) -> Search:
    return lambda question, filters: (
        hit.passage for hit in retriever.search(question, DEPTH, filters)
    )


def _by_one_side(index: Index, scores: Callable[[str], NDArray[np.float32]]) -> Search:
    scope = Scope(index.passages)

    def search(question: Question, filters: Filters) -> Iterator[Passage]:
        given = np.where(scope.mask(filters), scores(question.standalone), 0)
        best = np.argsort(-given, kind="stable")[:DEPTH]
        return (index.passages[row] for row in best if given[row] > 0)

    return search


def _columns(scores: Sequence[float]) -> Array:
    return np.stack([np.array(scores, dtype=float), np.ones(len(scores))], axis=1)


def _mean(scores: Array) -> str:
    found = estimate(ratio, scores)
    return f"{found.mean:.3f} ({found.low:.3f} to {found.high:.3f})"


def _difference(whole: Array, without: Array) -> str:
    if np.array_equal(whole, without):
        return "="
    found = compare(ratio, whole, without)
    text = f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return f"**{text}**" if found.low > 0 or found.high < 0 else text


if __name__ == "__main__":
    run_script(lambda: main(sys.argv[1:]))
