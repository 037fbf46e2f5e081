"""Which of the forms on a page are its labels: the convention, inferred from the whole page.

A form explains a page when names return in it after others have spoken, when they show a part
in the event, or when questions stand under some of them and answers under the next. What has
a chosen form is a label even when it is met once; what could as well be prose is a doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from rag.reading.furniture import Line
from rag.reading.labels import Candidate, Form
from rag.reading.sheets import is_loud, is_open
from rag.reading.speakers import generic_part, heads_no_speech, is_latin_name

_LOWER = re.compile(r"(?<![^\W\d_])[^\W\d_A-Z][^\W\d_]*")
_ASKED = ("?", "？", '?"', "？”", "?”")
# A form beside the best one is a second convention of the page when it explains a third as
# much (``MR. X:`` in a deposition of ``Q.`` and ``A.``); below that it is rather chance.
_LEAST_SHARE = 1 / 3
# What closes prose too: a label closed so must stand as the others of the page do.
LOOSE = ("line", ".", "gap")
_PAIR, _CAPITALS = "pair", "capitals"
_MOST_NOTED = 3  # lines that are told of a page on which nobody could be named
_WIDEST_WRAP = 120  # characters; longer lines are paragraphs


@dataclass(frozen=True, slots=True)
class Convention:
    """What is a label on a page: candidates by index of line, and the lines in doubt.

    ``unnamed`` are doubtful lines where somebody else clearly begins to speak.
    """

    openings: dict[int, Candidate]
    doubtful: tuple[int, ...]
    unnamed: Mapping[int, Candidate]


class _Page:
    """The candidates of a page beside what its lines show."""

    def __init__(self, text: str, lines: Sequence[Line], candidates: Sequence[Candidate]) -> None:
        self.text, self.lines = text, lines
        self.groups: dict[Form, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            self.groups[candidate.form].append(candidate)
        self.common = frozenset(_LOWER.findall(text))
        self.counts = Counter(
            key for _, key in {(c.line, c.key) for c in candidates if c.label.speaker}
        )

        self._hinted = sorted({c.line for c in candidates if c.hinted})
        written = [line for line in lines if line.text]
        self._above = list(accumulate((line.text for line in lines), lambda a, b: b or a))
        self.is_loud = 2 * sum(is_loud(line.text) for line in written) > len(written)
        lengths = sorted(len(line.text) for line in written)
        self._width = lengths[len(lengths) * 9 // 10] if lengths else 0
        wrapped = sum(map(self._runs_on, range(1, len(lines))))
        self.is_wrapped = self._width <= _WIDEST_WRAP and 4 * wrapped > len(written)

    def _runs_on(self, index: int) -> bool:
        """Whether the line before one, right above it, ends within a sentence."""
        before = self.lines[index - 1].text
        full = 2 * len(before) > self._width
        return full and self.lines[index].text != "" and is_open(before)

    def is_wrapped_from(self, index: int) -> bool:
        """Whether a line of a hard-wrapped page goes on from the line above it."""
        return self.is_wrapped and index > 0 and self._runs_on(index)

    def is_common(self, candidate: Candidate) -> bool:
        """Whether the page writes all words of a name in lower case too: ``Three points``."""
        words = re.findall(r"[^\W\d_]+", candidate.label.speaker.casefold())
        return (
            bool(words)
            and all(w in self.common for w in words if w.isascii())
            and any(w.isascii() for w in words)
        )

    def returns(self, group: Sequence[Candidate]) -> Iterator[Candidate]:
        """The candidates of a form whose name comes again after somebody else's."""
        seen: set[str] = set()
        for number, candidate in enumerate(group):
            if candidate.key in seen and not self.is_common(candidate):
                before = group[number - 1]
                if before.key != candidate.key or self.others_between(before.line, candidate):
                    yield candidate
            seen.add(candidate.key)

    def answers(self, candidate: Candidate) -> bool:
        """Whether the words right above a label end in a question mark."""
        return candidate.line > 0 and self._above[candidate.line - 1].endswith(_ASKED)

    def others_between(self, line: int, candidate: Candidate) -> bool:
        """Whether somebody else is named, in whatever form, between a line and a label."""
        first, last = bisect_right(self._hinted, line), bisect_left(self._hinted, candidate.line)
        return first < last

    def apart(self, candidate: Candidate) -> tuple[bool, bool, int]:
        """How a label is set apart: a blank line before it, one behind it, and its indent."""
        before = self.lines[candidate.line - 1].text if candidate.line else ""
        after = candidate.line + 1
        behind = self.lines[after].text if after < len(self.lines) else ""
        line = self.lines[candidate.line]
        raw = self.text[line.start : line.end]
        return (not before, not behind, len(raw) - len(raw.lstrip()))

    def asks(self, candidate: Candidate, following: Candidate) -> bool:
        """Whether the words under a label end in a question mark."""
        for index in range(following.line - 1, candidate.line - 1, -1):
            shown = self.lines[index].text
            if shown:
                return shown.endswith(_ASKED)
        return False


def infer_convention(
    text: str, lines: Sequence[Line], candidates: Sequence[Candidate], sure: Collection[int]
) -> Convention:
    """Choose the forms that explain a page, and what of them is a label.

    Args:
        text: the page.
        lines: its lines.
        candidates: all readings of them, in order (:func:`rag.reading.labels.read_line`).
        sure: lines, by index, that are labels whatever the page.
    """
    page = _Page(text, lines, candidates)
    scored = {form: _score(page, group, sure) for form, group in page.groups.items()}
    scores = {form: score for form, (score, _) in scored.items()}
    best = max(scores.values(), default=0)
    chosen = {
        form
        for form, (score, firm) in scored.items()
        if score > 0 and (firm or score >= _LEAST_SHARE * best)
    }
    # ``[Applause]`` on a line of its own, beside labels of another form, is a stage direction.
    chosen -= {
        form
        for form in chosen
        if form.wrap in ("square", "round")
        and (form.end, form.alone) == ("close", True)
        and scores[form] < best
    }
    if any(form.end == "mark" for form in chosen):
        chosen |= {form for form in page.groups if (form.mark, form.end) == (">>", ":")}
    rank = sorted(chosen, key=lambda form: (-scores[form], form))
    names = _Names(page, chosen, sure)
    openings: dict[int, Candidate] = {}
    doubtful: dict[int, Candidate] = {}
    by_line: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_line[candidate.line].append(candidate)
    for index, readings in by_line.items():
        fitting = sorted(
            (c for c in readings if c.form in chosen),
            key=lambda c: (c.form.end == "mark", rank.index(c.form)),
        )
        taken = next((c for c in fitting if names.accepts(c)), None)
        if taken is None and index in sure:
            taken = next((c for c in readings if c.hinted or c.label.certain), None)
        if taken is None:
            taken = next(
                (c for c in readings if names.is_kin(c) or names.is_sibling(c, chosen)), None
            )
        if taken:
            openings[index] = taken
        elif odd := next((c for c in readings if names.is_doubtful(c, chosen)), None):
            doubtful[index] = odd
    found = _settle(page, openings, doubtful, sure, chosen)
    others = names.returning_others(candidates, {*found.openings, *sure})
    return Convention(
        found.openings,
        tuple(sorted({*found.doubtful, *others})),
        {**others, **found.unnamed},
    )


def _score(page: _Page, group: Sequence[Candidate], sure: Collection[int]) -> tuple[int, bool]:
    """How well a form explains the page, 0 when it may be chance; and whether it stands firm
    beside any other.

    Each return of a name after another's counts 2, a name that shows a part 1, a question
    that another answers 1.
    """
    form = group[0].form
    seen = {candidate.key for candidate in group}
    returns = sum(1 for _ in page.returns(group))
    hints = sum(candidate.hinted or candidate.line in sure for candidate in group)
    asked = sum(
        page.asks(before, candidate)
        for before, candidate in pairwise(group)
        if before.key != candidate.key or page.others_between(before.line, candidate)
    )
    score = 2 * returns + hints + asked
    parts = {candidate.key for candidate in group if candidate.hinted}
    firm = len(seen) >= 2 and ((returns >= 1 and hints >= 2) or len(parts) >= 2)
    if form.end in LOOSE:
        enough = returns >= 1 and (hints + asked >= 1 or returns >= 2) and len(seen) >= 2
        return (score if enough or (form.end != "line" and hints >= 2) else 0), firm
    if form.end == "mark" or form.mark or form.wrap:
        return (score if returns or hints >= 2 or asked else 0), firm
    # Of the heads of a list or of minutes few return; of speakers most do.
    again = sum(page.counts[candidate.key] > 1 for candidate in group)
    half = returns > 0 and 2 * again >= len(group)
    several = len(seen) >= 2 and (half or 3 * asked >= len(group))
    return (score if several or hints else 0), firm


class _Names:
    """The names in the chosen forms, against which a name met once is held."""

    def __init__(self, page: _Page, chosen: Collection[Form], sure: Collection[int]) -> None:
        self.page, self.sure = page, sure
        members = [c for form in chosen for c in page.groups[form]]
        self.again = {c.key for group in page.groups.values() for c in page.returns(group)}
        returning = [
            c
            for c in members
            if c.hinted or (c.key in self.again if _is_weak(c) else page.counts[c.key] > 1)
        ]
        self.titles = {c.label.speaker.split()[0] for c in returning if _is_weak(c)}
        scripts = {_script(c) for c in returning if not generic_part(c.label.speaker)}
        self.script = scripts.pop() if len(scripts) == 1 else ""
        if page.is_loud and self.script == _CAPITALS:
            self.script = ""
        self.keys = {c.key for c in returning} | {c.key for c in members if c.line in sure}
        self.tails = {tail for c in returning if (tail := _tail(c))}
        self.singles = any(
            " " not in c.label.speaker and not c.hinted and not page.is_common(c) for c in returning
        )
        self.places: dict[Form, Counter[tuple[bool, bool, int]]] = defaultdict(Counter)
        for c in returning:
            if page.counts[c.key] > 1:
                self.places[c.form][page.apart(c)] += 1
        lines = [c for c in returning if c.form.end == "line" and not generic_part(c.label.speaker)]
        self.titled = 2 * sum(c.label.title != "" for c in lines) > len(lines)
        self.first = min((c.line for c in returning), default=0)
        # Names alone in a list of those present, above labels of a stricter form, are none.
        loose = sum(c.form.end in LOOSE for c in returning)
        self.opened = min(sure, default=0) if 2 * loose <= len(returning) else 0
        self.title = next((i for i, line in enumerate(page.lines) if line.text), 0)

    def accepts(self, candidate: Candidate) -> bool:
        """Whether a candidate of a chosen form is a label."""
        if candidate.line in self.sure or candidate.form.end == "mark":
            return True
        return self._may_stand(candidate) and self._is_believed(candidate)

    def _may_stand(self, candidate: Candidate) -> bool:
        """Whether a label may begin in this place of the page."""
        form = candidate.form
        if form.end in LOOSE and (
            candidate.line < self.opened or not self._stands_alike(candidate)
        ):
            return False
        return bool(form.mark or form.wrap) or not self.page.is_wrapped_from(candidate.line)

    def _is_believed(self, candidate: Candidate) -> bool:
        """Whether a name is one of those that speak here, or as good as one."""
        if candidate.hinted or candidate.key in self.keys or _tail(candidate) in self.tails:
            return True
        if _is_weak(candidate):
            return candidate.label.speaker.split()[0] in self.titles
        loose = candidate.form.end in LOOSE
        if candidate.line < self.first and (loose or candidate.line == self.title):
            return False
        common = self.page.is_common(candidate)
        if self._lacks_title(candidate) or self._is_count(candidate):
            return False
        if not candidate.label.certain:
            marked = candidate.form.mark in ("time", ">>")
            name = candidate.label.speaker
            alike = self.singles and not common and " " not in name and not heads_no_speech(name)
            asks = self.page.lines[candidate.line].text.endswith(_ASKED) and not common
            answers = candidate.form.end == ":" and self._answers(candidate)
            return marked or alike or answers or (asks and not candidate.form.wrap)
        return not common and not self._goes_on(candidate)

    def _lacks_title(self, candidate: Candidate) -> bool:
        """Whether a bare line stands on a page whose names have an office beside them."""
        bare = candidate.form.end == "line" and not candidate.label.title
        return bare and self.titled and not candidate.hinted

    def _is_count(self, candidate: Candidate) -> bool:
        """Whether a name that ends in a number is like no other of the page: ``Column 214``."""
        return candidate.key[-1:].isdigit() and candidate.form.mark != "time"

    def is_kin(self, candidate: Candidate) -> bool:
        """Whether a name with a colon is a label though the page's have another form: its
        name is one of theirs, or it is called as they are (``Second Official``)."""
        if candidate.form.end != ":" or candidate.form.mark or not self.keys:
            return False
        same = candidate.key in self.keys or _tail(candidate) in self.tails
        same = (
            same or (candidate.hinted and candidate.form.alone) or self._is_written_alike(candidate)
        )
        same = same or (candidate.label.title != "" and self._answers(candidate))
        return same and not self._goes_on(candidate)

    def is_sibling(self, candidate: Candidate, chosen: Collection[Form]) -> bool:
        """Whether a name that returns has a form of the page's but for the time beside it."""
        form = candidate.form
        other = form._replace(mark="" if form.mark == "time" else "time")
        place = self.page.apart(candidate)[:2]
        return (
            form.mark in ("", "time")
            and other in chosen
            and candidate.key in self.again
            and any(place == taken[:2] for taken in self.places[other])
        )

    def returning_others(
        self, candidates: Sequence[Candidate], taken: Collection[int]
    ) -> dict[int, Candidate]:
        """Lines that look like a label, by index, which were not taken to be one although the
        same comes again after others have spoken, set apart in the same way."""
        heads = sorted(taken)
        places: dict[tuple[Form, str, tuple[bool, bool, int]], list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            if self._may_return(candidate, taken):
                place = self.page.apart(candidate)
                places[candidate.form, candidate.key, place].append(candidate)
        return {
            candidate.line: candidate
            for group in places.values()
            if bisect_right(heads, group[0].line) < bisect_left(heads, group[-1].line)
            and heads[0] < group[0].line
            for candidate in group
        }

    def _may_return(self, candidate: Candidate, taken: Collection[int]) -> bool:
        """Whether a candidate that was not taken is looked for elsewhere on the page."""
        if candidate.line in taken or heads_no_speech(candidate.label.speaker):
            return False
        behind = self.page.lines[candidate.line + 1 : candidate.line + 3]
        if candidate.form.alone and not any(line.text for line in behind):
            return False
        if candidate.form.end in LOOSE and not self.page.apart(candidate)[0]:
            return False
        plain = self.page.is_common(candidate) or self._goes_on(candidate)
        return not plain and not self.page.is_wrapped_from(candidate.line)

    def _answers(self, candidate: Candidate) -> bool:
        """Whether a name of a few words stands right under a question."""
        named = not heads_no_speech(candidate.label.speaker)
        return named and not self.page.is_common(candidate) and self.page.answers(candidate)

    def _is_written_alike(self, candidate: Candidate) -> bool:
        """Whether a name is written as all names of the page are: in two languages, or in
        capitals where little else is."""
        alike = self.script != "" and _script(candidate) == self.script
        return alike and (self.script == _PAIR or candidate.label.certain)

    def is_doubtful(self, candidate: Candidate, chosen: Collection[Form]) -> bool:
        """Whether a line that is no label may yet be one."""
        if candidate.form.end != ":" and candidate.form not in chosen:
            return False
        if self._lacks_title(candidate) and candidate.label.certain and self.keys:
            return self._may_stand(candidate)
        if candidate.form.end in ("line", "gap", ".") or self._goes_on(candidate):
            return False
        name = candidate.label.speaker
        # In capitals throughout, words show nothing of a name.
        if name.isupper() and self.page.is_loud:
            return False
        if candidate.form in chosen and (candidate.form.wrap or candidate.form.mark):
            return True
        known = candidate.label.certain or candidate.key in self.keys
        named = known or (name.istitle() and " " in name)
        headed = heads_no_speech(name) or (name.isascii() and not is_latin_name(name))
        return named or (candidate.form in chosen and not headed)

    def _goes_on(self, candidate: Candidate) -> bool:
        """Whether the words behind a colon go on in lower case, as in ``Salt Road: it is``."""
        words = self.page.text[candidate.start : candidate.start + 2]
        bare = candidate.form.end == ":" and not (candidate.form.wrap or candidate.form.mark)
        return bare and not candidate.form.alone and words[:1].islower()

    def _stands_alike(self, candidate: Candidate) -> bool:
        places = self.places[candidate.form]
        if not places:
            return True
        place = self.page.apart(candidate)
        if candidate.form.end == "line":
            return any(place[:2] == other[:2] for other in places)
        # A line that begins with a name by chance stands so alone, and would bear itself out.
        deep = sum(times for other, times in places.items() if other[2] == place[2])
        usual = place in places and (deep > 1 or len(places) == sum(places.values()))
        return usual or (place[0] and any(other[0] for other in places))


def _script(candidate: Candidate) -> str:
    """How a name is written: in two languages, in capitals, or "" as most are."""
    name = candidate.label.speaker
    latin = any(char.isalpha() and char.isascii() for char in name)
    if latin and any(
        char.isalpha() and not char.isascii() and char.lower() == char.upper() for char in name
    ):
        return _PAIR
    return _CAPITALS if latin and name.isupper() and len(name) > 1 else ""


def _is_weak(candidate: Candidate) -> bool:
    """Whether capitals and a full stop are all that makes a label of words: ``Senator Poe.``"""
    name = candidate.label.speaker
    bare = candidate.form.end == "." and not (candidate.hinted or candidate.label.title)
    return bare and not name.isupper() and not name.startswith("The ")


def _tail(candidate: Candidate) -> str:
    """What a name shares with those called like it: the last word, the last two characters."""
    name = candidate.key
    if not name:
        return ""
    if name.isascii():
        words = name.split()
        if words[-1].isdigit():  # "Speaker 3" is called like "Speaker 1"
            return " ".join(words[:-1])
        return words[-1] if len(words) > 1 and words[-1].isalpha() else ""
    return name[-2:] if len(name) > 2 else ""


def _settle(
    page: _Page,
    openings: dict[int, Candidate],
    doubtful: dict[int, Candidate],
    sure: Collection[int],
    chosen: Collection[Form],
) -> Convention:
    """Where somebody else clearly begins within another's turn, the turn is nobody's."""
    unnamed: dict[int, Candidate] = {}
    heads = sorted([*openings, *sure])
    # Before the first label nobody speaks who could be given another's words.
    if heads:
        doubtful = {i: c for i, c in doubtful.items() if i > heads[0]}
    else:
        names = {i: c for i, c in doubtful.items() if c.label.certain and " " in c.label.speaker}
        return Convention({}, tuple(names)[:_MOST_NOTED], {})
    inside = Counter(bisect_right(heads, index) for index in doubtful)
    for index, candidate in doubtful.items():
        marked = candidate.form in chosen and bool(candidate.form.wrap or candidate.form.mark)
        name = candidate.label.speaker
        whole = " " in name if name.isascii() else len(name) > 2
        if not marked and (candidate.form.alone or not whole):
            continue
        # Several in one turn head the points of a list.
        listed = inside[bisect_right(heads, index)] > 1
        if listed or (page.is_common(candidate) and not marked):
            continue
        unnamed[index] = candidate
    told = tuple(index for index in doubtful)
    return Convention(openings, told, unnamed)
