"""Footnotes, and the marks in the words that point to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rag.transcripts.furniture.web import Line

_MARK = r"([\u00b9\u00b2\u00b3\u2070-\u2079]{1,3}|[†‡]|\*{1,3}|\[\d{1,3}\])"
_NOTE_MARK = re.compile(_MARK + r"\s?(?=[^\W_])")
_MARK_BEHIND = re.compile(r"(?<=[^\s*])" + _MARK)
_NO_POWER = r"(?<!\d)(?<!\bm)(?<!\b[ckm]m)"  # 10⁶, 12 km²
_LONGEST_NOTE = 6  # lines


def blank_marks(text: str, lines: Sequence[Line], apart: Collection[int]) -> str:
    """The page with the marks blanked that point to its footnotes; same length."""
    notes = {m[1] for i in apart if (m := _NOTE_MARK.match(lines[i].text)) and m[1][0] not in "*["}
    if not notes:
        return text
    marks = "|".join(map(re.escape, sorted(notes)))
    return re.sub(rf"{_NO_POWER}(?:{marks})", lambda m: " " * len(m.group()), text)


def footnotes(lines: Sequence[Line], heads: Collection[int]) -> set[int]:
    """Paragraphs that open with a mark which stands behind a word before them; the heads of sheets
    end one."""
    marks: set[str] = set()
    found: set[int] = set()
    inside = 0
    for index in range(len(lines)):
        shown = lines[index].text
        opening = _NOTE_MARK.match(shown)
        if opening and opening[1] in marks:
            inside = _LONGEST_NOTE
        elif not shown or index in heads:
            inside = 0
        if inside:
            found.add(index)
            inside -= 1
            continue
        marks.update(_MARK_BEHIND.findall(shown))
    return found
