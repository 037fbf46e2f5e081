"""The forms that labels have on a page: where at the head of a line one may begin, and what may
close it.

A label stands behind marks (a bullet, ``>>``, a time), perhaps in bold or brackets, and is closed
by a colon, a full stop, the end of the bold, a gap or the end of the line. What names it may hold
is for :mod:`rag.transcripts.labels.candidates`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.text.sentences import HONORIFIC
from rag.transcripts.furniture.web import Line

LONGEST_LABEL = 200  # characters: a name and an office of the longest form seen take 150
_LONGEST_GAP_LABEL = 60
_BLANK = re.compile(r"[\s\u200b\ufeff]*")
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
TIME_BEFORE = re.compile(rf"[\[(（]?{_CLOCK}[\])）]?(?=\s|$|[^\d:.,])[ \t]*(?:[-–|]\s)?")
_SPAN = rf"{_CLOCK}(?:\s?(?:-->|[-–])\s?{_CLOCK})?"
TIME_ALONE = re.compile(rf"\s*[|·•–-]?\s*[\[(（]?{_SPAN}[\])）]?\s*")
_HOURS = re.compile(r"\s*[(（]\s?\d{1,2}\s?[時时]\s?(?:\d{1,2}\s?分)?\s?[)）]\s*")
TIME_BEHIND = re.compile(rf"(?:\s[|·•–-])?\s*[\[(（]?{_SPAN}[\])）]?$")
_BULLET = re.compile(r"[-–—•·●■▪*]\s+")
_ARROWS = re.compile(r">{2,3}\s*")
# The number of a question before who asks it: ``Q12 **Chair:**``, ``3. 莫雅言議員：``.
_ASKED_AS = re.compile(r"Q\d{1,4}\s(?=\*\*|__|[^\W\d_a-z][^:：]{1,60}[:：])")
_NUMBER = re.compile(r"\d{1,3}(?:[.)）]\s+|[.．、]\s*)(?=[^\W\d])")
_HEADING = re.compile(r"#{1,6}\s+")
_BOLD = re.compile(r"\*\*|__")
_OPENS = (
    ("bold", _BOLD),
    ("square", re.compile(r"[\[【〔]")),
    ("round", re.compile(r"[(（](?=[㐀-鿿])")),  # of Latin letters it heads a point or an aside
)
_TITLE_BEHIND = re.compile(  # ``**Name** — *Title*``
    r"\s*(?:--+|[—–|-])\s+(?:[*_]{1,2}(?P<set>[^*_]{2,120})[*_]{1,2}|(?P<plain>[^\W\d_a-z].{1,118}[\w)）]))\s*"
)
_CLOSE = {
    "bold": _BOLD,
    "square": re.compile(r"[\]】〕]"),
    "round": re.compile(r"[)）]"),
}
_INITIALS_STOP = re.compile(
    r"((?:[^\W\d_a-z]\.\s?){1,3}[^\W\d_a-z]{2}[^\Wa-z]*(?:[-'’][^\Wa-z]+)?)\.\s"
)
_ASIDE_BEHIND = re.compile(r"(\s?[(（][^()（）]{1,80}[)）])\s?[:：]\s?")  # ``**Name** (office):``
_AFTER_LABEL = re.compile(r"\s*[:：]?\s*(?:(?:\*\*|__)(?=\s))?\s*")
_STOP_DASH = re.compile(r"\.\s?[–—]\s?|\.\s--?\s")  # ``Ann Roe (PPE). – Madam President``
_GAP = re.compile(r"\t\s*|[ \u00a0]{2,}|\u3000+")
NUMBERED = "number"  # the mark of a number before a label
DASHED = ".–"  # what closes a label: a stop and a dash
LONGEST_ASIDE = 16  # words of an office


class Form(NamedTuple):
    """What a label looks like, apart from the name: marks before it, what it is wrapped in,
    what closes it, and whether the words begin on a line of their own."""

    mark: str
    wrap: str
    end: str
    alone: bool


GLUED = Form("", "", ":", alone=False)  # ``Name: words``


def skip_marks(text: str, line: Line) -> tuple[int, str]:
    """Where the label may begin, and the mark before it that counts as part of the form."""
    position, mark = line.start, ""
    for _ in range(6):  # an indented, dated bullet has four
        blank = _BLANK.match(text, position, line.end)
        position = blank.end() if blank else position
        for kind, pattern in (
            ("", _HEADING), ("time", TIME_BEFORE), (">>", _ARROWS),
            ("bullet", _BULLET), ("", _ASKED_AS), (NUMBERED, _NUMBER),
        ):  # fmt: skip
            found = pattern.match(text, position, line.end)
            if found:
                position, mark = found.end(), kind or mark
                break
        else:
            break
    return position, mark


def closings(text: str, position: int, line: Line, mark: str) -> Iterator[tuple[int, Form, int]]:
    """Where a label may be closed.

    Args:
        text: the page.
        position: where in it the label begins, behind its marks (:func:`skip_marks`).
        line: the line that it heads.
        mark: the mark before it.

    Yields:
        The end of the label's text, its form, and where the words behind it begin.
    """
    for wrap, opens in _OPENS:
        opened = opens.match(text, position, line.end)
        if opened:
            yield from _closed_wrap(text, opened.end(), line, mark, wrap)
            return
    yield from _closed_bare(text, position, line, mark)


def _closed_wrap(
    text: str, opened: int, line: Line, mark: str, wrap: str
) -> Iterator[tuple[int, Form, int]]:
    limit = min(line.end, opened + LONGEST_LABEL)
    closed = _CLOSE[wrap].search(text, opened, limit)
    within = _label_colon(text, opened, closed.start() if closed else limit)
    if within is not None and wrap != "square" and text[within + 1 : within + 2].isspace():
        yield within, Form(mark, wrap, ":", alone=False), within + 2
    if not closed:
        return
    titled = _TITLE_BEHIND.fullmatch(text, closed.end(), line.end)
    if titled and len((titled["set"] or titled["plain"]).split()) <= LONGEST_ASIDE:
        yield line.end, Form(mark, wrap, "close", alone=True), line.end
        return
    aside = _ASIDE_BEHIND.match(text, closed.end(), line.end)
    if aside:
        start = _past_time(text, aside.end(), line)
        yield aside.end(1), Form(mark, wrap, ":", start >= line.end), start
    after = _AFTER_LABEL.match(text, closed.end(), line.end)
    start = _past_time(text, after.end() if after else closed.end(), line)
    around = text[closed.start() - 1 : start]
    end = ":" if wrap != "square" and (":" in around or "：" in around) else "close"
    yield closed.start(), Form(mark, wrap, end, start >= line.end), start


def _closed_bare(
    text: str, position: int, line: Line, mark: str
) -> Iterator[tuple[int, Form, int]]:
    limit = min(line.end, position + LONGEST_LABEL)
    place = _label_colon(text, position, limit)
    before = limit if place is None else place
    dashed = _STOP_DASH.search(text, position, before)
    stop = _label_stop(text, position, before)
    if dashed and (stop is None or stop >= dashed.start()):
        yield dashed.start(), Form(mark, "", DASHED, dashed.end() >= line.end), dashed.end()
        return
    if place is not None:
        start = _past_time(text, place + 1, line)
        yield place, Form(mark, "", ":", start >= line.end), start
    if stop is not None:
        yield stop, Form(mark, "", ".", alone=False), stop + 1
    initials = _INITIALS_STOP.match(text, position, before)
    if initials and initials.end(1) != stop:
        yield initials.end(1), Form(mark, "", ".", alone=False), initials.end()
    gap = _GAP.search(text, position, min(line.end, position + _LONGEST_GAP_LABEL))
    if gap and gap.end() < line.end:
        start = _past_time(text, gap.end(), line)
        yield gap.start(), Form(mark, "", "gap", start >= line.end), start
    if line.end - position <= LONGEST_LABEL and place is None:
        yield line.end, Form(mark, "", "line", alone=True), line.end
    if mark == ">>":
        yield position, Form(mark, "", "mark", alone=False), position


def words_inside(text: str, position: int, closed: int, wrap: str) -> str:
    """The words of a label that begins at ``position`` and is closed at ``closed``, without the
    marks of what wraps it (``wrap``, as in :class:`Form`)."""
    opened = dict(_OPENS)[wrap].match(text, position, closed) if wrap else None
    within = text[opened.end() if opened else position : closed]
    return _CLOSE[wrap].sub("", within).replace("*", "") if wrap else within


def _past_time(text: str, start: int, line: Line) -> int:
    """Past blanks and a time that stands behind a label."""
    if hours := _HOURS.match(text, start, line.end):
        return hours.end()
    timed = TIME_ALONE.match(text, start, line.end)
    if timed and (timed.end() == line.end or timed.end() - start > 4):
        return timed.end()
    blank = _BLANK.match(text, start, line.end)
    return blank.end() if blank else start


def _label_colon(text: str, start: int, limit: int) -> int | None:
    """The first colon that is none of a clock, an address or something in brackets."""
    depth = 0
    for place in range(start, limit):
        char = text[place]
        depth += (char in "(（") - (char in ")）")
        if char in ":：" and depth <= 0:
            around = text[place - 1 : place] + text[place + 1 : place + 2]
            clock = len(around) == 2 and around.isdigit()
            if not clock and text[place + 1 : place + 3] != "//":
                return place
    return None


def _label_stop(text: str, start: int, limit: int) -> int | None:
    """The full stop that closes a name at the head of a line, past ``Mr.`` and initials."""
    position = start
    for number in range(9):
        space = position
        while space < limit and not text[space].isspace():
            space += 1
        token = text[position:space]
        if not token or space >= limit:
            return None
        more = token.endswith(".") and (
            HONORIFIC.match(f"{token} xx") is not None or (number > 0 and len(token) == 2)
        )
        if token.endswith(".") and not more:
            return space - 1
        position = space
        while position < limit and text[position].isspace():
            position += 1
    return None
