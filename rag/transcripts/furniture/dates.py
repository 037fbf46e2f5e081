"""The dates on a page: in the line under its title, and in the stamps around its words."""

from __future__ import annotations

import re
from datetime import date

from rag.text.days import MONTHS
from rag.types import Range

LONGEST_FURNITURE = 400  # characters; a longer line is words, whatever it begins with
_LONGEST_DATE_LINE = 150
_LONGEST_PLACE = 40  # characters beside a date: a publisher, a place
_MONTHS = tuple(name[:3].lower() for name in MONTHS)
_MONTH = rf"(?P<month>(?:{'|'.join(_MONTHS)})[a-z]{{0,6}})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_MONTH}\s?{_DAY}\s?,\s?(?P<year>\d{{4}})",
        rf"{_DAY}\s{_MONTH},?\s(?P<year>\d{{4}})",
        r"(?P<year>\d{4})\s?[年/.-]\s?(?P<month>\d{1,2})\s?[月/.-]\s?(?P<day>\d{1,2})\s?日?",
    )
)
_BESIDE = re.compile(
    r"""(?:last\s)?(?:updated|published|posted)(?:\son|\sat)? | issued\sat | hkt | source
    | [发發][布佈][时時][间間] | [来來]源 | 香港[时時][间間]
    | \b[a-z]{3,6}day\b | [（(][星期周一二三四五六日]{2,3}[）)]
    | \d{1,2}:\d{2}(?::\d{2})? | \d{1,2}\s?[时時]\s?\d{1,2}\s?分 | [|｜:：()（）]""",
    re.IGNORECASE | re.VERBOSE,
)
_ENDS = re.compile(r"[(（]?(?:完|ends?)[)）]?(?:\s?[/／]|$)", re.IGNORECASE)  # of a press release


def find_date(text: str) -> tuple[date, Range] | None:
    """The first date in a line and where it stands, or None; impossible dates are none."""
    for pattern in _DATES:
        if found := pattern.search(text[:LONGEST_FURNITURE]):
            month = found["month"]
            number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
            try:
                return date(int(found["year"]), number, int(found["day"])), Range(*found.span())
            except ValueError:
                continue
    return None


def read_date_line(shown: str) -> tuple[date, str] | None:
    """The date in a line that gives little else, as under a title, and what else: a publisher."""
    found = find_date(shown) if len(shown) <= _LONGEST_DATE_LINE else None
    if found is None or shown[-1] in ".。!！?？":
        return None
    day, where = found
    rest = _BESIDE.sub(" ", f"{shown[: where.start]} {shown[where.end :]}")
    publisher = " ".join(rest.split()).strip(" -–,，")
    return (day, publisher) if len(publisher) <= _LONGEST_PLACE else None


def is_stamp(shown: str) -> bool:
    """Whether a line only says when a page was issued, as ``Ends/Tuesday, June 4, 2024``; a date
    alone may stand for more."""
    if len(shown) > _LONGEST_DATE_LINE:
        return False
    ended = _ENDS.match(shown)
    rest = shown[ended.end() :] if ended else shown
    if found := find_date(rest):
        rest = rest[: found[1].start] + rest[found[1].end :]
    beside = _BESIDE.sub("", rest)
    timed = any(map(str.isdigit, shown)) and beside != rest
    return (ended is not None or timed) and not beside.strip(" ,，")
