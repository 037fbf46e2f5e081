"""The result of one question: what was asked, found, answered, and how it was scored.

One line of ``results.jsonl``, with everything that is needed to see why a question scored as
it did; summaries, reports and comparisons are made from these lines alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from eval.answers import answer_scores, explain, words_given
from eval.nuggets import contains_fact
from eval.records import Case, GoldEvidence, Record, Span
from eval.retrieval import DEPTH, retrieval_scores, transcript_texts
from rag.answer_json import answer_to_json, hit_to_json
from rag.types import Answer, Hit, Language, Transcript

Outcome = Literal["answered", "refused", "error"]
Verdict = Literal["right", "flawed", "wrong"]


class Result(BaseModel):
    """One question's line.

    ``answer`` and ``hits`` have the forms of ``hetao ask --json`` and ``hetao search --json``;
    ``answer`` is None exactly when ``error`` says what was raised. ``warm`` is False for the
    first question after the models were loaded: its time is kept out of the percentiles.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    record: Record
    language: Language
    evidence: tuple[GoldEvidence, ...]
    hits: tuple[dict[str, Any], ...]
    answer: dict[str, Any] | None
    error: str | None
    warm: bool
    scores: dict[str, float]
    why: tuple[str, ...]

    @property
    def id(self) -> str:
        """The record's id."""
        return self.record.id

    @property
    def refused(self) -> bool:
        """Whether the system said that the transcripts do not answer. An error is no refusal."""
        return self.answer is not None and self.answer["status"] == "not_in_corpus"

    @property
    def confidence(self) -> float:
        """The confidence given with the answer; 0 after an error."""
        return float(self.answer["confidence"]) if self.answer is not None else 0.0

    @property
    def risk(self) -> float:
        """How wrong the outcome was, 0 to 1.

        Of an answerable question: 1 less ``nugget_all``, or less ``citation_recall`` where the
        set names no facts. Of an unanswerable one: 0 if it was refused, else 1.
        """
        if not self.record.answerable:
            return float(not self.refused)
        name = "nugget_all" if self.record.must_include else "citation_recall"
        return 1.0 - self.scores[name]

    @property
    def outcome(self) -> Outcome:
        """What came back."""
        return "error" if self.error else "refused" if self.refused else "answered"

    @property
    def verdict(self) -> Verdict:
        """ "flawed" is what is right in the main, yet has something that :attr:`why` tells."""
        return "wrong" if self.risk else "flawed" if self.why else "right"

    def facts(self) -> list[tuple[tuple[str, ...], bool]]:
        """Each fact that was expected, as its alternatives, and whether it was given."""
        words = ""
        if self.answer is not None and not self.refused:
            cited = {each["marker"]: each["quote"] for each in self.answer["citations"]}
            words = words_given(self.answer["generator"], self.answer["text"], cited)
        return [(fact, contains_fact(words, fact)) for fact in self.record.must_include]

    def holds_evidence(self, hit: Mapping[str, Any]) -> bool:
        """Whether a passage that was found reaches into a sentence that holds the answer."""
        return any(
            span.transcript_id == hit["transcript_id"]
            and max(span.start, hit["start"]) < min(span.end, hit["end"])
            for gold in self.evidence
            for span in gold.spans
        )

    def milliseconds(self, part: str) -> float | None:
        """The time that a part took; None when it was not measured or not warm."""
        if self.answer is None or not self.warm:
            return None
        value = self.answer["timings_ms"].get(part)
        return None if value is None else float(value)


def judge(
    case: Case,
    answer: Answer | None,
    hits: tuple[Hit, ...],
    transcripts: Mapping[str, Transcript],
    *,
    error: str | None = None,
    warm: bool = True,
) -> Result:
    """Score one question. After an ``error`` there is no answer, and every score is 0."""
    scores = answer_scores(case, answer, transcripts)
    if case.record.answerable:
        found = [Span(h.passage.transcript_id, h.passage.start, h.passage.end) for h in hits]
        texts = transcript_texts(transcripts.values())
        scores |= retrieval_scores(case.evidence, found[:DEPTH], texts)
    return Result(
        record=case.record,
        language=case.record.asked_in,
        evidence=case.evidence,
        hits=tuple(hit_to_json(hit) for hit in hits),
        answer=answer_to_json(answer) if answer is not None else None,
        error=error,
        warm=warm,
        scores=scores,
        why=explain(case, answer, transcripts),
    )
