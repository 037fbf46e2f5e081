"""The YAML head that notes and static sites put before a text: data about it, not speech."""

from __future__ import annotations

import datetime
import re

import yaml

from rag.transcripts.furniture.dates import find_date
from rag.transcripts.header import Header

_LARGEST = 20_000  # characters
_KEY = re.compile(r"[A-Za-z][\w -]{0,40}:(?:\s|$)")
_FENCE = re.compile(r"---[ \t]*\n")
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)


def read_front_matter(text: str) -> tuple[Header, int]:
    """What the head says between two lines of ``---`` at the start of a page, if it is YAML, and
    where the page goes on; nothing and 0 where there is none."""
    opened = _FENCE.match(text)
    closed = _END.search(text, opened.end(), _LARGEST) if opened else None
    if not opened or not closed or not _KEY.match(text, opened.end()):
        return Header(), 0
    try:
        data = yaml.safe_load(text[opened.end() : closed.start()])
    except (yaml.YAMLError, ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return Header(), 0
    given = {str(key).casefold(): value for key, value in data.items()}
    publisher = _words(given.get("publisher") or given.get("source"))
    return Header(_words(given.get("title")), _day(given.get("date")), publisher), closed.end()


def _words(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _day(value: object) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    found = find_date(value) if isinstance(value, str) else None
    return found[0] if found else None
