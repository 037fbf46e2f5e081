"""What stands between two turns and is nobody's: headings, and what is recorded of the event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from rag.reading.furniture import Line, is_furniture
from rag.reading.labels import Candidate
from rag.reading.sheets import is_loud, is_open

_LONGEST_RECORD = 60  # characters of ``Question agreed to.``
_SELDOM = 1 / 4  # of the labels; where more are said again, the page names who says a paragraph


def headings(
    lines: Sequence[Line], openings: Mapping[int, Candidate], apart: Collection[int]
) -> set[int]:
    """The lines of headings in capitals right above a label, on a page that is not in capitals.

    Args:
        lines: the lines of the page.
        openings: its labels by index of line.
        apart: lines, by index, that are nobody's words anyway.
    """
    written = [line.text for line in lines if line.text]
    if 2 * sum(map(is_loud, written)) > len(written):
        return set()
    found: set[int] = set()
    for before, index in pairwise(sorted(openings)):
        for block in reversed(list(_blocks(lines, before + 1, index, apart))):
            if not all(is_loud(lines[i].text) for i in block) or not is_open(lines[block[-1]].text):
                break
            if lines[block[0] - 1].text or lines[block[-1] + 1].text:
                break
            found.update(block)
    return found


def records(
    lines: Sequence[Line], openings: Mapping[int, Candidate], apart: Collection[int]
) -> set[int]:
    """Lines that begin short paragraphs after which the speaker of a turn is named anew.

    Where a page seldom names again who speaks already, somebody or something else came between:
    ``Question agreed to.`` The arguments are those of :func:`headings`.
    """
    places = sorted(openings)
    again = [
        (a, b) for a, b in pairwise(places)
        if openings[a].key == openings[b].key != "" and not _is_press(openings[b])
    ]  # fmt: skip
    parts = Counter(openings[place].key for place in places)
    if len(parts) < 2 or len(again) > _SELDOM * len(places):
        return set()
    found: set[int] = set()
    for before, index in again:
        blocks = list(_blocks(lines, before + 1, index, apart))
        for block in reversed(blocks[1:]):
            if any(len(lines[i].text) > _LONGEST_RECORD for i in block):
                break
            found.add(block[0])
    return found


def _is_press(opening: Candidate) -> bool:
    """Whether a name has a line of its own and a colon: press offices say it again at will."""
    return opening.form.end == ":" and opening.form.alone


def _blocks(
    lines: Sequence[Line], start: int, end: int, apart: Collection[int]
) -> Iterator[list[int]]:
    """The paragraphs between two lines, as the indices of their lines."""
    block: list[int] = []
    for index in range(start, end):
        if lines[index].text and index not in apart and not is_furniture(lines[index].text):
            block.append(index)
        elif block and not lines[index].text:
            yield block
            block = []
    if block:
        yield block
