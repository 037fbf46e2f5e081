"""What a page says of itself: title, date, publisher."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.transcripts.furniture.web import (
    LONGEST_FURNITURE,
    MONTHS_SHORT,
    Line,
    is_furniture,
    is_stamp,
)
from rag.types import Range

_LONGEST_TITLE = 250
_LONGEST_PLACE = 40  # characters beside a date: a publisher, a place
_MONTH = r"(?P<month>(?:" + "|".join(MONTHS_SHORT) + r")[a-z]{0,6})\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        _MONTH + r"\s?(?P<day>\d{1,2})\s?,\s?(?P<year>\d{4})",
        r"(?P<day>\d{1,2})\s" + _MONTH + r",?\s(?P<year>\d{4})",
        r"(?P<year>\d{4})\s?[年/-]\s?(?P<month>\d{1,2})\s?[月/-]\s?(?P<day>\d{1,2})\s?日?",
    )
)
_ADDRESS = re.compile(r"[\w.-]{1,40}\.[a-z]{2,4}")
_DATE_LINE_WORDS = re.compile(
    r"updated|published|source|发布时间|發布時間|来源|來源|\d{1,2}:\d{2}(?::\d{2})?|[|｜:：()（）]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Header:
    """What a page says of itself; ``lines`` is how many leading lines it takes up."""

    title: str = ""
    date: date | None = None
    publisher: str = ""
    lines: int = 0


def find_date(text: str) -> tuple[date, Range] | None:
    """The first date in a line and where it stands, or None; impossible dates are none."""
    for pattern in _DATES:
        if found := pattern.search(text[:LONGEST_FURNITURE]):
            month = found["month"]
            number = int(month) if month.isdigit() else MONTHS_SHORT.index(month[:3].lower()) + 1
            try:
                return date(int(found["year"]), number, int(found["day"])), Range(*found.span())
            except ValueError:
                continue
    return None


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
        if dated := _read_date_line(line.text):
            day, publisher = dated
            lone_outlet = bool(before) and _ADDRESS.fullmatch(before[-1].text)
            if not publisher and (lone_outlet or (len(before) > 1 and len(before[-1].text) <= 40)):
                publisher = before.pop().text
            title = before[0].text if before else header.title
            header = Header(title, header.date or day, header.publisher or publisher, line.number)
        elif not is_furniture(line.text):
            if header.date or len(before) == 5 or len(line.text) > _LONGEST_TITLE:
                break
            before.append(line)
    if header.date is None and before and _reads_like_title(before[0].text):
        return Header(title=before[0].text, lines=before[0].number)
    return header


def closing_date(lines: Sequence[Line]) -> date | None:
    """The day in the line that closes a press release of Hong Kong (``Ends/Tuesday, ...``)."""
    for line in reversed(lines):
        if is_stamp(line.text) and (found := find_date(line.text)):
            return found[0]
    return None


def is_date_line(shown: str) -> bool:
    """Whether a line gives a date and little else, as under a title."""
    found = find_date(shown) if len(shown) <= 150 else None
    if found is None or shown[-1] in ".。!！?？":
        return False
    rest = _DATE_LINE_WORDS.sub("", shown[: found[1].start] + shown[found[1].end :])
    return len(rest.strip()) <= _LONGEST_PLACE


def _read_date_line(shown: str) -> tuple[date, str] | None:
    found = find_date(shown) if len(shown) <= 150 else None
    if found is None or shown[-1] in ".。!！?？":
        return None
    day, where = found
    rest = _DATE_LINE_WORDS.sub(" ", shown[: where.start] + " " + shown[where.end :])
    publisher = " ".join(rest.split()).strip(" -–,，")
    return (day, publisher) if len(publisher) <= 40 else None


def _reads_like_title(shown: str) -> bool:
    return shown[-1] not in '.?!。？！:：,，;；…”"' and not shown[0].islower()
