"""A small briefing, and builders of what a system could have answered about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from eval.records import Case, EvidenceLine, GoldEvidence, Record, Span
from eval.results import Result, judge
from rag.types import Answer, Citation, Claim, Hit, Page, Passage, Range, Transcript, Turn

TURNS = (
    ("Moderator Ma", "moderator", "The floor is open."),
    ("Harbour Daily", "reporter", "Will it open in 2030?"),
    ("Li Wen", "official", "It has five halls. The bridge opens in 2028 ."),
    ("Zhou An", "official", "The budget is 1.2 million yuan. 园区有三条线路。"),
)


@pytest.fixture
def transcript() -> Transcript:
    """Four turns on two pages; "Li Wen" and "Zhou An" are officials."""
    text = "\n".join(words for _, _, words in TURNS)
    turns, at = [], 0
    for number, (speaker, role, words) in enumerate(TURNS, 1):
        page = 1 if number < 4 else 2
        turns.append(Turn(number, speaker, role, page, (Range(at, at + len(words)),)))
        at += len(words) + 1
    cut = turns[3].start
    pages = (
        Page(1, "harbour-p1.txt", "", 0, cut - 1),
        Page(2, "harbour-p2.txt", "", cut, len(text)),
    )
    return Transcript("harbour", "Harbour briefing", None, "", "", text, pages, tuple(turns))


@pytest.fixture
def span_of(transcript: Transcript) -> Callable[[str], Span]:
    """The span of some words of the transcript."""

    def find(words: str) -> Span:
        start = transcript.text.index(words)
        return Span(transcript.id, start, start + len(words))

    return find


@pytest.fixture
def make_case(span_of: Callable[[str], Span]) -> Callable[..., Case]:
    """A case whose evidence is given by its words, each with its speaker or ""."""

    def make(**fields: Any) -> Case:
        quotes = fields.pop("quotes", (("It has five halls.", "Li Wen"),))
        if not fields.get("answerable", True):
            quotes = ()
        values = {"id": "q1", "question": "How many halls are there?", "language": "en", **fields}
        record = Record(
            **values, evidence=tuple(EvidenceLine(quote=q, speaker=s) for q, s in quotes)
        )
        return Case(record, tuple(GoldEvidence(q, s, (span_of(q),)) for q, s in quotes))

    return make


@pytest.fixture
def make_answer(transcript: Transcript, span_of: Callable[[str], Span]) -> Callable[..., Answer]:
    """An answer that cites the given words; without any it is a refusal."""

    def make(*quotes: str, **fields: Any) -> Answer:
        citations = []
        for marker, quote in enumerate(quotes, 1):
            _, start, end = span_of(quote)
            turn = next(t for t in transcript.turns if t.start <= start < t.end)
            citation = Citation(
                marker, f"p{marker}", transcript.id, transcript.title, None, "", turn.page,
                turn.number, turn.speaker, turn.role, start, end, quote,
            )  # fmt: skip
            citations.append(citation)
        values: dict[str, Any] = {
            "question": "?", "standalone_question": "?", "language": "en",
            "status": "answered" if quotes else "not_in_corpus", "text": " ".join(quotes),
            "claims": tuple(Claim(c.quote, (c.marker,), "supported") for c in citations),
            "citations": tuple(citations), "nearest": (), "confidence": 0.9,
            "generator": "extractive",
            "timings_ms": {"load": 0.0, "retrieve": 40.0, "generate": 2.0, "total": 42.0},
        }  # fmt: skip
        return Answer(**{**values, **fields})

    return make


@pytest.fixture
def make_hit(transcript: Transcript, span_of: Callable[[str], Span]) -> Callable[[str], Hit]:
    """A hit on a passage that is just these words."""

    def make(words: str) -> Hit:
        _, start, end = span_of(words)
        turn = next(t for t in transcript.turns if t.start <= start < t.end)
        passage = Passage(
            f"{start}-{end}", transcript.id, transcript.title, None, turn.page, turn.number, None,
            turn.speaker, turn.role, start, end, words, "", (Range(start, end),),
        )  # fmt: skip
        return Hit(passage, 1.0)

    return make


@pytest.fixture
def make_result(
    transcript: Transcript, make_case: Callable[..., Case], make_answer: Callable[..., Answer]
) -> Callable[..., Result]:
    """A judged question: ``outcome`` is right, wrong, refused or error."""

    def make(
        number: int, outcome: str, *, answerable: bool = True, confidence: float = 0.9,
        warm: bool = True, **fields: Any,
    ) -> Result:  # fmt: skip
        case = make_case(
            id=f"q{number}",
            answerable=answerable,
            must_include=(("five",),) if answerable else (),
            **fields,
        )
        quotes = {"right": ("It has five halls.",), "wrong": ("The bridge opens in 2028 .",)}
        answer = make_answer(*quotes.get(outcome, ()), confidence=confidence)
        error = "It broke." if outcome == "error" else None
        return judge(
            case, None if error else answer, (), {transcript.id: transcript}, error=error, warm=warm
        )

    return make
