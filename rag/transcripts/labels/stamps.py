"""The times that stand before the words of a page, told from those that somebody says."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from rag.transcripts.furniture.web import Line
from rag.transcripts.labels.forms import TIME_BEFORE


class Stamps:
    """The times that a page puts before names, and before words between these."""

    def __init__(self, text: str, lines: Sequence[Line]) -> None:
        """``lines`` are those of labels with a time, in order."""
        times = [(m.start(), _numbers(m)) for line in lines if (m := _at(text, line))]
        self._places = [place for place, _ in times]
        self._times = [time for _, time in times]

    def skip(self, text: str, line: Line) -> int:
        """Where the words of a line begin, past a time between those of the labels before and
        behind it, or in brackets: that is no part of them."""
        timed = _at(text, line)
        if not timed:
            return line.start
        behind = bisect_right(self._places, line.start)
        near = self._times[max(0, behind - 1) : behind + 1]
        between = len(near) == 2 and near[0] <= _numbers(timed) <= near[1]
        return timed.end() if between or not timed.group()[0].isdigit() else line.start


def _at(text: str, line: Line) -> re.Match[str] | None:
    return TIME_BEFORE.match(text, line.start, line.end)


def _numbers(time: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", time.group())))
