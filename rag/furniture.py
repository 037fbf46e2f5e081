"""What stands on a page around the words: breadcrumbs, pagination, credits, header.

Every pattern is bounded in length or looks at single characters, so that no line of a
stranger's file can make it slow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from rag.sentences import split_sentences
from rag.types import Range

PAGE_BREAK = "_ueditor_page_break_tag_"
_LONGEST_FURNITURE = 400  # characters; a longer line is words, whatever it begins with
_LONGEST_TITLE = 250

_WHOLE_LINE = re.compile(
    r"""ㄑ .*
    | home \s? [-–>»] .*                             | (?:首页|首頁) \s? [-–>»] .*
    | (?:当前位置|您的位置|您当前的位置|當前位置) .*
    | share (?:\s to)? \s? [:：] [^.?!]{0,60}        | (?:分享|分享到|分享至) \s? [:：] .{0,60}
    | read \s in \s (?:chinese|english)              | (?:go \s to \s forum \s? >>)? \s?
      \d{1,6} \s? comments? (?:\(s\))? \s? (?:print)? [\s|]{0,3} (?:e-?mail)? .{0,40}
    | print [\s|]{0,3} e-?mail .{0,40}               | add \s your \s comments .{0,80}
    | (?:copyright \s? (?:©|\(c\)|\d{4}) | © | 版权所有 | 版權所有 | all \s rights \s reserved
      | 京icp | follow \s china\.org\.cn) .*
    | [(（\[]? (?:source|editor|责任编辑|編輯|编辑|来源|來源) \s? [:：] .{0,60}
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PAGING_WORDS = re.compile(
    r"(?:previous|prev|next|page|上一页|下一页|首页|尾页|上一頁|下一頁)", re.IGNORECASE
)
_PAGING_CHARACTERS = frozenset("<>«»‹›0123456789.… |[]")
_CREDIT = re.compile(
    r"""[\[(（【] \s? (?:photos? \s (?:by|courtesy|credit) | photo \s? [:：]
        | 图片来源 | 圖片來源 | 摄影 \s? [:：] | 攝影 \s? [:：]) [^\])）】\n]{0,120} [\])）】]
    | [（(] [^()（）\n]{1,30} [摄攝] [）)]""",
    re.IGNORECASE | re.VERBOSE,
)
_FIRST_PERSON = re.compile(r"\b(?:we|our|us|I|my|you|your)\b|[我咱您你]")
_CAPTION = re.compile(
    r"\b(?:attends?|speaks?|answers?|takes?|chairs?|presides?|hosts?|holds?|held|introduces?|"
    r"briefs?|raises?|asks?|addresses|delivers?|shows?|poses?)\b.{0,300}"
    r"\b(?:conference|briefing|questions?|picture|photo)\b|出席|主持|回答|提问|提問|现场|現場"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>(?:" + "|".join(_MONTHS) + r")[a-z]{0,6})\.?"
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


class Line(NamedTuple):
    """A line of a page: 1-based number, offsets into the page, text with single spaces."""

    number: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Header:
    """What a page says of itself; ``lines`` is how many leading lines it takes up."""

    title: str = ""
    date: date | None = None
    publisher: str = ""
    lines: int = 0


def read_lines(text: str) -> list[Line]:
    """The lines of a page. No-break and zero-width spaces count as spaces in ``Line.text``."""
    lines, position = [], 0
    for number, raw in enumerate(text.split("\n"), start=1):
        shown = " ".join(raw.replace("\u200b", " ").replace("\ufeff", " ").split())
        lines.append(Line(number, position, position + len(raw), shown))
        position += len(raw) + 1
    return lines


def is_furniture(shown: str) -> bool:
    """Whether a whole line, with single spaces, stands around the words and is none of them."""
    if len(shown) > _LONGEST_FURNITURE:
        return False
    if _WHOLE_LINE.fullmatch(shown):
        return True
    paging = _PAGING_WORDS.sub("", shown)
    characters = set(paging)
    return (
        characters <= _PAGING_CHARACTERS
        and any(map(str.isdigit, characters))
        and (bool(characters & set("<>«»‹›")) or paging.strip().startswith("1 2"))
    )


def spoken_parts(text: str, line: Line) -> list[Range]:
    """The stretches of a line that are words of the page, none when it is all furniture.

    A photo credit takes its caption with it: the sentence before it that speaks of people in
    the third person. A credit glued to somebody's words takes nothing but itself.
    """
    if not line.text or is_furniture(line.text):
        return []
    cuts = [
        Range(_caption_start(text, line, credit.start()), credit.end())
        for credit in _CREDIT.finditer(text, line.start, line.end)
    ]
    tag = text.find(PAGE_BREAK, line.start, line.end)
    while tag >= 0:
        cuts.append(Range(tag, tag + len(PAGE_BREAK)))
        tag = text.find(PAGE_BREAK, tag + len(PAGE_BREAK), line.end)
    parts, position = [], line.start
    for cut in [*sorted(cuts), Range(line.end, line.end)]:
        if text[position : cut.start].strip(" \t\u00a0\u3000\u200b\ufeff"):
            parts.append(Range(position, cut.start))
        position = max(position, cut.end)
    return parts


def is_loose_caption(line: Line, following: Line) -> bool:
    """Whether a line is the caption of a photo whose credit is the next line of the page."""
    credit = _CREDIT.match(following.text)
    return (
        credit is not None
        and credit.end() == len(following.text)
        and len(line.text) <= _LONGEST_FURNITURE
        and len(split_sentences(line.text, 0, len(line.text))) == 1
        and _CAPTION.search(line.text) is not None
        and not _FIRST_PERSON.search(line.text)
    )


def find_date(text: str) -> tuple[date, Range] | None:
    """The first date in a line and where it stands, or None; impossible dates are none."""
    for pattern in _DATES:
        if found := pattern.search(text[:_LONGEST_FURNITURE]):
            month = found["month"]
            number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
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


def _caption_start(text: str, line: Line, credit_start: int) -> int:
    before = text[max(line.start, credit_start - _LONGEST_FURNITURE) : credit_start]
    sentences = split_sentences(before, 0, len(before))
    if not sentences:
        return credit_start
    last = before[sentences[-1].start : sentences[-1].end]
    alone = len(sentences) == 1 and credit_start - line.start <= _LONGEST_FURNITURE
    if _FIRST_PERSON.search(last) or not (alone or _CAPTION.search(last)):
        return credit_start
    return credit_start - len(before) + sentences[-1].start


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
