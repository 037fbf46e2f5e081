"""Names that return on a page like those of speakers, in a form that is none of its labels'."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence

from rag.transcripts.labels.candidates import Candidate
from rag.transcripts.labels.forms import Form
from rag.transcripts.labels.names import LOOSE, Names
from rag.transcripts.labels.speakers import heads_no_speech


def returning_others(
    names: Names, candidates: Sequence[Candidate], taken: Collection[int]
) -> dict[int, Candidate]:
    """Lines that look like a label, by index, which were not taken to be one although the
    same comes again after others have spoken, set apart in the same way."""
    heads = sorted(taken)
    places: dict[tuple[Form, str, tuple[bool, bool, int]], list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if _may_return(names, candidate, taken):
            place = names.page.apart(candidate)
            places[candidate.form, candidate.key, place].append(candidate)
    return {
        candidate.line: candidate
        for group in places.values()
        if bisect_right(heads, group[0].line) < bisect_left(heads, group[-1].line)
        and heads[0] < group[0].line
        for candidate in group
    }


def _may_return(names: Names, candidate: Candidate, taken: Collection[int]) -> bool:
    """Whether a candidate that was not taken is looked for elsewhere on the page."""
    if candidate.line in taken or heads_no_speech(candidate.label.speaker):
        return False
    behind = names.page.lines[candidate.line + 1 : candidate.line + 3]
    if candidate.form.alone and not any(line.text for line in behind):
        return False
    if candidate.form.end in LOOSE and not names.page.apart(candidate)[0]:
        return False
    return not names.page.goes_on(candidate)
