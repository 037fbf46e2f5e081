"""Transcripts of one event: a page a file, two languages, the web page and the PDF of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from rag.types import Transcript

Event = tuple[Transcript, ...]


def events_of(transcripts: Iterable[Transcript]) -> list[Event]:
    """The transcripts event by event, the newest event first, those without a date last.

    Of one event are those that a manifest says are (``event``), and those whose title and day are
    the same. Within an event they are in the order of their pages.
    """
    known = {each.id: each for each in transcripts}
    events: dict[object, list[Transcript]] = {}
    for each in known.values():
        events.setdefault(_key(each, known), []).append(each)
    in_order = (
        tuple(sorted(event, key=lambda each: (each.pages[0].number, each.id)))
        for event in events.values()
    )
    return sorted(in_order, key=_newness, reverse=True)


def _key(transcript: Transcript, known: Mapping[str, Transcript]) -> object:
    """What is the same for all transcripts of an event; ``event`` may name another by its id."""
    other = known.get(transcript.event)
    if transcript.event and other is None:
        return transcript.event
    named = other or transcript
    return named.event or (" ".join(named.title.casefold().split()), named.date)


def _newness(event: Event) -> tuple[datetime.date, str]:
    days = [each.date for each in event if each.date]
    return (max(days, default=datetime.date.min), event[0].title)
