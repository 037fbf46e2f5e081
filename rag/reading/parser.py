"""One page of a transcript, as plain text: its header, who was there, who says what.

The page's text is never changed. What is furniture lies between the blocks of a speech.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from rag.reading.cast import CastMember, cast_label, read_cast
from rag.reading.conventions import infer_convention
from rag.reading.emphasis import QUESTION, bold_questions
from rag.reading.front_matter import read_front_matter
from rag.reading.furniture import (
    Line,
    is_furniture,
    is_loose_caption,
    read_lines,
    spoken_parts,
    tail_of_links,
)
from rag.reading.header import closing_date, find_date, is_date_line, read_header
from rag.reading.labels import Candidate, Form, read_line, skip_time
from rag.reading.roles import asks_question
from rag.reading.sheets import (
    blank_line_numbers,
    blank_marks,
    closing_lines,
    find_heads,
    is_remark,
    join_interrupted,
)
from rag.reading.speakers import name_key, read_glued_speaker, read_speaker, split_label
from rag.text.sentences import trim
from rag.types import Range

_LONGEST_ASKED = 40  # lines of a question
_HEAD_LINES = 5
_ARROWS_WITHIN = re.compile(r"(?<=[^\s>])\s+(?=>>)")


@dataclass(frozen=True, slots=True)
class Speech:
    """What follows a label; ``speaker`` is "" where the page gives no name.

    ``opened`` is False for the words that stand before the first label, ``asks`` True where the
    page prints questions in bold.
    """

    speaker: str
    title: str
    line: int
    blocks: tuple[Range, ...]
    opened: bool = True
    asks: bool = False


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page taken apart; offsets are into the page's own text.

    ``text`` is the page's canonical text, as long as the page itself: furniture within a
    sentence is blanked in it. ``line_starts`` are the offsets of the page's lines.
    ``doubtful`` are lines (1-based) that may name a speaker and were not taken to, with what
    was done instead.
    """

    title: str
    date: date | None
    publisher: str
    cast: tuple[CastMember, ...]
    speeches: tuple[Speech, ...]
    doubtful: tuple[tuple[int, str, bool], ...]
    text: str
    line_starts: tuple[int, ...]

    @property
    def speakers(self) -> frozenset[str]:
        """The :func:`~rag.reading.speakers.name_key` of everyone the page names."""
        named = [speech.speaker for speech in self.speeches if speech.speaker]
        return frozenset(map(name_key, [*named, *(member.name for member in self.cast)]))


class _Given(NamedTuple):
    """Name keys that the reader is told: see :func:`parse_page`; ``known`` holds ``people``."""

    known: frozenset[str]
    people: frozenset[str]
    no_speakers: frozenset[str]


class _Labels(NamedTuple):
    """The labels of a page by index of line; the lines in doubt, and whether the turn is cut
    there; who the page says was there; and lines that name only who asks from there on."""

    openings: dict[int, Candidate]
    doubts: dict[int, bool]
    cast: tuple[CastMember, ...]
    silent: set[int]


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
        known: :func:`~rag.reading.speakers.name_key` of people who speak elsewhere in the
            transcript.
        people: the same of those whom its manifest names: their labels are believed.
        no_speakers: the same of what looks like a label and, by the manifest, is none.

    Any text can be parsed; a title that is not there is "", a date None (without a date line,
    the one under ``Date:`` counts).
    """
    given = _Given(frozenset(known) | frozenset(people), frozenset(people), frozenset(no_speakers))
    starts = tuple(_line_starts(text))
    head = read_front_matter(text)
    shown = blank_line_numbers(" " * head.end + text[head.end :])
    lines = _read_lines(shown, starts)
    apart = find_heads(lines)
    closing = closing_lines(lines, apart)
    apart |= closing
    shown = blank_marks(shown, lines, apart)
    openings, doubts, cast, silent = _find_openings(shown, lines, apart, given)
    apart = (apart - openings.keys() - (set() if openings else closing)) | silent
    named = {index: (opening.key, opening.start) for index, opening in openings.items()}
    if (joined := join_interrupted(shown, lines, apart, named)) != shown:
        numbers = {lines[index].number for index in apart}
        shown, lines = joined, _read_lines(joined, starts)
        apart = {index for index, line in enumerate(lines) if line.number in numbers}
        openings, doubts, cast, silent = _find_openings(shown, lines, apart, given)
        apart = (apart - openings.keys()) | silent
    first = min(openings, default=len(lines))
    labels = [i for i, line in enumerate(lines[:first]) if cast_label(line.text)]
    header = read_header(
        [li for i, li in enumerate(lines[: min([first, *labels])]) if i not in apart]
    )
    day = head.date or header.date or _date_of_event(lines[:first]) or closing_date(lines)
    begin = next((i for i, li in enumerate(lines) if li.number > header.lines), len(lines))
    speeches = tuple(_read_speeches(shown, lines, openings, begin, apart))
    return ParsedPage(
        title=head.title or header.title,
        date=day,
        publisher=head.publisher or header.publisher,
        cast=cast,
        speeches=speeches,
        doubtful=tuple((lines[i].number, lines[i].text, cut) for i, cut in sorted(doubts.items())),
        text=shown,
        line_starts=starts,
    )


def _line_starts(text: str) -> Iterator[int]:
    position = 0
    for line in text.split("\n"):
        yield position
        position += len(line) + 1


def _read_lines(text: str, starts: Sequence[int]) -> list[Line]:
    """The lines of a page with the numbers that they have in its file."""
    lines = read_lines(text)
    if sum(line.text.startswith(">>") for line in lines) > 1:
        lines = [part for line in lines for part in _at_arrows(text, line)]
    return [line._replace(number=bisect_right(starts, line.start)) for line in lines]


def _at_arrows(text: str, line: Line) -> Iterator[Line]:
    """A line of captions, cut where the speaker changes within it."""
    cuts = [line.start, *(m.end() for m in _ARROWS_WITHIN.finditer(text, line.start, line.end))]
    for start, end in pairwise([*cuts, line.end]):
        (part,) = read_lines(text[start:end])
        yield part._replace(start=start, end=end)


def _find_openings(
    text: str,
    lines: Sequence[Line],
    apart: Collection[int],
    given: _Given,
) -> _Labels:
    begin = _end_of_head(lines)
    alone = {i: c for i, c in _find_alone(lines).items() if i >= begin}
    certain = [index for index, candidate in alone.items() if candidate.label.certain]
    names = Counter(candidate.key for candidate in alone.values())
    cast = read_cast(lines[: min(certain, default=len(lines))], {*given.known, *names})
    keys = {*given.known, *(name for name, times in names.items() if times > 1)}
    keys |= {name_key(member.name) for member in cast}
    openings = {
        index: candidate
        for index, candidate in alone.items()
        if candidate.label.certain
        or candidate.key in keys
        or asks_question(_words_after(lines, index, alone))
    }
    keys |= {opening.key for opening in openings.values()}
    readings = [
        candidate
        for index, line in enumerate(lines)
        if index >= begin
        and line.text
        and index not in apart
        and not is_remark(line.text)
        and spoken_parts(text, line)
        and not is_loose_caption(line, _next_written(lines, index))
        for candidate in read_line(text, line, index, keys)
        if candidate.key not in given.no_speakers
        and (candidate.form.end == "line" or not _lists_people(lines, index) or index in openings)
    ]
    trusted = {c.line for c in readings if c.key in given.people or _is_trusted(c, keys)}
    found = infer_convention(text, lines, readings, {*openings, *trusted})
    openings = {
        i: c for i, c in openings.items() if c.key not in given.no_speakers
    } | found.openings
    doubts = dict.fromkeys((i for i in (*alone, *found.doubtful) if i not in openings), False)
    for index, candidate in found.unnamed.items():
        nobody = candidate.label._replace(speaker="", title="")
        openings[index] = candidate._replace(label=nobody, start=lines[index].start)
        doubts[index] = True
    openings, silent = _name_examiners(openings)
    if not openings:
        openings = bold_questions(text, lines, apart)
    return _Labels(openings, doubts, cast, silent)


def _end_of_head(lines: Sequence[Line]) -> int:
    """The index of the line that gives the page's date, among the first; what stands before it
    is title and publisher. 0 where there is none."""
    written = [index for index, line in enumerate(lines) if line.text][:_HEAD_LINES]
    dated = (
        index
        for index in reversed(written[1:])
        if is_date_line(lines[index].text) and not is_furniture(lines[index].text)
    )
    return next(dated, 0)


def _name_examiners(
    openings: Mapping[int, Candidate],
) -> tuple[dict[int, Candidate], set[int]]:
    """``Q.`` under ``BY MS. X:`` is asked by her; the line itself is no speech."""
    named: dict[int, Candidate] = {}
    silent: set[int] = set()
    examiner = ""
    for index in sorted(openings):
        opening = openings[index]
        first, _, rest = opening.label.speaker.partition(" ")
        if first.casefold() == "by" and rest and opening.form.alone:
            examiner = rest
            silent.add(index)
            continue
        if examiner and opening.key == "q":
            opening = opening._replace(label=opening.label._replace(speaker=examiner))
        named[index] = opening
    return named, silent


def _is_trusted(candidate: Candidate, known: Collection[str]) -> bool:
    shown = candidate.label.speaker
    form = candidate.form
    closed = form.end == ":" or (form.wrap == "square" and not form.alone)
    return closed and not form.mark and read_glued_speaker(shown, known) is not None


def _find_alone(lines: Sequence[Line]) -> dict[int, Candidate]:
    """Lines that stand alone and have the shape of a speaker line, by index of line."""
    candidates: dict[int, Candidate] = {}
    for index, line in enumerate(lines):
        split = split_label(line.text)
        direction = line.text[0:1] in "[【" and line.text[-1:] in "]】"
        if split is None or split[1] or direction or is_furniture(line.text):
            continue
        label = read_speaker(split[0])
        if label and (candidates or not _lists_people(lines, index)):
            form = Form("", "", ":", alone=True)
            candidates[index] = Candidate(index, form, label, line.end, hinted=False)
    return candidates


def _lists_people(lines: Sequence[Line], index: int) -> bool:
    """Whether ``Moderator:`` heads a list of names, as ``Chairperson:`` does, and no speech."""
    label = cast_label(lines[index].text)
    if label is None:
        return False
    block = [lines[index]] if label[1] else [li for li in lines[index : index + 6] if li.text][:2]
    return bool(read_cast(block, ()))


def _words_after(lines: Sequence[Line], index: int, candidates: Mapping[int, Candidate]) -> str:
    words: list[str] = []
    for number in range(index + 1, min(len(lines), index + _LONGEST_ASKED)):
        if number in candidates:
            break
        words.append(lines[number].text)
    return " ".join(words).strip()


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
) -> Iterator[Speech]:
    speech = Speech("", "", 1, (), opened=False)
    blocks: list[Range] = []
    broken = True
    last = max(openings, default=len(lines))
    timed = any(opening.form.mark == "time" for opening in openings.values())
    for index in range(begin, len(lines) - tail_of_links(lines[last + 1 :])):
        line = lines[index]
        if index in openings:
            if blocks or speech.opened:
                yield _finish(text, speech, blocks)
            speech = _speech_at(openings[index], line)
            blocks, broken = [], True
            line = line._replace(start=openings[index].start)
        elif timed and (start := skip_time(text, line)) > line.start:
            line, broken = line._replace(start=start), True
        if not line.text or line.start >= line.end:
            continue
        parts = [] if index in apart else _words_of(text, lines, index, line)
        for part in parts:
            if broken or part.start > line.start or not blocks:
                blocks.append(part)
            else:
                blocks[-1] = Range(blocks[-1].start, part.end)
            broken = part.end < line.end
        broken = broken or not parts
    if blocks or speech.opened:
        yield _finish(text, speech, blocks)


def _words_of(text: str, lines: Sequence[Line], index: int, line: Line) -> list[Range]:
    """The stretches of a line that are words; none where it is the caption of a photo or tells
    of the event in brackets."""
    nobodys = is_remark(line.text) or is_loose_caption(line, _next_written(lines, index))
    return [] if nobodys else spoken_parts(text, line)


def _speech_at(opening: Candidate, line: Line) -> Speech:
    label = opening.label
    asks = opening.form.end == QUESTION
    return Speech(label.speaker, label.title, line.number, (), asks=asks)


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


def _next_written(lines: Sequence[Line], index: int) -> Line:
    following = (line for line in lines[index + 1 : index + 4] if line.text)
    return next(following, lines[index])
