"""One page of a transcript, as plain text: its header, who was there, who says what.

The page's text is never changed. What is furniture lies between the blocks of a speech.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rag.reading.cast import CastMember, cast_label, read_cast
from rag.reading.furniture import (
    Line,
    is_furniture,
    is_loose_caption,
    read_lines,
    spoken_parts,
    tail_of_links,
)
from rag.reading.header import Header, closing_date, find_date, read_header
from rag.reading.roles import asks_question, moderates
from rag.reading.speakers import (
    Label,
    is_office,
    is_reporter,
    name_key,
    read_glued_speaker,
    read_speaker,
    split_label,
)
from rag.text.sentences import trim
from rag.types import Range

_TO_COLON = re.compile(r"[^:：]*[:：](?:\*\*|__)?")
_BRACKETS = re.compile(r"[^\]】]*[\]】]\s?(?:[:：](?:\*\*|__)?)?")
_LONGEST_ASKED = 40  # lines of a question


@dataclass(frozen=True, slots=True)
class Speech:
    """What follows a speaker line; ``speaker`` is "" for words that stand before the first."""

    speaker: str
    title: str
    line: int
    blocks: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page taken apart; offsets are into the page's own text.

    ``doubtful`` are lines (1-based) that may name a speaker and were not taken to.
    """

    title: str
    date: date | None
    publisher: str
    cast: tuple[CastMember, ...]
    speeches: tuple[Speech, ...]
    doubtful: tuple[tuple[int, str], ...]

    @property
    def speakers(self) -> frozenset[str]:
        """The :func:`~rag.reading.speakers.name_key` of everyone the page names."""
        named = [speech.speaker for speech in self.speeches if speech.speaker]
        return frozenset(map(name_key, [*named, *(member.name for member in self.cast)]))


@dataclass(frozen=True, slots=True)
class _Opening:
    """A speaker line: who speaks, and where in the page their words begin."""

    label: Label
    start: int


def normalise_text(text: str) -> str:
    """The canonical text of a page: LF line ends, no byte-order mark, nothing else changed."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def parse_page(text: str, *, known: Collection[str] = ()) -> ParsedPage:
    """Take a page apart. ``text`` must be canonical (:func:`normalise_text`).

    ``known`` are the speakers of the transcript's other pages (:attr:`ParsedPage.speakers`),
    which lets ``Name: words`` on one line be read. Any text can be parsed; a title that is
    not there is "", a date None (without a date line, the one under ``Date:`` counts).
    """
    lines = read_lines(text)
    candidates = _find_candidates(lines)
    certain = (index for index, candidate in candidates.items() if candidate.label.certain)
    first = min(certain, default=len(lines))
    names = Counter(name_key(candidate.label.speaker) for candidate in candidates.values())
    cast = read_cast(lines[:first], {*known, *names})
    keys = {*known, *(name for name, times in names.items() if times > 1)}
    keys |= {name_key(member.name) for member in cast}
    openings = {
        index: candidate
        for index, candidate in candidates.items()
        if candidate.label.certain
        or name_key(candidate.label.speaker) in keys
        or asks_question(_words_after(lines, index, candidates))
    }
    doubtful = tuple((lines[i].number, lines[i].text) for i in candidates if i not in openings)
    keys |= {name_key(opening.label.speaker) for opening in openings.values()}
    openings |= _find_glued(lines, openings, keys)
    first = min(openings, default=len(lines))
    labels = [i for i, line in enumerate(lines[:first]) if cast_label(line.text)]
    header = read_header(lines[: min([first, *labels])])
    day = header.date or _date_of_event(lines[:first]) or closing_date(lines)
    speeches = tuple(_read_speeches(text, lines, openings, header))
    return ParsedPage(header.title, day, header.publisher, cast, speeches, doubtful)


def _find_candidates(lines: Sequence[Line]) -> dict[int, _Opening]:
    """Lines that stand alone and have the shape of a speaker line, by index of line."""
    candidates: dict[int, _Opening] = {}
    for index, line in enumerate(lines):
        split = split_label(line.text)
        if split is None or split[1] or is_furniture(line.text):
            continue
        label = read_speaker(split[0])
        if label and (candidates or not _lists_people(lines, index)):
            candidates[index] = _Opening(label, line.end)
    return candidates


def _lists_people(lines: Sequence[Line], index: int) -> bool:
    """Whether ``Moderator:`` heads a list of names, as ``Chairperson:`` does, and no speech."""
    label = cast_label(lines[index].text)
    if label is None:
        return False
    block = [lines[index]] if label[1] else [li for li in lines[index : index + 6] if li.text][:2]
    return bool(read_cast(block, ()))


def _words_after(lines: Sequence[Line], index: int, candidates: Mapping[int, _Opening]) -> str:
    words: list[str] = []
    for number in range(index + 1, min(len(lines), index + _LONGEST_ASKED)):
        if number in candidates:
            break
        words.append(lines[number].text)
    return " ".join(words).strip()


def _find_glued(
    lines: Sequence[Line], alone: Mapping[int, _Opening], known: Collection[str]
) -> dict[int, _Opening]:
    """Lines of the form ``Name: words``, by index of line.

    Besides what :func:`_trust_glued` believes, a name behind a reporter's whole question.
    """
    glued: dict[int, tuple[str, str]] = {}
    for index, line in enumerate(lines):
        split = split_label(line.text)
        if split and split[1] and not split[1].startswith("//") and not is_furniture(line.text):
            glued |= {} if _lists_people(lines, index) else {index: split}
    trusted = _trust_glued(glued, known)
    found: dict[int, _Opening] = {}
    asked: list[str] | None = None  # what a reporter has said so far
    for index, line in enumerate(lines):
        label = trusted.get(index)
        if not label and index in glued and asked and asks_question(" ".join(asked).strip()):
            label = _read_certain(glued[index][0])
        if label:
            found[index] = _Opening(label, line.start)
        if opening := found.get(index) or alone.get(index):
            asked = [glued[index][1] if label else ""] if is_reporter(opening.label) else None
        elif asked:
            asked = [*asked, line.text] if len(asked) < _LONGEST_ASKED else None
    return found


def _trust_glued(glued: Mapping[int, tuple[str, str]], known: Collection[str]) -> dict[int, Label]:
    """What :func:`read_glued_speaker` trusts of labels and words, by index of line; where there
    is any, also an office for a name, a name that comes twice, and the words of a moderator."""
    sure = {
        i: found for i, (name, _) in glued.items() if (found := read_glued_speaker(name, known))
    }
    if not sure:
        return {}
    shaped = {i: found for i, (name, _) in glued.items() if (found := _read_certain(name))}
    times = Counter(name_key(label.speaker) for label in shaped.values())
    return sure | {
        i: label
        for i, label in shaped.items()
        if times[name_key(label.speaker)] > 1 or is_office(label.speaker) or moderates(glued[i][1])
    }


def _read_certain(name: str) -> Label | None:
    label = read_speaker(name)
    return label if label and label.certain else None


def _date_of_event(lines: Sequence[Line]) -> date | None:
    for index, line in enumerate(lines):
        label = cast_label(line.text)
        if label and label[0] == "other":
            words = label[1] or next((li.text for li in lines[index + 1 :] if li.text), "")
            if found := find_date(words):
                return found[0]
    return None


def _read_speeches(
    text: str, lines: Sequence[Line], openings: Mapping[int, _Opening], header: Header
) -> Iterator[Speech]:
    speech = Speech("", "", 1, ())
    blocks: list[Range] = []
    broken = True
    last = max(openings, default=len(lines))
    for index in range(header.lines, len(lines) - tail_of_links(lines[last + 1 :])):
        line = lines[index]
        if index in openings:
            if blocks or speech.speaker:
                yield _finish(text, speech, blocks)
            opening = openings[index]
            speech = Speech(opening.label.speaker, opening.label.title, line.number, ())
            blocks, broken = [], True
            if opening.start == line.end:
                continue
            line = line._replace(start=_after_label(text, line))
        if not line.text:
            continue
        caption = is_loose_caption(line, _next_written(lines, index))
        parts = [] if caption else spoken_parts(text, line)
        for part in parts:
            if broken or part.start > line.start or not blocks:
                blocks.append(part)
            else:
                blocks[-1] = Range(blocks[-1].start, part.end)
            broken = part.end < line.end
        broken = broken or not parts
    if blocks or speech.speaker:
        yield _finish(text, speech, blocks)


def _finish(text: str, speech: Speech, blocks: Sequence[Range]) -> Speech:
    trimmed = tuple(trim(text, block.start, block.end) for block in blocks)
    return Speech(speech.speaker, speech.title, speech.line, trimmed)


def _after_label(text: str, line: Line) -> int:
    raw = text[line.start : line.end]
    found = (_BRACKETS if line.text[0] in "[【" else _TO_COLON).match(raw)
    return line.start + (found.end() if found else 0)


def _next_written(lines: Sequence[Line], index: int) -> Line:
    following = (line for line in lines[index + 1 : index + 4] if line.text)
    return next(following, lines[index])
