"""What is kept of a conversation, and the place in a transcript that a part of it points to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter

from rag.types import Answer, Citation, Filters, Hit, Message, Range, Transcript

FILTERS = TypeAdapter(Filters)


@dataclass(frozen=True, slots=True)
class Round:
    """A question with its answer, or with the sentence that says why there is none.

    ``number`` counts from 1 within the conversation. A round with neither answer nor error is being
    answered, or was broken off.
    """

    number: int
    asked: datetime
    question: str
    filters: Filters
    answer: Answer | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as a list shows it; ``changed`` is when something was last asked in it."""

    id: str
    title: str
    changed: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A run of words in a transcript as an answer gave it, and whether it answered or was near."""

    transcript_id: str
    turn: int
    page: int
    start: int
    end: int
    quote: str
    kind: Literal["citation", "nearest"]


def history(past: tuple[Round, ...]) -> tuple[Message, ...]:
    """The answered part of a conversation as the messages that a follow-up refers to."""
    messages: list[Message] = []
    for done in past:
        if done.answer is not None:
            messages.append(Message("user", done.question))
            messages.append(Message("assistant", done.answer.text))
    return tuple(messages)


def found_in(answer: Answer) -> tuple[Citation | Hit, ...]:
    """All that an answer points to: what it cites, what stands near, what came nearest."""
    return (*answer.citations, *answer.more, *answer.nearest)


def place_of(found: Citation | Hit) -> Place:
    """Where something found stands."""
    if isinstance(found, Citation):
        return Place(
            found.transcript_id, found.turn, found.page, found.start, found.end, found.quote,
            "citation",
        )  # fmt: skip
    held = found.passage
    return Place(
        held.transcript_id, held.turn, held.page, held.start, held.end, held.text, "nearest"
    )


def places_of(found: Citation | Hit) -> tuple[Place, ...]:
    """Where something found stands, its own place first, then those of its copies."""
    own = place_of(found)
    copies = (
        replace(
            own,
            transcript_id=copy.transcript_id,
            turn=copy.turn,
            page=copy.page,
            start=copy.start,
            end=copy.end,
            quote=copy.quote,
        )
        for copy in found.copies
    )
    return (own, *copies)


def found_again(transcripts: Mapping[str, Transcript], place: Place) -> Place | None:
    """Where the words of a place stand today among all transcripts; None where they do no more.

    A transcript whose file was renamed is known by its words, at the same offsets as they were.
    """
    if own := transcripts.get(place.transcript_id):
        return place_now(own, place)
    for other in transcripts.values():
        if place.quote and other.text[place.start : place.end] == place.quote:
            return place_now(other, replace(place, transcript_id=other.id))
    return None


def place_now(transcript: Transcript, place: Place) -> Place | None:
    """Where the words of a place stand today: there still, elsewhere in a turn, or no more (None).

    Of several other places the nearest to the old one is given.
    """
    if place.quote and transcript.text[place.start : place.end] == place.quote:
        found = Range(place.start, place.end)
    else:
        starts = _occurrences(transcript.text, place.quote)
        if not starts:
            return None
        start = min(starts, key=lambda start: abs(start - place.start))
        found = Range(start, start + len(place.quote))
    for turn in transcript.turns:
        if turn.start <= found.start and found.end <= turn.end:
            page = transcript.page_at(found.start) or turn.page
            return replace(place, turn=turn.number, page=page, start=found.start, end=found.end)
    return None


def _occurrences(text: str, words: str) -> list[int]:
    starts, start = [], text.find(words) if words else -1
    while start >= 0:
        starts.append(start)
        start = text.find(words, start + 1)
    return starts
