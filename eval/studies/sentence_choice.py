"""Sentence selection by itself: ``python -m eval.studies.sentence_choice [SET ...]``.

``nugget_recall@k``: the share of the ``must_include`` facts of which one alternative stands in
the ``k`` best sentences that may be quoted, whether or not the question would be refused. It
tells whether the sentence that answers comes before the one that repeats the question: with the
reader that the settings name, and without any.

Then, for margins within which a further sentence is quoted beside the best one (see
:func:`rag.answering.extractive.choose`): the facts that are quoted, the share of the quotes that
stand on the evidence, and how many there are.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from eval.nuggets import share_of_facts
from eval.records import PAGE_10, Case
from eval.sources import open_source
from eval.statistics import estimate, ratio
from rag.answering.extractive import choose
from rag.cli.terminal import run_script, say
from rag.embedding.embedder import build_embedder
from rag.indexing.index import open_index
from rag.questions.question import understand
from rag.reader.build import build_reader
from rag.search.retrieval import Retriever
from rag.settings import load_settings
from rag.types import Filters, ScoredSentence

COUNTS = (1, 2, 3)
MARGINS = (0.0, 0.2, 0.4, 0.6, 0.9, 1.2)
# As many sentences as an answer quotes at most by default (HETAO_ANSWER_SENTENCES).
MOST = 3


def quotable(case: Case, retriever: Retriever) -> list[ScoredSentence]:
    """The sentences that an answer to the question may quote, best first."""
    question = understand(case.record.question, case.record.messages)
    evidence = retriever.gather(question, Filters(transcripts=case.transcripts))
    return [s for s in evidence.sentences if s.passage.role in question.evidence_roles]


def facts_among(case: Case, sentences: Sequence[ScoredSentence]) -> float:
    """The share of the facts that stand in the sentences."""
    return share_of_facts("\n".join(s.text for s in sentences), case.record.must_include)


def within_margin(case: Case, ranked: Sequence[ScoredSentence], margin: float) -> tuple[float, ...]:
    """Of what is quoted by a margin: the facts given, the share on the evidence, the number."""
    chosen = choose(ranked, MOST, margin)
    places = [place for gold in case.evidence for place in gold.spans]
    on_evidence = sum(any(map(s.touches, places)) for s in chosen)
    precision = on_evidence / len(chosen) if chosen else 0.0
    return facts_among(case, chosen), precision, float(len(chosen))


def render(name: str, recalls: Sequence[Sequence[float]]) -> str:
    """A row of the table: each mean with its 95% interval."""
    cells = [
        str(estimate(ratio, np.stack([column, np.ones_like(column)], axis=1)))
        for column in np.array(recalls).T
    ]
    return f"| {name} | {len(recalls)} | {' | '.join(cells)} |"


def main(names: Sequence[str]) -> None:
    """Print the table for these sets; the page-10 set is measured on its dev half."""
    settings = load_settings()
    embedder, reader = build_embedder(settings), build_reader(settings)
    tables: list[list[str]] = [
        _heading([f"nugget_recall@{count}" for count in COUNTS]),
        _heading(["nugget_recall", "quotes on the evidence", "quotes"]),
    ]
    for name in names or (str(PAGE_10),):
        source = open_source(name, None, settings)
        own = source.assistant.settings
        index = open_index(own, embedder.id)
        cases = [
            case for case in source.chosen.cases
            if case.record.answerable and case.record.must_include and case.record.split != "test"
        ]  # fmt: skip
        for told, one in ((", without a reader", None), ("", reader)):
            retriever = Retriever(index, embedder, own.dense_weight, reader=one)
            ranked = [quotable(case, retriever) for case in cases]
            recalls = [
                [facts_among(case, best[:count]) for count in COUNTS]
                for case, best in zip(cases, ranked, strict=True)
            ]
            tables[0].append(render(f"{source.chosen.name}{told}", recalls))
        for margin in MARGINS:
            rows = [
                within_margin(case, best, margin) for case, best in zip(cases, ranked, strict=True)
            ]
            tables[1].append(render(f"{source.chosen.name}, margin {margin:.1f}", rows))
    for table in tables:
        say("\n".join((*table, "")))


def _heading(columns: Sequence[str]) -> list[str]:
    return [f"| set | n | {' | '.join(columns)} |", f"|---|---:|{'---:|' * len(columns)}"]


if __name__ == "__main__":
    run_script(lambda: main(sys.argv[1:]))
