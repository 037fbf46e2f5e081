"""The chain, in LangChain's terms: question -> evidence -> drafts -> answer.

A generator is any ``Runnable[Evidence, list[Draft]]``; the extractive one is the default.
Everything after it is the same for all of them: what is not verified is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from rag.extractive import extract
from rag.question import understand
from rag.types import (
    Answer,
    Citation,
    Claim,
    Draft,
    Evidence,
    Filters,
    Language,
    Message,
    Question,
)
from rag.verify import Checked, Transcripts, numbered, verify

# The one sentence that says so, in each language an answer can be framed in.
NOT_IN_TRANSCRIPTS: dict[Language, str] = {
    "en": "The transcripts do not say.",
    "zh-Hans": "文字实录没有提到。",
    "zh-Hant": "文字實錄沒有提到。",
}
_NEAREST = 3

Generator = Runnable[Evidence, list[Draft]]
Gather = Callable[[Question, Filters], Evidence]


@dataclass(frozen=True, slots=True)
class Asked:
    """What goes into the chain."""

    question: str
    history: Sequence[Message]
    filters: Filters


def extractive_generator(max_sentences: int) -> Generator:
    """The default generator as a runnable; streams one draft at a time."""

    def stream(inputs: Iterator[Evidence]) -> Iterator[list[Draft]]:
        for evidence in inputs:
            for draft in extract(evidence, max_sentences):
                yield [draft]

    return RunnableGenerator(stream)


def evidence_chain(gather: Gather) -> Runnable[Asked, Evidence]:
    """From what the user typed to the evidence for it."""

    def find(asked: Asked) -> Evidence:
        return gather(understand(asked.question, asked.history), asked.filters)

    return RunnableLambda(find)


def answer_chain(
    generator: Generator, name: str, transcripts: Transcripts, min_confidence: float
) -> Runnable[Evidence, Answer]:
    """From the evidence to the answer.

    ``stream`` yields growing snapshots, a claim more each time, the last one complete.
    Without enough evidence the generator is not called at all (ARCHITECTURE, invariant 4).
    """

    def stream(inputs: Iterator[Evidence]) -> Iterator[Answer]:
        for evidence in inputs:
            answer = _refusal(evidence, name)
            if evidence.sentences and evidence.confidence >= min_confidence:
                drafts = (draft for part in generator.stream(evidence) for draft in part)
                for checked in verify(drafts, transcripts):
                    answer = _with_claim(answer, checked)
                    yield answer
            if not answer.claims:
                yield answer

    return RunnableGenerator(stream)


def _refusal(evidence: Evidence, generator: str) -> Answer:
    question = evidence.question
    return Answer(
        question=question.text,
        standalone_question=question.standalone,
        language=question.language,
        status="not_in_corpus",
        text=NOT_IN_TRANSCRIPTS[question.language],
        claims=(),
        citations=(),
        nearest=evidence.hits[:_NEAREST],
        confidence=evidence.confidence,
        generator=generator,
    )


def _with_claim(answer: Answer, checked: Checked) -> Answer:
    """The answer with one claim more; a place cited before keeps its marker."""
    citations = list(answer.citations)
    markers = tuple(_marker(citations, citation) for citation in checked.citations)
    line = checked.text + " " + "".join(f"[{marker}]" for marker in markers)
    return replace(
        answer,
        status="answered",
        text=f"{answer.text}\n\n{line}" if answer.claims else line,
        claims=(*answer.claims, Claim(checked.text, markers, "supported")),
        citations=tuple(citations),
        nearest=(),
    )


def _marker(citations: list[Citation], citation: Citation) -> int:
    for known in citations:
        if numbered(known, 0) == citation:
            return known.marker
    citations.append(numbered(citation, len(citations) + 1))
    return len(citations)
