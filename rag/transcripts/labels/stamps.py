"""The times that stand before the words of a page, told from those that somebody says."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from rag.transcripts.furniture.web import Line
from rag.transcripts.labels.forms import TIME_BEFORE


class Stamps:
    """The times that a page puts before names, and before words in the same writing."""

    def __init__(self, text: str, lines: Sequence[Line]) -> None:
        """``lines`` are those of labels with a time, in order."""
        times = [(m.start(), m.group()) for line in lines if (m := _at(text, line))]
        self._places = [place for place, _ in times]
        self._hours = [_numbers(shown) for _, shown in times]
        self._shapes = {_shape(shown) for _, shown in times}

    def skip(self, text: str, line: Line) -> int:
        """Where the words of a line begin, past a time that is no part of them: one in brackets,
        or between those of the labels before and behind it."""
        timed = _at(text, line)
        if not timed or _shape(timed.group()) not in self._shapes:
            return line.start
        if timed.group()[0].isdigit():
            behind = bisect_right(self._places, line.start)
            near = self._hours[max(0, behind - 1) : behind + 1]
            if not near[0] <= _numbers(timed.group()) <= near[-1] or len(near) < 2:
                return line.start
        return timed.end()


def _at(text: str, line: Line) -> re.Match[str] | None:
    return TIME_BEFORE.match(text, line.start, line.end)


def _numbers(time: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", time)))


def _shape(time: str) -> str:
    """How a time is written: ``[0:0:0]``."""
    return re.sub(r"\d+", "0", time.strip())
