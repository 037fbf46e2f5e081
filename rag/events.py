"""An answer as it grows, in events: for a screen, a terminal or server-sent events.

Whoever applies them in turn has at each moment the claims of the latest snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rag.answer_json import answer_to_json, citation_to_json, claim_to_json
from rag.types import Answer, Citation, Claim


@dataclass(frozen=True, slots=True)
class ClaimAdded:
    """One claim more, by its place (1-based), with what it cites."""

    number: int
    claim: Claim
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class ClaimReplaced:
    """Another claim, or other citations, in the place of a claim that was told."""

    number: int
    claim: Claim
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class ClaimsRemoved:
    """All claims behind the first ``kept`` are gone."""

    kept: int


@dataclass(frozen=True, slots=True)
class Done:
    """The complete answer, whose claims are those told; the last event."""

    answer: Answer


Event = ClaimAdded | ClaimReplaced | ClaimsRemoved | Done

_NAMES: dict[type[Event], str] = {
    ClaimAdded: "claim_added",
    ClaimReplaced: "claim_replaced",
    ClaimsRemoved: "claims_removed",
    Done: "done",
}


def events_of(answers: Iterable[Answer]) -> Iterator[Event]:
    """What changes from one snapshot of an answer to the next, and its end.

    Args:
        answers: as :meth:`rag.assistant.Assistant.stream` gives them, the last one complete.
    """
    shown: list[tuple[Claim, tuple[Citation, ...]]] = []
    for answer in answers:
        told = [(claim, _cited(claim, answer)) for claim in answer.claims]
        for number, (claim, citations) in enumerate(told, 1):
            if number > len(shown):
                yield ClaimAdded(number, claim, citations)
            elif (claim, citations) != shown[number - 1]:
                yield ClaimReplaced(number, claim, citations)
        if len(told) < len(shown):
            yield ClaimsRemoved(len(told))
        shown = told
        if answer.complete:
            yield Done(answer)


def event_to_json(event: Event) -> dict[str, Any]:
    """An event as JSON; ``event`` names its kind, the rest is as in ``hetao ask --json``."""
    told: dict[str, Any] = {"event": _NAMES[type(event)]}
    match event:
        case Done(answer):
            return told | {"answer": answer_to_json(answer)}
        case ClaimsRemoved(kept):
            return told | {"kept": kept}
        case ClaimAdded(number, claim, citations) | ClaimReplaced(number, claim, citations):
            return told | {
                "number": number,
                "claim": claim_to_json(claim),
                "citations": [citation_to_json(citation) for citation in citations],
            }


def _cited(claim: Claim, answer: Answer) -> tuple[Citation, ...]:
    return tuple(cited for cited in answer.citations if cited.marker in claim.citations)
