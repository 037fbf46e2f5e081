"""What stands on a page around the words: breadcrumbs, pagination, credits, links.

The forms are those of ``furniture.tsv``, each bounded in length or looking at single characters, so
that no line of a stranger's file can make it slow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.text.data_file import patterns
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
_FORMS = patterns("rag.transcripts.furniture", "furniture.tsv")
_WHOLE_LINE, _TAIL, _CREDIT = (
    re.compile(_FORMS[kind], re.IGNORECASE) for kind in ("line", "tail", "credit")
)
# What there is to press: a line of nothing else is furniture.
_CONTROLS = re.compile(rf"\b(?:{_FORMS['control']})\b|{_FORMS['control_zh']}", re.IGNORECASE)
_BETWEEN_CONTROLS = frozenset(" |/·•,、:：[]【】()（）<>«»‹›…")
_PAGING_CHARACTERS = frozenset("<>«»‹›0123456789.… |[]")
_FIRST_PERSON = re.compile(r"\b(?:[Ww]e|[Oo]ur|us|I|[Mm]y|[Yy]our?)\b|[我咱您你]")
_CAPTION = re.compile(
    r"\b(?:conference|briefing|questions?|picture|photo)\b|出席|主持|回答|现场|現場"
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
    if _FIRST_PERSON.search(last) or not (alone or _CAPTION.search(last)):
        return credit_start
    return credit_start - len(before) + sentences[-1].start
