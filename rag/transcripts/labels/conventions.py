"""Which of the forms on a page are its labels: the convention, inferred from the whole page.

A form explains a page when names return in it after others have spoken, when they show a part
in the event, or when questions stand under some of them and answers under the next. What has
a chosen form is a label even when it is met once; what could as well be prose is a doubt.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from rag.transcripts.furniture.web import Line
from rag.transcripts.labels.candidates import Candidate
from rag.transcripts.labels.evidence import PageEvidence
from rag.transcripts.labels.forms import Form
from rag.transcripts.labels.names import LOOSE, Names
from rag.transcripts.labels.speakers import is_outlet

# A form beside the best one is a second convention of the page when it explains a third as
# much (``MR. X:`` in a deposition of ``Q.`` and ``A.``); below that it is rather chance.
_LEAST_SHARE = 1 / 3
_MOST_NOTED = 3  # lines that are told of a page on which nobody could be named


def infer_convention(
    text: str, lines: Sequence[Line], candidates: Sequence[Candidate], sure: Collection[int]
) -> tuple[dict[int, Candidate], dict[int, bool]]:
    """Choose the forms that explain a page, and what of them is a label.

    Args:
        text: the page.
        lines: its lines.
        candidates: all readings of them, in order
            (:func:`rag.transcripts.labels.candidates.read_line`).
        sure: lines, by index, that are labels whatever the page.

    Returns:
        The labels by index of line, and the lines in doubt, with whether somebody else clearly
        begins to speak there.
    """
    page = PageEvidence(text, lines, candidates)
    rank = _choose(page, sure)
    names = Names(page, frozenset(rank), sure)
    openings: dict[int, Candidate] = {}
    doubtful: dict[int, Candidate] = {}
    by_line: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_line[candidate.line].append(candidate)
    for index, readings in by_line.items():
        fitting = sorted(
            (c for c in readings if c.form in names.chosen),
            key=lambda c: (c.form.end == "mark", rank.index(c.form)),
        )
        found = [
            *(c for c in fitting if names.accepts(c)),
            *(c for c in readings if index in sure and (c.hinted or c.label.certain)),
            *(c for c in readings if names.is_kin(c)),
        ]
        if found:
            openings[index] = found[0]
        elif odd := next((c for c in readings if names.is_doubtful(c)), None):
            doubtful[index] = odd
    return openings, _settle(names, sorted(openings), doubtful)


def _choose(page: PageEvidence, sure: Collection[int]) -> list[Form]:
    """The forms that explain a page, the best first."""
    scored = {form: _score(page, group, sure) for form, group in page.groups.items()}
    scores = {form: score for form, (score, _) in scored.items()}
    best = max(scores.values(), default=0)
    chosen = {
        form
        for form, (score, firm) in scored.items()
        if score > 0 and (firm or score >= _LEAST_SHARE * best)
    }
    return sorted(chosen, key=lambda form: (-scores[form], form))


def _score(
    page: PageEvidence, group: Sequence[Candidate], sure: Collection[int]
) -> tuple[int, bool]:
    """How well a form explains the page, 0 when it may be chance; and whether it stands firm
    beside any other.

    Each return of a name after another's counts 2, a name that shows a part 1, a question
    that another answers 1.
    """
    form = group[0].form
    seen = {candidate.key for candidate in group}
    returns = sum(1 for _ in page.returns(group))
    hints = sum(candidate.hinted or candidate.line in sure for candidate in group)
    asked = sum(page.asks(before, candidate.line) for before, candidate in pairwise(group))
    score = 2 * returns + hints + asked
    parts = {candidate.key for candidate in group if candidate.hinted}
    again = sum(page.counts[candidate.key] > 1 for candidate in group)
    firm = len(parts) > 1 and (returns > 0 or len(parts) == len(seen))
    firm = firm or (form.wrap != "" and again == len(group))
    if form.end in LOOSE:
        enough = (returns and len(seen) > 1) or (form.end != "line" and hints >= 2)
        return (score if enough else 0), firm
    if form.mark or form.wrap:
        return (score if returns or hints >= 2 or asked else 0), firm
    # Of the heads of a list or of minutes few return; of speakers most do.
    half = returns > 0 and 2 * again >= len(group)
    several = len(seen) >= 2 and (half or 3 * asked >= len(group))
    return (score if several or hints else 0), firm


def _settle(
    names: Names, heads: Sequence[int], doubtful: Mapping[int, Candidate]
) -> dict[int, bool]:
    """Of the lines in doubt that are told: whether somebody else clearly begins to speak there."""
    if not heads:
        told = [i for i, c in doubtful.items() if c.label.certain and " " in c.label.speaker]
        return dict.fromkeys(told[:_MOST_NOTED], False)
    # Before the first label nobody speaks who could be given another's words.
    inside = Counter(place for index in doubtful if (place := bisect_right(heads, index)))
    return {
        index: names.is_remark(candidate)
        or _begins(names, candidate, listed=inside[bisect_right(heads, index)] > 1)
        for index, candidate in doubtful.items()
        if index > heads[0]
    }


def _begins(names: Names, candidate: Candidate, listed: bool) -> bool:
    """Whether a line in doubt clearly names another; not where several in one turn head the points
    of a list (``listed``)."""
    name = candidate.label.speaker
    marked = candidate.form in names.chosen and bool(candidate.form.wrap or candidate.form.mark)
    whole = " " in name or names.is_loud(candidate) if name.isascii() else len(name) > 2
    if not marked and (candidate.form.alone or not whole):
        return False
    return not listed or (names.page.is_stray(candidate) and (name.isupper() or is_outlet(name)))
