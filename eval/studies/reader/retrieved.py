"""What the retriever hands the reader: the passages found for the questions of a set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval.records import Case
from rag.embedding.embedder import Embedder
from rag.indexing.index import Index
from rag.questions.question import understand
from rag.reader.layout import ReadText
from rag.search.read_passages import read_text
from rag.search.retrieval import Retriever
from rag.types import Filters, Passage


@dataclass(frozen=True, slots=True)
class Found:
    """A question of a set with the passages found for it, best first.

    ``gold`` are, of each passage, the places of the sentences that hold evidence.
    """

    id: str
    question: str
    texts: tuple[ReadText, ...]
    gold: tuple[frozenset[int], ...]


def find(
    cases: Sequence[Case], index: Index, embedder: Embedder, dense_weight: float, count: int
) -> Iterator[Found]:
    """The first ``count`` passages for each case, in the order before any reading."""
    retriever = Retriever(index, embedder, dense_weight)
    for case in cases:
        filters = Filters(transcripts=case.transcripts)
        question = retriever.read(understand(case.record.question, case.record.messages), filters)
        passages = [hit.passage for hit in retriever.search(question, count, filters)]
        yield Found(
            case.record.id,
            question.standalone,
            tuple(read_text(index, passage) for passage in passages),
            tuple(_gold(case, passage) for passage in passages),
        )


def _gold(case: Case, passage: Passage) -> frozenset[int]:
    spans = [
        span for gold in case.evidence for span in gold.spans
        if span.transcript_id == passage.transcript_id
    ]  # fmt: skip
    return frozenset(
        number for number, said in enumerate(passage.sentences) if any(map(said.overlaps, spans))
    )
