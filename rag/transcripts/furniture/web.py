"""What stands on a page around the words: breadcrumbs, pagination, credits, links.

Every pattern is bounded in length or looks at single characters, so that no line of a
stranger's file can make it slow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.text.language import FIRST_PERSON
from rag.text.sentences import split_sentences
from rag.transcripts.furniture.dates import LONGEST_FURNITURE, is_stamp
from rag.types import Range

PAGE_BREAK = "_ueditor_page_break_tag_"
COLONS = {
    0xFE30: "：",
    0xFE55: "：",
    0x2236: "：",
    0xFE13: "：",
}  # other forms of a full-width colon
_WHOLE_LINE = re.compile(
    r"""ㄑ.*  # ㄑ Press Room ㄑ Transcripts
    | (?:home\s|[首主][页頁]\s?)[-–>»›|/].*  # Home - Press Room
    | [^\W\d][^.?!。？！<>»›]{0,60}(?:\s?[>»›]\s?[^\s.?!。？！<>»›][^.?!。？！<>»›]{0,80}){1,6}
    | [-–—=*＊~_\#\s]+
    | (?:share|分享[到至]?)\s?[:：].{0,60} | share\s(?:this|to)[^.?!]{0,60} | page\s\d{1,3}
    | read\sin\schinese
    | \d{1,6}\s?comment\s?\(?s?\)?\s?(?:print.{0,40})?  # 0 Comment(s)Print E-mail
    | .{0,8}(?:[扫掃]一[扫掃]|icp[备備]|[主承]办单位|纠错).{0,40}
    | (?:(?:copyright\s?)?©|all\srights|版[权權]所有).*
    | [(（\[【]?\s?(?:(?:web\s)?editors?|source|tags?|[责責]?任?[编編][辑輯]?|作者|[来來]源)
      \s?[:：][^。？！]{0,80}
    | translated\s(?:and\sedited\s)?by\s[^.]{1,160}(?:\.|\.?\sin\scase\sof\s.*)?
    | in\scase\sof\sany\sdiscrepancy\s.{0,160}prevails?\.?
    | [(（](?:please\s(?:also\s)?refer\sto\sthe|[请請]同[时時][参參][阅閱]).{0,60}
    | photos?\s?(?:by\b|[:/])[^.?!]{1,60} | [图圖][为為][^。]{2,100}。?
    | .{0,20}[记記]者\s\S{2,4}\s[摄攝]
    """,
    re.IGNORECASE | re.VERBOSE,
)
# What there is to press: a line of nothing else is furniture.
_CONTROLS = re.compile(
    r"""\b(?:home|search|menu|audio|video|photos?|listen|close|large|medium|small|facebook|twitter
    |we-?chat|read\smore|english|(?:previous|next)(?:\spage)?|follow\sus|back\sto\stop
    |(?:print|e-?mail|share)(?:\sthis(?:\spage)?)?|\w+\sto\smain\scontent)\b
    |[列打]印[本此]?[页頁]?|[关關][闭閉](?:窗口)?|字[号號体體](?:大小)?|大\W{0,4}中\W{0,4}小
    |微[信博]|返回[顶頂]部|[首主上下]一?[页頁]|[简簡繁][体體]中?文?版?""",
    re.IGNORECASE | re.VERBOSE,
)
_BETWEEN_CONTROLS = frozenset(" |/·•,、:：[]【】()（）<>«»‹›…")
_PAGING_CHARACTERS = frozenset("<>«»‹›0123456789.… |[]")
_TAIL = re.compile(
    r"""related\s(?:stories|news)\s?:? | 相[关關]新[闻聞]\s?[:：]?
    | nnnn""",  # the mark behind a press release of Hong Kong
    re.IGNORECASE | re.VERBOSE,
)
_CREDIT = re.compile(
    r"""[\[(（【]\s?(?:photos?\b|[图圖]片?[来來]?源?[:：/]|[摄攝]影[:：/]|xinhua/)
      [^\])）】\n]{0,120}[\])）】]
    | [（(][^()（）\n]{1,30}[摄攝][）)]""",
    re.IGNORECASE | re.VERBOSE,
)


class Line(NamedTuple):
    """A line of a page: 1-based number, offsets into the page, text with single spaces."""

    number: int
    start: int
    end: int
    text: str


def read_lines(text: str) -> list[Line]:
    """The lines of a page. In ``Line.text`` no-break and zero-width spaces count as spaces, the
    marks that make a whole line bold or a heading (``**``, ``__``, ``#``) as nothing, and every
    form of a full-width colon as one."""
    lines, position = [], 0
    for number, raw in enumerate(text.split("\n"), start=1):
        shown = " ".join(raw.replace("\u200b", " ").replace("\ufeff", " ").split())
        shown = shown.lstrip("#").replace("**", "").replace("__", "").strip().translate(COLONS)
        lines.append(Line(number, position, position + len(raw), shown))
        position += len(raw) + 1
    return lines


def is_furniture(shown: str) -> bool:
    """Whether a whole line, with single spaces, stands around the words and is none of them."""
    if len(shown) > LONGEST_FURNITURE:
        return False
    if _WHOLE_LINE.fullmatch(shown) or _TAIL.fullmatch(shown) or is_stamp(shown):
        return True
    rest = _CONTROLS.sub("", shown)
    if rest != shown and _BETWEEN_CONTROLS.issuperset(rest):
        return True
    characters = set(rest)
    return (
        characters <= _PAGING_CHARACTERS
        and any(map(str.isdigit, characters))
        and (bool(characters & set("<>«»‹›")) or rest.strip().startswith("1 2"))
    )


def links_behind(lines: Sequence[Line]) -> set[int]:
    """A page's last lines, by index, that are ``Related stories`` and titles, with no sentence."""
    for index in range(len(lines) - 1, -1, -1):
        shown = lines[index].text
        if _TAIL.fullmatch(shown):
            return set(range(index, len(lines)))
        if len(shown) > 150 or (shown.endswith(tuple(".。!！?？")) and not is_furniture(shown)):
            break
    return set()


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


def _caption_start(text: str, line: Line, credit_start: int) -> int:
    before = text[max(line.start, credit_start - LONGEST_FURNITURE) : credit_start]
    sentences = split_sentences(before, 0, len(before))
    if not sentences:
        return credit_start
    last = before[sentences[-1].start : sentences[-1].end]
    alone = len(sentences) == 1 and credit_start - line.start <= LONGEST_FURNITURE
    if FIRST_PERSON.search(last) or not alone:
        return credit_start
    return credit_start - len(before) + sentences[-1].start
