"""Sentence selection by itself: ``python -m eval.selection [SET ...]``.

``nugget_recall@k``: the share of the ``must_include`` facts of which one alternative stands in
the ``k`` best sentences that may be quoted, whether or not the question would be refused. It
tells whether the sentence that answers comes before the one that repeats the question: with the
reader that the settings name, and without any.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from eval.nuggets import share_of_facts
from eval.records import Case
from eval.sources import open_source
from eval.statistics import estimate, ratio
from eval.table import PAGE_10
from rag.embedders.embedding import build_embedder
from rag.indexing.index import open_index
from rag.questions.question import understand
from rag.reader.build import build_reader
from rag.search.retrieval import Retriever
from rag.settings import load_settings
from rag.terminal import run_script, say
from rag.types import Filters

COUNTS = (1, 2, 3)


def nugget_recalls(case: Case, retriever: Retriever) -> tuple[float, ...]:
    """``nugget_recall@k`` of one question for each of COUNTS."""
    question = understand(case.record.question, case.record.messages)
    evidence = retriever.gather(question, Filters(transcripts=case.transcripts))
    quotable = [s.text for s in evidence.sentences if s.passage.role in question.evidence_roles]
    return tuple(
        share_of_facts("\n".join(quotable[:count]), case.record.must_include) for count in COUNTS
    )


def render(name: str, recalls: Sequence[Sequence[float]]) -> str:
    """A row of the table: each mean with its 95% interval."""
    cells = []
    for column in np.array(recalls).T:
        found = estimate(ratio, np.stack([column, np.ones_like(column)], axis=1))
        cells.append(f"{found.mean:.3f} ({found.low:.3f} to {found.high:.3f})")
    return f"| {name} | {len(recalls)} | {' | '.join(cells)} |"


def main(names: Sequence[str]) -> None:
    """Print the table for these sets; the page-10 set is measured on its dev half."""
    settings = load_settings()
    embedder, reader = build_embedder(settings), build_reader(settings)
    say(f"| set | n | {' | '.join(f'nugget_recall@{count}' for count in COUNTS)} |")
    say(f"|---|---:|{'---:|' * len(COUNTS)}")
    for name in names or (str(PAGE_10),):
        source = open_source(name, None, settings)
        own = source.assistant.settings
        index = open_index(own, embedder.id)
        cases = [
            case for case in source.chosen.cases
            if case.record.answerable and case.record.must_include and case.record.split != "test"
        ]  # fmt: skip
        for told, one in (("", reader), (", without a reader", None)):
            retriever = Retriever(index, embedder, own.dense_weight, reader=one)
            recalls = [nugget_recalls(case, retriever) for case in cases]
            say(render(f"{source.chosen.name}{told}", recalls))


if __name__ == "__main__":
    run_script(lambda: main(sys.argv[1:]))
