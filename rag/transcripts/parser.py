"""One page of a transcript, as plain text: its header, who was there, who says what.

The page's text is never changed. What is furniture lies between the blocks of a speech.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from rag.text.sentences import trim
from rag.transcripts.front_matter import read_front_matter
from rag.transcripts.furniture.dates import find_date
from rag.transcripts.furniture.footnotes import blank_marks, footnotes
from rag.transcripts.furniture.sheets import (
    blank_line_numbers,
    closing_lines,
    find_heads,
    join_interrupted,
)
from rag.transcripts.furniture.web import (
    Line,
    links_behind,
    read_lines,
    spoken_parts,
)
from rag.transcripts.header import closing_date, read_header
from rag.transcripts.labels.attendance import CastMember, cast_label
from rag.transcripts.labels.candidates import Candidate
from rag.transcripts.labels.emphasis import QUESTION
from rag.transcripts.labels.openings import Doubt, Given, find_openings
from rag.transcripts.labels.speakers import name_key
from rag.transcripts.labels.stamps import Stamps
from rag.types import Range

_LINE_START = re.compile(r"^", re.MULTILINE)
_ARROWS_WITHIN = re.compile(r"(?<=[^\s>])\s+(?=>>)")


@dataclass(frozen=True, slots=True)
class Speech:
    """What follows a label; ``speaker`` is "" where the page gives no name.

    ``opened`` is False for the words that stand before the first label, ``asks`` True where the
    page prints questions in bold.
    """

    speaker: str
    title: str
    blocks: tuple[Range, ...]
    opened: bool = True
    asks: bool = False


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page taken apart; offsets are into the page's own text.

    ``held`` is the day of the event where the page says it, ``date`` that or the page's own.
    ``text`` is the page's canonical text, as long as the page itself: furniture within a
    sentence is blanked in it. ``line_starts`` are the offsets of the page's lines.
    ``doubtful`` are lines (1-based) that may name a speaker and were not taken to, with what
    was done instead.
    """

    title: str
    held: date | None
    date: date | None
    publisher: str
    cast: tuple[CastMember, ...]
    speeches: tuple[Speech, ...]
    doubtful: tuple[tuple[int, str, Doubt], ...]
    text: str
    line_starts: tuple[int, ...]

    @property
    def speakers(self) -> frozenset[str]:
        """The :func:`~rag.transcripts.labels.speakers.name_key` of everyone the page names."""
        named = [speech.speaker for speech in self.speeches if speech.speaker]
        return frozenset(map(name_key, [*named, *(member.name for member in self.cast)]))


def normalise_text(text: str) -> str:
    """The canonical text of a page: LF line ends, no byte-order mark, nothing else changed."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def parse_page(
    text: str,
    *,
    known: Collection[str] = (),
    people: Collection[str] = (),
    no_speakers: Collection[str] = (),
) -> ParsedPage:
    """Take a page apart. ``text`` must be canonical (:func:`normalise_text`).

    Args:
        text: the page.
        known: :func:`~rag.transcripts.labels.speakers.name_key` of people who speak elsewhere
            in the transcript.
        people: the same of those whom its manifest names: their labels are believed.
        no_speakers: the same of what looks like a label and, by the manifest, is none.

    Any text can be parsed; a title that is not there is "", a date None.
    """
    given = Given(frozenset(known) | frozenset(people), frozenset(people), frozenset(no_speakers))
    head, begins = read_front_matter(text)
    shown = blank_line_numbers(" " * begins + text[begins:])
    lines = _read_lines(shown)
    apart = find_heads(shown, lines)
    apart |= footnotes(lines, apart) | links_behind(lines)
    closing = closing_lines(lines, apart)
    apart |= closing
    shown = blank_marks(shown, lines, apart)
    openings, doubts, cast, silent = find_openings(shown, lines, apart, given)
    apart -= openings.keys() | (set() if openings else closing)
    apart |= silent
    named = {index: (opening.key, opening.start) for index, opening in openings.items()}
    shown, joined = join_interrupted(shown, lines, apart, named)
    lines = [line._replace(start=joined.get(index, line.start)) for index, line in enumerate(lines)]
    openings = {index: opening for index, opening in openings.items() if index not in joined}
    first = min(openings, default=len(lines))
    labels = [i for i, line in enumerate(lines[:first]) if cast_label(line.text)]
    header = read_header(
        [li for i, li in enumerate(lines[: min([first, *labels])]) if i not in apart]
    )
    held = head.date or _date_of_event(lines[:first])
    begin = next((i for i, li in enumerate(lines) if li.number > header.lines), len(lines))
    speeches = tuple(_read_speeches(shown, lines, openings, begin, apart, joined))
    return ParsedPage(
        title=head.title or header.title,
        held=held,
        date=header.date or held or closing_date(lines),
        publisher=head.publisher or header.publisher,
        cast=cast,
        speeches=speeches,
        doubtful=tuple((lines[i].number, lines[i].text, cut) for i, cut in sorted(doubts.items())),
        text=shown,
        line_starts=tuple(found.start() for found in _LINE_START.finditer(text)),
    )


def _read_lines(text: str) -> list[Line]:
    """The lines of a page, those of captions cut where the speaker changes within them."""
    lines = read_lines(text)
    if sum(line.text.startswith(">>") for line in lines) > 1:
        return [part for line in lines for part in _at_arrows(text, line)]
    return lines


def _at_arrows(text: str, line: Line) -> Iterator[Line]:
    cuts = [line.start, *(m.end() for m in _ARROWS_WITHIN.finditer(text, line.start, line.end))]
    for start, end in pairwise([*cuts, line.end]):
        (part,) = read_lines(text[start:end])
        yield Line(line.number, start, end, part.text)


def _date_of_event(lines: Sequence[Line]) -> date | None:
    for index, line in enumerate(lines):
        label = cast_label(line.text)
        if label and label[0] == "other":
            words = label[1] or next((li.text for li in lines[index + 1 :] if li.text), "")
            if found := find_date(words):
                return found[0]
    return None


def _read_speeches(
    text: str,
    lines: Sequence[Line],
    openings: Mapping[int, Candidate],
    begin: int,
    apart: Collection[int],
    joined: Collection[int],
) -> Iterator[Speech]:
    speech = Speech("", "", (), opened=False)
    blocks: list[Range] = []
    broken = True
    timed = [lines[i] for i, opening in openings.items() if opening.form.mark == "time"]
    stamps = Stamps(text, timed) if timed else None
    for index in range(begin, len(lines)):
        line = lines[index]
        if index in openings:
            if blocks or speech.opened:
                yield _finish(text, speech, blocks)
            form, label = openings[index].form, openings[index].label
            speech = Speech(label.speaker, label.title, (), asks=form.end == QUESTION)
            blocks, broken = [], True
            line = line._replace(start=openings[index].start)
        elif stamps and (start := stamps.skip(text, line)) > line.start:
            line, broken = line._replace(start=start), True
        if not line.text or line.start >= line.end:
            continue
        parts = [] if index in apart else spoken_parts(text, line)
        broken = broken and index not in joined
        for part in parts:
            if broken or part.start > line.start or not blocks:
                blocks.append(part)
            else:
                blocks[-1] = Range(blocks[-1].start, part.end)
            broken = part.end < line.end
        broken = broken or not parts
    if blocks or speech.opened:
        yield _finish(text, speech, blocks)


def _finish(text: str, speech: Speech, blocks: Sequence[Range]) -> Speech:
    trimmed = tuple(_without_marks(text, trim(text, *block)) for block in blocks)
    return replace(speech, blocks=trimmed)


def _without_marks(text: str, block: Range) -> Range:
    """A stretch of words without the mark of bold that closes what a label opened."""
    for mark in ("**", "__"):
        if text.endswith(mark, block.start, block.end):
            whole = text.count(mark, block.start, block.end) % 2 == 0
            if not whole:
                return trim(text, block.start, block.end - len(mark))
    return block
