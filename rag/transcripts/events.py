"""Transcripts of one event: a page a file, two languages, the web page and the PDF of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Set

from rag.types import Transcript

Event = tuple[Transcript, ...]


def events_of(transcripts: Iterable[Transcript]) -> list[Event]:
    """The transcripts event by event, the newest event first, those without a date last.

    Of one event are those that a manifest says are (``event``), and those whose title and day are
    the same, or that have no day where that title has one only. Within an event they are in the
    order of their pages.
    """
    known = {each.id: each for each in transcripts}
    days: dict[str, set[datetime.date]] = {}
    for each in known.values():
        if each.date:
            days.setdefault(_title(each), set()).add(each.date)
    events: dict[object, list[Transcript]] = {}
    for each in known.values():
        events.setdefault(_key(each, known, days), []).append(each)
    in_order = (
        tuple(sorted(event, key=lambda each: (each.pages[0].number, each.id)))
        for event in events.values()
    )
    return sorted(in_order, key=_newness, reverse=True)


def _key(
    transcript: Transcript, known: Mapping[str, Transcript], days: Mapping[str, Set[datetime.date]]
) -> object:
    """What is the same for all transcripts of an event; ``event`` may name another by its id."""
    other = known.get(transcript.event)
    if transcript.event and other is None:
        return transcript.event
    named = other or transcript
    if named.event:
        return named.event
    title = _title(named)
    held = days.get(title, set())
    return title, named.date or (next(iter(held)) if len(held) == 1 else None)


def _title(transcript: Transcript) -> str:
    return " ".join(transcript.title.casefold().split())


def _newness(event: Event) -> tuple[datetime.date, str]:
    days = [each.date for each in event if each.date]
    return (max(days, default=datetime.date.min), event[0].title)
