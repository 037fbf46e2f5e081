"""Heads of sheets that a page shows once: known by their cells, or by where they stand.

What a page repeats is for :mod:`rag.transcripts.furniture.sheets`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.transcripts.furniture.dates import read_date_line
from rag.transcripts.furniture.sheets import is_open
from rag.transcripts.furniture.web import Line

_CELL = re.compile(r"[ \t\u00a0]{2,}|\u3000+")
_WIDE = re.compile(r"[ \t\u00a0]{5,}|\u3000{2,}")
_NUMBER = re.compile(r"\d{1,5}(?:\s?/\s?\d{1,5})?")
_COLUMN = re.compile(r"[^\W\d_][^\d.!?。！？]{0,80}\s(\d{2,5})")  # ``Column 214``
_FIRST_COLUMN = 20  # a smaller number may be that of a person: ``Speaker 3``
_WIDEST_STEP = 20
_FEWEST_CELLS = 3
_HEAD_LINES = 5  # written lines among which that of the date stands
_SELDOM = 1 / 10  # of the lines; more of many cells are a table
_TIMED = re.compile(r"[^\w\s([（]?\s?[(（\[]\d{3,4}[)）\]]")  # ``● (1420)``


def heads_met_once(text: str, lines: Sequence[Line]) -> set[int]:
    """The lines of a page, by index, that head a sheet though the page repeats none of them."""
    cells: set[int] = set()
    found = set(_columns(lines))
    open_: set[int] = set()
    written, goes_on = 0, False
    for index, line in enumerate(lines):
        if not line.text or index in found:
            continue
        written += 1
        raw = text[line.start : line.end].strip()
        parts = _CELL.split(raw)
        if written <= _HEAD_LINES and read_date_line(line.text):
            continue
        if len(parts) >= _FEWEST_CELLS and _is_head(parts):
            cells.add(index)
        elif _TIMED.fullmatch(line.text) or (goes_on and _is_numbered(_WIDE.split(raw))):
            found.add(index)
        else:
            goes_on = is_open(line.text)
            open_.update({index} if goes_on else ())
    found |= {
        index for index, line in enumerate(lines)
        if found & {index - 1, index + 1} and index - 1 in open_ and read_date_line(line.text)
    }  # fmt: skip
    return found | (cells if len(cells) <= _SELDOM * written else set())


def _is_head(cells: Sequence[str]) -> bool:
    """Whether a line of many cells holds no words of a sentence, as justified lines do."""
    ends = not all(map(is_open, cells))
    low = any(cell[:1].islower() for cell in cells)
    return not ends and not low and any(map(str.isdigit, "".join(cells)))


def _is_numbered(cells: Sequence[str]) -> bool:
    """Whether the first or the last of a line's cells is a number of the sheet."""
    if len(cells) < 2 or not all(map(is_open, cells)):
        return False
    return any(_NUMBER.fullmatch(cell) for cell in (cells[0], cells[-1]))


def _columns(lines: Sequence[Line]) -> Iterator[int]:
    """Lines of the same words with numbers that grow by little: ``Column 214``; one alone must be
    a paragraph."""
    series: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, line in enumerate(lines):
        if found := _COLUMN.fullmatch(line.text):
            series[line.text[: found.start(1)]].append((index, int(found[1])))
    for words, places in series.items():
        grows = all(0 < b - a <= _WIDEST_STEP for (_, a), (_, b) in pairwise(places))
        single = (
            len(places) == 1 and " " not in words.strip() and _is_paragraph(lines, places[0][0])
        )
        if grows and places[0][1] >= _FIRST_COLUMN and (len(places) > 1 or single):
            yield from (index for index, _ in places)


def _is_paragraph(lines: Sequence[Line], index: int) -> bool:
    around = (lines[i].text for i in (index - 1, index + 1) if 0 <= i < len(lines))
    return not any(around)
