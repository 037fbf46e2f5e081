"""What a page says of itself: title, date, publisher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.transcripts.furniture.dates import find_date, is_stamp, read_date_line
from rag.transcripts.furniture.web import Line, is_furniture

_LONGEST_TITLE = 250
_LONGEST_PUBLISHER = 40
_LONGEST_PLACE_NAME = 12  # characters: ``China.org.cn``

_BRACKETS = "()（）"
_NO_MARKS = str.maketrans(dict.fromkeys(f"{_BRACKETS}:：", " "))


@dataclass(frozen=True, slots=True)
class Header:
    """What a page says of itself; ``lines`` is how many leading lines it takes up."""

    title: str = ""
    date: date | None = None
    publisher: str = ""
    lines: int = 0


def read_header(lines: Sequence[Line]) -> Header:
    """The header in ``lines``, which are those before the first speaker or ``Speakers:``.

    Title: the first line that is no furniture; publisher and date: the date line, in the
    forms ``China.org.cn | September 21, 2023`` and ``China.org.cnUpdated:  September 21,
    2023``. Without a date line only a line that reads like a title is one.
    """
    before: list[Line] = []
    header = Header()
    for line in lines:
        if not line.text:
            continue
        if dated := read_date_line(line.text):
            day, publisher = dated
            if not (before or header.title) and _holds_date(line.text, publisher):
                return Header(line.text, day, "", line.number)
            if not publisher and len(before) > 1 and len(before[-1].text) <= _LONGEST_PUBLISHER:
                publisher = before.pop().text
            title = before[0].text if before else header.title
            header = Header(title, header.date or day, header.publisher or publisher, line.number)
        elif not is_furniture(line.text):
            if header.date or len(before) == 5 or len(line.text) > _LONGEST_TITLE:
                break
            before.append(line)
    if header.date is None and before and _reads_like_title(before[0].text):
        return Header(before[0].text, _day_at_an_end(before[0].text), lines=before[0].number)
    return header


def _day_at_an_end(title: str) -> date | None:
    """The date that a title begins or ends with; within it stands what the event is about."""
    found = find_date(title)
    at_end = found and (found[1].start == 0 or not title[found[1].end :].strip(_BRACKETS))
    return found[0] if found and at_end else None


def _holds_date(shown: str, beside: str) -> bool:
    """Whether a page's first line is a title with a date in it: what stands beside that is more
    than a place or an address, and nothing sets it apart."""
    found = find_date(shown)
    rest = shown[: found[1].start] + shown[found[1].end :] if found else ""
    # What is read beside a date is without these too.
    whole = " ".join(rest.translate(_NO_MARKS).split()).strip(" -–,，") == beside
    return whole and len(beside) > _LONGEST_PLACE_NAME


def closing_date(lines: Sequence[Line]) -> date | None:
    """The day in the line that closes a press release of Hong Kong (``Ends/Tuesday, ...``)."""
    for line in reversed(lines):
        if is_stamp(line.text) and (found := find_date(line.text)):
            return found[0]
    return None


def _reads_like_title(shown: str) -> bool:
    return shown[-1] not in '.?!。？！:：,，;；…”"' and not shown[0].islower()
