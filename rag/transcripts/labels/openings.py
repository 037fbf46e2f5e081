"""Where on a page somebody begins to speak: the labels, those in doubt, and who is listed."""

from __future__ import annotations

import re
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
from rag.transcripts.labels.candidates import Candidate, read_line
from rag.transcripts.labels.conventions import infer_convention
from rag.transcripts.labels.emphasis import bold_questions
from rag.transcripts.labels.forms import Form
from rag.transcripts.labels.speakers import Label, name_key

_HEAD_LINES = 5
_BY = re.compile(r"by\s(?=\S)", re.IGNORECASE)
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
    readings = list(_read(text, lines, apart, given))
    lone = [c for c in readings if _stands_alone(c)]
    first = min((c.line for c in lone if c.label.certain), default=len(lines))
    cast = read_cast(lines[:first], {*given.known, *(c.key for c in lone)})
    readings = _hinted(readings, {name_key(member.name) for member in cast})
    sure = {c.line for c in readings if c.key in given.people}
    openings, doubtful = infer_convention(text, lines, readings, sure)
    between = dict.fromkeys(records(lines, openings, apart))
    titles = headings(lines, openings, apart)
    begun = [index for index, begins in doubtful.items() if begins]
    loose = loose_headings(lines, openings, {*apart, *between, *begun, *titles})
    doubts: dict[int, Doubt] = dict.fromkeys(doubtful, "kept")
    for index in (*begun, *between, *loose):
        form = Form("", "", "nobody", alone=False)
        openings[index] = Candidate(index, form, Label(""), lines[index].start, hinted=False)
        doubts[index] = "between" if index in between else "cut"
    openings, examined = _name_examiners(openings, readings)
    silent = examined | titles | asides(lines, openings, apart)
    if not openings:
        openings = bold_questions(text, lines, apart)
    return Labels(openings, doubts, cast, silent)


def _read(
    text: str, lines: Sequence[Line], apart: Collection[int], given: Given
) -> Iterator[Candidate]:
    """The readings as labels of all lines that may be one."""
    for index in range(_end_of_head(lines), len(lines)):
        if index in apart or not spoken_parts(text, lines[index]):
            continue
        listing = _lists_people(lines, index)
        for candidate in read_line(text, lines[index], index, given.known):
            if candidate.key not in given.no_speakers and (
                candidate.form.end == "line" or not listing
            ):
                yield candidate


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


def _stands_alone(candidate: Candidate) -> bool:
    """Whether a name and a colon have a line of their own."""
    return candidate.form.end == ":" and candidate.form.alone and not candidate.form.mark


def _hinted(readings: Sequence[Candidate], listed: Collection[str]) -> list[Candidate]:
    """The readings, those marked that show a part by being ``listed`` or by having a line of their
    own and a colon; unless such words head the points of a text (``To:``, ``Our requests:``): there
    are many, none of which returns, and nobody shows a part."""
    heads = {c.line: c.key for c in readings if c.form.end == ":"}
    points = len(heads) >= _FEWEST_POINTS and len(set(heads.values())) == len(heads)
    points = points and not any(c.hinted or c.key in listed for c in readings)
    return [
        c._replace(
            hinted=c.hinted
            or c.key in listed
            or (not points and _stands_alone(c) and c.label.certain)
        )
        for c in readings
    ]


def _name_examiners(
    openings: Mapping[int, Candidate], readings: Sequence[Candidate]
) -> tuple[dict[int, Candidate], set[int]]:
    """``Q.`` under ``BY MS. X:`` is asked by her; the line itself is no speech."""
    examiners = {
        c.line: name
        for c in readings
        if (name := _BY.sub("", c.label.speaker)) != c.label.speaker and _stands_alone(c)
    }
    named: dict[int, Candidate] = {}
    examiner = ""
    for index in sorted({*openings, *examiners}):
        if index in examiners:
            examiner = examiners[index]
            continue
        opening = openings[index]
        if examiner and opening.key == "q":
            opening = opening._replace(label=opening.label._replace(speaker=examiner))
        named[index] = opening
    return named, set(examiners)


def _lists_people(lines: Sequence[Line], index: int) -> bool:
    """Whether ``Moderator:`` heads a list of names, as ``Chairperson:`` does, and no speech."""
    label = cast_label(lines[index].text)
    if label is None:
        return False
    block = [lines[index]] if label[1] else [li for li in lines[index : index + 6] if li.text][:2]
    return bool(read_cast(block, ()))
