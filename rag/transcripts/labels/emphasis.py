"""Interviews that print the questions in bold and give no names."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rag.transcripts.furniture.web import Line, is_furniture
from rag.transcripts.labels.candidates import Candidate
from rag.transcripts.labels.evidence import QUOTES_BEHIND, asks
from rag.transcripts.labels.forms import Form
from rag.transcripts.labels.speakers import Label

QUESTION = "question"  # what closes the form of a question in bold
_ANSWER = "answer"
_BOLD = re.compile(r"\s*(?:\*\*|__)(?P<words>.{1,2000}?)(?:\*\*|__)\s*")
_SENTENCE = tuple("?？.!。！…:：")
_NEAR = 6  # lines under a question in which its answer begins
_FEWEST = 2  # questions in bold


def bold_questions(
    text: str, lines: Sequence[Line], apart: Collection[int]
) -> dict[int, Candidate]:
    """Where questions in bold and the answers to them begin, by index of line.

    Nothing where fewer than two lines in bold ask, or where most end as no sentence does: those
    are headings. A bold sentence among them is the questioner's too, unless what stands under
    it is no sentence, as under a lead. Nobody of them has a name.
    """
    bold = {
        index: found
        for index, line in enumerate(lines)
        if line.text and index not in apart
        and (found := _BOLD.fullmatch(text, line.start, line.end))
    }  # fmt: skip
    asking = [i for i, found in bold.items() if asks(found["words"])]
    said = [i for i, found in bold.items() if _is_sentence(found["words"])]
    if len(asking) < _FEWEST or 2 * len(said) <= len(bold):
        return {}
    bold = {i: bold[i] for i in said if i >= min(asking) or _is_replied(lines, i, apart)}
    openings: dict[int, Candidate] = {}
    asked = False
    for index in range(min(bold), len(lines)):
        line = lines[index]
        if not line.text or index in apart or is_furniture(line.text):
            continue
        if index in bold and not asked:
            openings[index] = _opening(index, QUESTION, bold[index].start("words"))
        elif index not in bold and asked:
            openings[index] = _opening(index, _ANSWER, line.start)
        asked = index in bold
    return openings


def _is_sentence(words: str) -> bool:
    return words.rstrip(QUOTES_BEHIND).endswith(_SENTENCE)


def _is_replied(lines: Sequence[Line], index: int, apart: Collection[int]) -> bool:
    """Whether what stands under a line ends as a sentence does."""
    near = range(index + 1, min(len(lines), index + _NEAR))
    below = (lines[i].text for i in near if lines[i].text and i not in apart)
    return _is_sentence(next(below, ""))


def _opening(index: int, end: str, start: int) -> Candidate:
    return Candidate(index, Form("", "bold", end, alone=False), Label(""), start, hinted=True)
