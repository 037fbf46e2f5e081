"""The chain, in LangChain's terms: question -> evidence -> drafts -> answer.

A generator is any ``Runnable[Evidence, list[Draft]]``; the extractive one is the default.
Where a chat model writes, what it is quoted from is shown first and replaced, claim by claim.
Whatever the generator: what is not verified is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from rag.answering.differences import difference_notice, differing
from rag.answering.extractive import extract, further
from rag.answering.notices import notice
from rag.answering.provider import ChatFailure
from rag.answering.writer import Writer, Writing
from rag.questions.question import understand
from rag.telemetry import span
from rag.tracing import Private
from rag.types import (
    Answer,
    Citation,
    Claim,
    Draft,
    Evidence,
    Filters,
    Message,
    Question,
    ScoredSentence,
)
from rag.verification.verify import Checked, Rejected, Transcripts, Verifier, dated, numbered

_NEAREST = 3
_INSTEAD = "This answer was made without it."

Generator = Runnable[Evidence, list[Draft]]
Chain = Runnable[Evidence, Answer]
Gather = Callable[[Question, Filters], Evidence]
Rewrite = Callable[[Question, Sequence[Message]], Question]
Check = Callable[[Draft], Checked | Rejected]
Translate = Callable[[Answer], Answer]


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

    return RunnableGenerator(stream, name="drafts")


def evidence_chain(gather: Gather, rewrite: Rewrite | None = None) -> Runnable[Asked, Evidence]:
    """From what the user typed to the evidence for it; ``rewrite`` makes follow-ups stand alone."""

    def find(asked: Asked) -> Evidence:
        question = understand(asked.question, asked.history)
        if rewrite:
            with span("rewrite", messages=len(asked.history)):
                question = rewrite(question, asked.history)
        return gather(question, asked.filters)

    return Private(RunnableLambda(find, name="evidence"))


def answer_chain(
    generator: Generator, name: str, transcripts: Transcripts, min_confidence: float
) -> Chain:
    """From the evidence to an answer that quotes.

    ``stream`` yields growing snapshots, a claim more each time, the last one complete.
    Without enough evidence the generator is not called at all (ARCHITECTURE, invariant 4).
    """
    check = Verifier(transcripts, None).check

    def stream(inputs: Iterator[Evidence]) -> Iterator[Answer]:
        for evidence in inputs:
            answer = replace(_refusal(evidence, name), reason=evidence.reason)
            if is_enough(evidence, min_confidence):
                # A claim takes it away again.
                answer = replace(answer, reason=notice("nothing_to_quote", answer.language))
                drafts = (draft for part in generator.stream(evidence) for draft in part)
                for checked in map(check, drafts):
                    if isinstance(checked, Checked):
                        if answer.claims:
                            yield replace(answer, complete=False)
                        answer = with_claim(answer, checked)
            yield _with_notices(_with_more(answer, evidence, check), evidence)

    return Private(RunnableGenerator(stream, name="quotes"))


def told_chain(answer: Answer) -> Chain:
    """Gives this answer, whatever the evidence."""
    return Private(RunnableLambda(lambda _evidence: answer, name="told"))


def written_chain(
    quoting: Chain, writer: Writer, check: Check, translate: Translate,
    min_confidence: float,
) -> Chain:  # fmt: skip
    """From the evidence to an answer that a chat model writes.

    ``stream`` yields what ``quoting`` yields, then the model's claims as they are verified; the
    last one is complete. Where the model fails, it is the quoting answer, with a notice.
    """

    def stream(inputs: Iterator[Evidence]) -> Iterator[Answer]:
        for evidence in inputs:
            enough = is_enough(evidence, min_confidence)
            quoted = _refusal(evidence, writer.name)
            for quoted in quoting.stream(evidence):
                yield replace(quoted, complete=quoted.complete and not enough)
            if not enough:
                continue
            answer = _refusal(evidence, writer.name)
            try:
                writing = writer.begin(evidence)
                for growing in _claims(writing, answer, check):
                    answer = growing
                    yield replace(answer, complete=False)
            except ChatFailure as failure:
                notice = f"{failure} {_INSTEAD} {quoted.notice}".rstrip()
                yield replace(quoted, notice=notice)
            else:
                answer = _with_more(_explained(answer, writing), evidence, check)
                yield translate(_with_notices(answer, evidence))

    return Private(RunnableGenerator(stream, name="writing"))


def is_enough(evidence: Evidence, min_confidence: float) -> bool:
    """Whether a generator may be called at all."""
    return bool(evidence.sentences) and evidence.confidence >= min_confidence


def _claims(writing: Writing, answer: Answer, check: Check) -> Iterator[Answer]:
    """The answer, a verified claim more each time; what is rejected is written once more.

    Where only how it was told is lost again, the speaker's own words stand for it. Raises
    ChatFailure, unless only the second attempt fails and something has been verified.
    """
    rejected: list[Rejected] = []
    for checked in map(check, writing.drafts()):
        if isinstance(checked, Rejected):
            rejected.append(checked)
        else:
            yield (answer := with_claim(answer, checked))
    if not rejected:
        return
    try:
        for checked in map(check, writing.repaired(rejected)):
            if held := checked if isinstance(checked, Checked) else checked.instead:
                yield (answer := with_claim(answer, held))
    except ChatFailure:
        if not answer.claims:
            raise


def _explained(answer: Answer, writing: Writing) -> Answer:
    """The answer, with the reason where there is none."""
    if answer.claims:
        return answer
    reason = notice("unverified" if writing.wrote else "found_none", answer.language)
    return replace(answer, reason=reason)


def _refusal(evidence: Evidence, generator: str) -> Answer:
    question = evidence.question
    return Answer(
        question=question.text,
        standalone_question=question.standalone,
        language=question.language,
        status="not_in_corpus",
        text=notice("not_in_transcripts", question.language),
        claims=(),
        citations=(),
        nearest=evidence.hits[:_NEAREST],
        confidence=evidence.confidence,
        generator=generator,
    )


def with_claim(answer: Answer, checked: Checked) -> Answer:
    """The answer with one claim more, if it is a new one; a place cited before keeps its marker."""
    if any(claim.text == checked.text for claim in answer.claims):
        return answer
    citations = list(answer.citations)
    with_notes = (dated(citation, answer.language) for citation in checked.citations)
    markers = tuple(_marker(citations, citation) for citation in with_notes)
    line = checked.text + " " + "".join(f"[{marker}]" for marker in markers)
    return replace(
        answer,
        status="answered",
        reason="",
        text=f"{answer.text}\n\n{line}" if answer.claims else line,
        claims=(*answer.claims, Claim(checked.text, markers, checked.support)),
        citations=tuple(citations),
        nearest=(),
    )


def _with_more(answer: Answer, evidence: Evidence, check: Check) -> Answer:
    """An answer with what else was found, where that stands in nothing that it cites."""
    if not answer.claims:
        return answer

    def is_cited(sentence: ScoredSentence) -> bool:
        return any(map(sentence.touches, answer.citations))

    found = (check(draft) for draft in further(evidence, is_cited))
    citations = [c for checked in found if isinstance(checked, Checked) for c in checked.citations]
    more = tuple(
        numbered(dated(citation, answer.language), marker)
        for marker, citation in enumerate(citations, len(answer.citations) + 1)
    )
    return replace(answer, more=more)


def _with_notices(answer: Answer, evidence: Evidence) -> Answer:
    """The answer with what its evidence has for the user, and saying which of its sources give
    other figures for the same."""
    markers = differing(answer.standalone_question, answer.citations)
    differ = difference_notice(markers, answer.citations, answer.language)
    notice = " ".join(filter(None, (evidence.notice, differ)))
    return replace(answer, differences=markers, notice=notice)


def _marker(citations: list[Citation], citation: Citation) -> int:
    for known in citations:
        if numbered(known, 0) == citation:
            return known.marker
    citations.append(numbered(citation, len(citations) + 1))
    return len(citations)
