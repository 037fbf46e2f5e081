"""What stands between two turns and is nobody's: headings, and what is recorded of the event."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from rag.transcripts.furniture.sheets import is_aside, is_loud, is_open
from rag.transcripts.furniture.web import Line, is_furniture
from rag.transcripts.labels.candidates import Candidate
from rag.transcripts.labels.evidence import asks

_LONGEST_RECORD = 60  # characters of ``Question agreed to.``
_SELDOM_OPEN = 1 / 8  # turns that end as no sentence does, to those that do
_FEWEST_CLOSED = 4
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
            found.update(block)
    return found


def records(
    lines: Sequence[Line], openings: Mapping[int, Candidate], apart: Collection[int]
) -> set[int]:
    """Lines that begin short paragraphs after which the speaker of a turn is named anew.

    Where a page seldom names again who speaks already, somebody or something else came between:
    ``Question agreed to.``, or a question of whatever length. The arguments are those of
    :func:`headings`.
    """
    places = sorted(openings)
    again = [
        (a, b) for a, b in pairwise(places)
        if openings[a].key == openings[b].key != "" and not _is_press(openings[b])
    ]  # fmt: skip
    if len({openings[place].key for place in places}) < 2 or len(again) > _SELDOM * len(places):
        return set()
    found: set[int] = set()
    for before, index in again:
        blocks = list(_blocks(lines, _first_words(openings, before), index, apart))
        for block in reversed(blocks[1:]):
            asked = block == blocks[-1] and asks(lines[block[-1]].text)
            if not asked and any(len(lines[i].text) > _LONGEST_RECORD for i in block):
                break
            found.add(block[0])
    return found


def loose_headings(
    lines: Sequence[Line], openings: Mapping[int, Candidate], apart: Collection[int]
) -> set[int]:
    """Paragraphs of one short line that end a turn and do not end as a sentence does, on a page
    whose turns do: ``Bronze and its price``. The arguments are those of :func:`headings`."""
    found: set[int] = set()
    closed = opened = 0
    for blocks in _turns(lines, openings, apart):
        shown = lines[blocks[-1][0]].text
        single = len(blocks) > 1 and len(blocks[-1]) == 1
        above = lines[blocks[-2][-1]].text if single else ":"
        behind = not is_open(above) and above[-1] not in ":：;；"  # these announce a list
        if behind and len(shown) <= _LONGEST_RECORD and shown[-1].isalnum():
            found.add(blocks.pop()[0])
        ends_open = is_open(lines[blocks[-1][-1]].text)
        opened, closed = opened + ends_open, closed + (not ends_open)
    return found if closed >= _FEWEST_CLOSED and opened <= _SELDOM_OPEN * closed else set()


def asides(
    lines: Sequence[Line], openings: Mapping[int, Candidate], apart: Collection[int]
) -> set[int]:
    """Paragraphs of one line that are all in brackets, as ``(Applause)``, behind another of the
    same turn: nobody's words. The arguments are those of :func:`headings`."""
    return {
        block[0]
        for blocks in _turns(lines, openings, apart)
        for block in blocks[1:]
        if len(block) == 1 and is_aside(lines[block[0]].text)
    }


def _turns(
    lines: Sequence[Line], openings: Mapping[int, Candidate], apart: Collection[int]
) -> Iterator[list[list[int]]]:
    """The paragraphs of each turn that has any, the label's line with them where words follow it
    there."""
    for before, index in pairwise([*sorted(openings), len(lines)]):
        if blocks := list(_blocks(lines, _first_words(openings, before), index, apart)):
            yield blocks


def _first_words(openings: Mapping[int, Candidate], index: int) -> int:
    """The line in which the words behind a label begin."""
    return index + 1 if openings[index].form.alone else index


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
