"""Interviews that print the questions in bold and give no names."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rag.reading.furniture import Line, is_furniture
from rag.reading.labels import Candidate, Form
from rag.reading.speakers import Label

QUESTION = "question"  # what closes the form of a question in bold
_ANSWER = "answer"
_BOLD = re.compile(
    r"\s*(?:<[a-z][^<>]{0,80}>\s*)*(?:\*\*|__|<(?:strong|b)>)(?P<words>.{1,2000}?)(?:\*\*|__|</(?:strong|b)>)"
    r"\s*(?:</?[a-z][^<>]{0,80}>\s*)*",
    re.IGNORECASE,
)
_FEWEST = 2  # questions in bold


def bold_questions(
    text: str, lines: Sequence[Line], apart: Collection[int]
) -> dict[int, Candidate]:
    """Where questions in bold and the answers to them begin, by index of line.

    Nothing where fewer than two lines are in bold as a whole, or where most of those ask
    nothing: then they are headings. Nobody of them has a name.
    """
    bold = {
        index: found
        for index, line in enumerate(lines)
        if line.text and index not in apart
        and (found := _BOLD.fullmatch(text, line.start, line.end))
    }  # fmt: skip
    asking = [i for i, found in bold.items() if found["words"].rstrip().endswith(("?", "？"))]
    if len(asking) < _FEWEST or 2 * len(asking) <= len(bold):
        return {}
    openings: dict[int, Candidate] = {}
    asked = False
    for index in range(min(asking), len(lines)):
        line = lines[index]
        if not line.text or index in apart or is_furniture(line.text):
            continue
        if index in bold and not asked:
            openings[index] = _opening(index, QUESTION, bold[index].start("words"))
        elif index not in bold and asked:
            openings[index] = _opening(index, _ANSWER, line.start)
        asked = index in bold
    return openings


def _opening(index: int, end: str, start: int) -> Candidate:
    return Candidate(index, Form("", "bold", end, alone=False), Label(""), start, hinted=True)
