from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from rag.events import (
    ClaimAdded,
    ClaimReplaced,
    ClaimsRemoved,
    Done,
    event_to_json,
    events_of,
)
from rag.types import Answer, Citation, Claim


def answer(*texts: str, complete: bool = False) -> Answer:
    """Claims that each cite a place of their own."""
    claims = tuple(Claim(text, (n,), "supported") for n, text in enumerate(texts, 1))
    citations = tuple(
        Citation(n, f"p{n}", "event", "Briefing", None, "", 1, n, "Wu Lan", "official", 0, 9, text)
        for n, text in enumerate(texts, 1)
    )
    return Answer(
        "What?", "What?", "en", "answered", " ".join(texts), claims, citations, (), 0.9, "test",
        complete=complete,
    )  # fmt: skip


def applied(answers: Sequence[Answer]) -> list[list[str]]:
    """What a screen shows that applies the events, at the end of each snapshot's."""
    shown: list[str] = []
    seen = []
    for number in range(1, len(answers) + 1):
        shown = []
        for event in events_of(answers[:number]):
            match event:
                case ClaimAdded(place, claim):
                    assert place == len(shown) + 1
                    shown.append(claim.text)
                case ClaimReplaced(place, claim):
                    shown[place - 1] = claim.text
                case ClaimsRemoved(kept):
                    del shown[kept:]
        seen.append(shown)
    return seen


GROWING = [answer("a"), answer("a", "b"), answer("a", "b", "c", complete=True)]
WRITTEN = [answer("a"), answer("a", "b"), answer("x"), answer("x", "y", complete=True)]
FAILED = [answer("a", "b"), answer("x"), answer("a", "b", complete=True)]
REFUSED = [answer(complete=True)]


@pytest.mark.parametrize("answers", [GROWING, WRITTEN, FAILED, REFUSED])
def test_whoever_applies_the_events_shows_the_claims_of_each_snapshot(
    answers: Sequence[Answer],
) -> None:
    assert applied(answers) == [[claim.text for claim in a.claims] for a in answers]
    assert list(events_of(answers))[-1] == Done(answers[-1])


def test_a_claim_comes_once_with_what_it_cites() -> None:
    events = list(events_of(GROWING))
    assert [type(event) for event in events] == [ClaimAdded, ClaimAdded, ClaimAdded, Done]
    added = events[1]
    assert isinstance(added, ClaimAdded)
    assert (added.number, added.claim.text) == (2, "b")
    assert [cited.quote for cited in added.citations] == ["b"]


def test_what_a_model_writes_takes_the_place_of_the_quotes() -> None:
    kinds = [type(event) for event in events_of(WRITTEN)]
    assert kinds == [ClaimAdded, ClaimAdded, ClaimReplaced, ClaimsRemoved, ClaimAdded, Done]


def test_a_citation_that_is_translated_in_the_end_is_told_with_its_claim() -> None:
    last = answer("a", complete=True)
    translated = replace(last.citations[0], translation="甲")
    events = list(events_of([answer("a"), replace(last, citations=(translated,))]))
    assert isinstance(events[1], ClaimReplaced)
    assert events[1].citations[0].translation == "甲"


def test_each_event_is_json_under_its_name() -> None:
    lines: list[Any] = [
        json.loads(json.dumps(event_to_json(event))) for event in events_of(WRITTEN)
    ]
    assert [line["event"] for line in lines] == [
        "claim_added", "claim_added", "claim_replaced", "claims_removed", "claim_added", "done",
    ]  # fmt: skip
    assert lines[0]["claim"] == {"text": "a", "citations": [1], "support": "supported"}
    assert lines[0]["citations"][0]["quote"] == "a"
    assert lines[3] == {"event": "claims_removed", "kept": 1}
    assert [claim["text"] for claim in lines[-1]["answer"]["claims"]] == ["x", "y"]
