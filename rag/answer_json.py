"""The JSON that the commands print: other programs rely on these names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from rag.recordings import shown_time
from rag.types import Answer, Citation, Claim, Copy, Hit, Transcript, Turn


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """What ``hetao ask --json`` prints."""
    return {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "status": answer.status,
        "text": answer.text,
        "claims": [claim_to_json(claim) for claim in answer.claims],
        "citations": [citation_to_json(citation) for citation in answer.citations],
        "more": [citation_to_json(citation) for citation in answer.more],
        "nearest": [hit_to_json(hit) for hit in answer.nearest],
        "confidence": round(answer.confidence, 4),
        "generator": answer.generator,
        "reason": answer.reason,
        "notice": answer.notice,
        "usage": asdict(answer.usage) if answer.usage else None,
        "timings_ms": dict(answer.timings_ms),
    }


def claim_to_json(claim: Claim) -> dict[str, Any]:
    """One claim of an answer."""
    return {"text": claim.text, "citations": list(claim.citations), "support": claim.support}


def hit_to_json(hit: Hit) -> dict[str, Any]:
    """One hit of ``hetao search --json``."""
    passage = hit.passage
    return {
        "passage_id": passage.id,
        "transcript_id": passage.transcript_id,
        "title": passage.title,
        "date": _day(passage.date),
        "page": passage.page,
        "turn": passage.turn,
        "speaker": passage.speaker,
        "role": passage.role,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": round(hit.score, 6),
        "copies": [_copy(copy) for copy in hit.copies],
    }


def transcript_to_json(transcript: Transcript) -> dict[str, Any]:
    """What ``hetao list --json`` says of a transcript."""
    return {
        "transcript_id": transcript.id,
        "title": transcript.title,
        "date": _day(transcript.date),
        "published": _day(transcript.published),
        "publisher": transcript.publisher,
        "url": transcript.url,
        "pages": [
            {"page": page.number, "file": page.file, "url": page.url} for page in transcript.pages
        ],
        "turn_count": len(transcript.turns),
    }


def read_to_json(transcript: Transcript, turns: Iterable[Turn]) -> dict[str, Any]:
    """What ``hetao show --json`` prints: a transcript with these of its turns."""
    return {
        **transcript_to_json(transcript),
        "turns": [
            {
                "turn": turn.number, "speaker": turn.speaker, "title": turn.title,
                "role": turn.role, "page": turn.page, "exchange": turn.exchange,
                "start": turn.start, "end": turn.end, "text": transcript.turn_text(turn),
            }
            for turn in turns
        ],
    }  # fmt: skip


def hits_to_json(
    question: str, hits: Iterable[Hit], timings_ms: Mapping[str, float]
) -> dict[str, Any]:
    """What ``hetao search --json`` prints."""
    told = [hit_to_json(hit) for hit in hits]
    return {"question": question, "hits": told, "timings_ms": dict(timings_ms)}


def citation_to_json(citation: Citation) -> dict[str, Any]:
    """One citation of an answer."""
    told = asdict(citation)
    del told["seconds"], told["copies"]  # "time" goes before the copies
    return {
        **told,
        "date": _day(citation.date),
        "time": shown_time(citation.seconds) or None,
        "copies": [_copy(copy) for copy in citation.copies],
    }


def _copy(copy: Copy) -> dict[str, Any]:
    return {**asdict(copy), "date": _day(copy.date)}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
