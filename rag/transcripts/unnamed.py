"""Questions that a page prints within another's turn, without a name: found and taken out."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rag.text.sentences import trim
from rag.transcripts.parser import ParsedPage
from rag.transcripts.roles import (
    UNNAMED_REPORTER,
    asks_question,
    asks_something,
    hands_over,
    moderates,
    speaks_to_panel,
)
from rag.types import Page, Range, Role


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader of the corpus should know: file, 1-based line, a sentence."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class PlacedSpeech:
    """A speech with its place in the transcript; offsets are into the transcript's text."""

    speaker: str
    title: str
    page: Page
    blocks: tuple[Range, ...]
    role: Role = "narrator"
    continues: bool = False


class _Paragraph(NamedTuple):
    """A line of a speech and the number of blank lines before it."""

    start: int
    end: int
    blank_lines: int


class Places:
    """Where an offset of the transcript stands: its file, and the line there."""

    def __init__(self, pages: Sequence[tuple[Page, ParsedPage]]) -> None:
        self._pages = pages
        self._starts = [page.start for page, _ in pages]

    def note(self, offset: int, told: str) -> Note:
        """A note on the line at an offset."""
        page, parsed = self._pages[max(0, bisect_right(self._starts, offset) - 1)]
        return Note(page.file, bisect_right(parsed.line_starts, offset - page.start), told)


def name_the_unnamed(
    text: str, speeches: Sequence[PlacedSpeech], notes: list[Note], lines: Places
) -> list[PlacedSpeech]:
    """Take a reporter's question without a name out of the turn it was printed in."""
    gaps = Counter(
        paragraph.blank_lines for speech in speeches for paragraph in _paragraphs(text, speech)[1:]
    )
    usual = gaps.most_common(1)[0][0] if gaps else 0
    named: list[PlacedSpeech] = []
    for original in speeches:
        speech = original
        if speech.continues and named:
            speech = replace(speech, speaker=named[-1].speaker, role=named[-1].role)
        question = _find_question(text, speech, usual)
        if question is None:
            named.append(speech)
            continue
        named.append(_clip(text, speech, Range(speech.blocks[0].start, question.start)))
        asked = replace(
            _clip(text, speech, question), speaker=UNNAMED_REPORTER, title="", role="reporter"
        )
        named.append(replace(asked, continues=False))
        rest = _clip(text, speech, Range(question.end, speech.blocks[-1].end))
        if rest.blocks:
            named.append(replace(rest, continues=False))
        told = f"A question without a name follows {speech.speaker}; taken to be a reporter's."
        notes.append(lines.note(question.start, told))
    return named


def _find_question(text: str, speech: PlacedSpeech, usual: int) -> Range | None:
    """Where in a speech somebody else asks a question.

    Only in a moderator's: after a gap wider than the usual one (two blank lines at least), or
    after the words that hand over.
    """
    paragraphs = _paragraphs(text, speech)
    words = [text[paragraph.start : paragraph.end] for paragraph in paragraphs]
    for number in range(1, len(paragraphs) if speech.role == "moderator" else 0):
        if moderates(words[number]):
            continue
        goes_on = (i for i in range(number + 1, len(words)) if speaks_to_panel(words[i]))
        last = next(goes_on, len(words)) - 1
        question = Range(paragraphs[number].start, paragraphs[last].end)
        asked = text[question.start : question.end]
        if paragraphs[number].blank_lines >= 2 and paragraphs[number].blank_lines > usual:
            found = asks_something(asked)
        else:
            found = hands_over(words[number - 1]) and not speaks_to_panel(words[number])
            found = found and asks_question(asked)
        if found:
            return question
    return None


def _paragraphs(text: str, speech: PlacedSpeech) -> list[_Paragraph]:
    found: list[_Paragraph] = []
    for block in speech.blocks:
        position, blank_lines = block.start, 0
        for line in text[block.start : block.end].split("\n"):
            if line.strip():
                found.append(_Paragraph(position, position + len(line), blank_lines))
                blank_lines = 0
            else:
                blank_lines += 1
            position += len(line) + 1
    return found


def _clip(text: str, speech: PlacedSpeech, part: Range) -> PlacedSpeech:
    clipped = (
        trim(text, max(block.start, part.start), min(block.end, part.end))
        for block in speech.blocks
        if block.start < part.end and block.end > part.start
    )
    return replace(speech, blocks=tuple(block for block in clipped if block.start < block.end))


def words_of(text: str, speech: PlacedSpeech) -> str:
    """The words of a speech, a line for each of its blocks."""
    return "\n".join(text[block.start : block.end] for block in speech.blocks)
