"""The YAML head that notes and static sites put before a text: data about it, not speech."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

import yaml

from rag.transcripts.furniture.dates import find_date

_LARGEST = 20_000  # characters
_KEY = re.compile(r"[A-Za-z][\w -]{0,40}:(?:\s|$)")
_FENCE = re.compile(r"---[ \t]*\n")
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the head says; ``end`` is where the page goes on, 0 when there is none."""

    title: str = ""
    date: datetime.date | None = None
    publisher: str = ""
    end: int = 0


def read_front_matter(text: str) -> FrontMatter:
    """The head between two lines of ``---`` at the start of a page, if it is YAML."""
    opened = _FENCE.match(text)
    closed = _END.search(text, opened.end(), _LARGEST) if opened else None
    if not opened or not closed or not _KEY.match(text, opened.end()):
        return FrontMatter()
    try:
        data = yaml.safe_load(text[opened.end() : closed.start()])
    except (yaml.YAMLError, ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return FrontMatter()
    given = {str(key).casefold(): value for key, value in data.items()}
    return FrontMatter(
        title=_words(given.get("title")),
        date=_day(given.get("date")),
        publisher=_words(given.get("publisher") or given.get("source")),
        end=closed.end(),
    )


def _words(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _day(value: object) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    found = find_date(value) if isinstance(value, str) else None
    return found[0] if found else None
