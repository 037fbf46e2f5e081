"""Where on a page somebody begins to speak: the labels, those in doubt, and who is listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from rag.transcripts.between import asides, headings, loose_headings, records
from rag.transcripts.furniture.dates import read_date_line
from rag.transcripts.furniture.web import (
    COLONS,
    Line,
    is_furniture,
    spoken_parts,
)
from rag.transcripts.labels.attendance import CastMember, cast_label, read_cast
from rag.transcripts.labels.candidates import Candidate, read_line, shows_part
from rag.transcripts.labels.conventions import infer_convention
from rag.transcripts.labels.emphasis import bold_questions
from rag.transcripts.labels.evidence import PageEvidence
from rag.transcripts.labels.forms import Form
from rag.transcripts.labels.speakers import (
    Label,
    name_key,
    read_glued_speaker,
    read_speaker,
    split_label,
)
from rag.transcripts.roles import asks_question

_LONGEST_ASKED = 40  # lines of a question
_HEAD_LINES = 5
_FEWEST_POINTS = 6  # heads with a colon in a letter or minutes; fewer may be chance


Doubt = Literal["kept", "cut", "between"]  # the words stay in the turn; are nobody's; stand between


class Given(NamedTuple):
    """Name keys that the reader is told: see :func:`parse_page`; ``known`` holds ``people``."""

    known: frozenset[str]
    people: frozenset[str]
    no_speakers: frozenset[str]


class Labels(NamedTuple):
    """The labels of a page by index of line; the lines in doubt, and what was done there; who the
    page says was there; and lines that are no speech: what heads a turn, or names who asks."""

    openings: dict[int, Candidate]
    doubts: dict[int, Doubt]
    cast: tuple[CastMember, ...]
    silent: set[int]


def find_openings(
    text: str,
    lines: Sequence[Line],
    apart: Collection[int],
    given: Given,
) -> Labels:
    """The labels of a page.

    Args:
        text: the page.
        lines: its lines.
        apart: those, by index, that are nobody's words.
        given: what the reader is told of who speaks.
    """
    text = text.translate(COLONS)
    begin = _end_of_head(lines)
    alone = {i: c for i, c in _find_alone(lines).items() if i >= begin}
    certain = [index for index, candidate in alone.items() if candidate.label.certain]
    names = Counter(candidate.key for candidate in alone.values())
    cast = read_cast(lines[: min(certain, default=len(lines))], {*given.known, *names})
    keys = {*given.known, *(name for name, times in names.items() if times > 1)}
    listed = {name_key(member.name) for member in cast}
    keys |= listed
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
        for index in range(begin, len(lines))
        if index not in apart
        for candidate in _read_candidates(text, lines, index, keys)
        if candidate.key not in given.no_speakers
        and (candidate.form.end == "line" or not _lists_people(lines, index) or index in openings)
    ]
    if _heads_points(readings, openings, {*given.known, *listed}):
        keys -= {opening.key for opening in openings.values()}
        readings = [c._replace(hinted=c.hinted and c.line not in openings) for c in readings]
        openings = {}
    trusted = {c.line for c in readings if _is_trusted(c, keys)} - _title_lines(lines, readings)
    page = PageEvidence(text, lines, readings)
    trusted -= {c.line for c in readings if page.is_stray(c) or page.is_titular(c)}
    trusted |= {c.line for c in readings if c.key in given.people}
    plain = [line._replace(text="") if i in apart else line for i, line in enumerate(lines)]
    found = infer_convention(text, plain, readings, {*openings, *trusted})
    openings = {
        i: c for i, c in openings.items() if c.key not in given.no_speakers
    } | found.openings
    doubts: dict[int, Doubt] = dict.fromkeys(
        (i for i in (*alone, *found.doubtful) if i not in openings), "kept"
    )
    between = dict.fromkeys(records(lines, openings, apart))
    titles = headings(lines, openings, apart)
    loose = loose_headings(lines, openings, {*apart, *between, *found.unnamed, *titles})
    for index in (*found.unnamed, *between, *loose):
        form = Form("", "", "nobody", alone=False)
        openings[index] = Candidate(index, form, Label(""), lines[index].start, hinted=False)
        doubts[index] = "between" if index in between else "cut"
    openings, examined = _name_examiners(openings)
    silent = examined | titles | asides(lines, openings, apart)
    if not openings:
        openings = bold_questions(text, lines, apart)
    return Labels(openings, doubts, cast, silent)


def _read_candidates(
    text: str, lines: Sequence[Line], index: int, keys: Collection[str]
) -> Iterator[Candidate]:
    line = lines[index]
    if spoken_parts(text, line):
        yield from read_line(text, line, index, keys)


def _end_of_head(lines: Sequence[Line]) -> int:
    """The index of the line that gives the page's date, among the first; what stands before it
    is title and publisher. 0 where there is none."""
    written = [index for index, line in enumerate(lines) if line.text][:_HEAD_LINES]
    dated = (
        index
        for index in reversed(written[1:])
        if read_date_line(lines[index].text) and not is_furniture(lines[index].text)
    )
    return next(dated, 0)


def _heads_points(
    readings: Sequence[Candidate], openings: Mapping[int, Candidate], known: Collection[str]
) -> bool:
    """Whether words with a colon head the points of a text (``To:``, ``Our requests:``): there are
    many, none returns, and none shows a part in the event."""
    closed = {c.line: c.key for c in readings if c.form.end == ":"}
    if len(closed) < _FEWEST_POINTS or len(set(closed.values())) < len(closed):
        return False
    shown = [shows_part(c.label, c.label.speaker, known) for c in openings.values()]
    return not any(shown) and not any(c.hinted and c.line not in openings for c in readings)


def _title_lines(lines: Sequence[Line], readings: Sequence[Candidate]) -> set[int]:
    """Lines in the page's first paragraph that look like a label of a form in which, unlike in
    others, no name returns: ``Rural Post Bill: Third Reading``."""
    first = next((i for i, line in enumerate(lines) if line.text), 0)
    behind = next((i for i in range(first, len(lines)) if not lines[i].text), len(lines))
    times = Counter((c.form, c.key) for c in readings)
    returning = {form for (form, _), count in times.items() if count > 1}
    head = {c.line for c in readings if c.line < behind and c.form not in returning}
    return head if returning else set()


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
