"""Rounds of a conversation as the chat keeps them: answers, a refusal, an error, hostile words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rag.conversations.kept import Conversation, Round
from rag.types import Answer, Citation, Claim, Copy, Filters, Hit, Passage, Range

ASKED = datetime(2024, 3, 4, 12, 30, tzinfo=UTC)
HOSTILE = (
    "](javascript:alert(1)) <script>alert(2)</script> [^1]: taken over `code` ![p](http://e.example/p)"
    "\n# heading\n\x00\x0b\x1b[31m\u202eturned\ud800\ufffe &lt;b&gt; **bold** | $x$"
)


def citation(
    marker: int = 1, quote: str = "Five of them are here.", start: int = 20, **other: object
) -> Citation:
    made = Citation(
        marker, f"p{start}", "harbour-1", "Harbour briefing", date(2024, 3, 3),
        "https://x.example/1", 10, 3, "Chan Kwok-ki", "official", start, start + len(quote), quote,
    )  # fmt: skip
    return replace(made, **other)  # type: ignore[arg-type]


def answer(*citations: Citation, **other: object) -> Answer:
    """An answer that quotes each citation, in English."""
    claims = tuple(
        Claim(f"{cited.speaker} said: “{cited.quote}”", (cited.marker,), "supported")
        for cited in citations
    )
    made = Answer(
        question="How many?", standalone_question="How many?", language="en", status="answered",
        text=" ".join(claim.text for claim in claims), claims=claims, citations=citations,
        nearest=(), confidence=0.9, generator="extractive",
    )  # fmt: skip
    return replace(made, **other)  # type: ignore[arg-type]


def asked(number: int, question: str, given: Answer | None, error: str = "") -> Round:
    return Round(number, ASKED, question, Filters(), given, error)


@pytest.fixture
def conversation() -> Conversation:
    return Conversation("a-b_c", "How many? 河套有多少？", ASKED)


@pytest.fixture
def quoted() -> Round:
    """Two quotes of one speaker in a row, then one of another from another event."""
    copy = Copy("m", "Mobile", date(2024, 3, 4), "https://m.example/", 1, 1, 0, 3, "")
    other = citation(
        3, "三所。", 7, transcript_id="park-2", title="Park briefing", date=None, speaker="",
        url="", copies=(copy,),
    )  # fmt: skip
    given = answer(citation(1), citation(2, "And more will come.", 60), other)
    unnamed = replace(
        given.claims[2], text="A speaker whose name the page does not give said: “三所。”"
    )
    return asked(1, "How many?", replace(given, claims=(*given.claims[:2], unnamed)))


@pytest.fixture
def refused() -> Round:
    passage = Passage(
        "p9", "harbour-1", "Harbour briefing", None, 4, 2, None, "Lee", "reporter", 40, 52,
        "Words.\nWords.", question="", sentences=(Range(40, 46), Range(47, 53)),
    )  # fmt: skip
    given = answer(
        status="not_in_corpus", text="The transcripts do not say.", nearest=(Hit(passage, 0.5),),
        reason="Nowhere do the transcripts mention “Brazil”.", confidence=0.1,
    )  # fmt: skip
    return asked(2, "How many in Brazil?", given)


@pytest.fixture
def failed() -> Round:
    return asked(3, "And then?", None, "The index is gone. Run `hetao ingest`.")


@pytest.fixture
def uncertain() -> Round:
    """In Chinese, and citing what ``quoted`` cites first, then two sources at once."""
    cited = (citation(1, note="2023"), citation(2, "Six.", 90))
    both = Claim("五加六 is eleven.", (1, 2), "partial")
    return asked(
        4, "香港有多少所大學？", answer(*cited, claims=(both,), language="zh-Hant", confidence=0.5)
    )


@pytest.fixture
def hostile() -> Round:
    cited = citation(
        1, HOSTILE, 200, title=HOSTILE, speaker=HOSTILE, url="javascript:alert(3)",
        transcript_id=HOSTILE, note=HOSTILE, translation=HOSTILE,
    )  # fmt: skip
    given = answer(cited, notice=HOSTILE, standalone_question=HOSTILE)
    return asked(5, HOSTILE, given)


@pytest.fixture
def rounds(
    quoted: Round, refused: Round, failed: Round, uncertain: Round, hostile: Round
) -> tuple[Round, ...]:
    return quoted, refused, failed, uncertain, hostile
