"""What the lines of a page show of the candidates for its labels: who returns, who is asked."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

from rag.text.sentences import HONORIFIC
from rag.transcripts.furniture.sheets import is_open
from rag.transcripts.furniture.web import Line
from rag.transcripts.labels.candidates import Candidate
from rag.transcripts.labels.forms import GLUED, Form
from rag.transcripts.labels.speakers import generic_part, is_outlet

QUOTES_BEHIND = " \"'”’」』*_"  # behind what ends a sentence
_INITIALS = re.compile(r"[A-Z]{1,4}|(?:[A-Z]\.\s?){1,3}")
# Somebody addressed within a line; at its head a label would bear itself out.
_CALLED = re.compile(
    r"[.!?;,]['’\"”]*[ \t]+([^\W\d_a-z][^\W\d_]+(?:\s+[^\W\d_a-z][\w'’-]+)?)(?=[,.?!])"
)


class PageEvidence:
    """The candidates of a page beside what its lines show."""

    def __init__(self, text: str, lines: Sequence[Line], candidates: Sequence[Candidate]) -> None:
        self.text, self.lines = text, lines
        self.groups: dict[Form, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            self.groups[candidate.form].append(candidate)
        self.counts = Counter(
            key for _, key in {(c.line, c.key) for c in candidates if c.label.speaker}
        )

        self._hinted = sorted({c.line for c in candidates if c.hinted})
        self._above = list(accumulate([line.text for line in lines], _last_written))

        self.is_brief = self._is_brief(candidates)
        self._again = min((c.line for c in candidates if self.counts[c.key] > 1), default=0)
        self._called = {" ".join(found.split()) for found in _CALLED.findall(text)}

    def _is_brief(self, candidates: Sequence[Candidate]) -> bool:
        """Whether all that return before a colon or a stop are initials, or ``Q`` and ``A``."""
        shown = {
            c.key: c.label.speaker for c in candidates
            if c.form.end in (":", ".") and self.counts[c.key] > 1
        }  # fmt: skip
        return len(shown) > 1 and all(
            generic_part(name) != "" or _INITIALS.fullmatch(name) for name in shown.values()
        )

    def is_titular(self, candidate: Candidate) -> bool:
        """Whether a line with a colon is a paragraph before all that return, and ends as no
        sentence does."""
        first = candidate.form == GLUED and candidate.line < self._again
        paragraph = self.apart(candidate)[:2] == (True, True)
        return first and paragraph and is_open(self.lines[candidate.line].text)

    def is_stray(self, candidate: Candidate) -> bool:
        """Whether a name met once is written out where the page's are initials or parts, without
        an honorific; or is an outlet's before words in lower case."""
        name = candidate.label.speaker
        if generic_part(name) or HONORIFIC.match(name):
            return False
        brief = self.is_brief and name.isascii() and not _INITIALS.fullmatch(name)
        return brief or (is_outlet(name) and self.goes_on(candidate))

    def goes_on(self, candidate: Candidate) -> bool:
        """Whether the words behind a colon go on in lower case, as in ``Salt Road: it is``."""
        words = self.text[candidate.start : candidate.start + 2].strip()
        return candidate.form == GLUED and words[:1].islower()

    def is_called(self, candidate: Candidate) -> bool:
        """Whether a title and a surname, as in ``Senator Poe.``, are elsewhere what somebody is
        called by: ``Senator Poe, please``, ``No, Senator.``"""
        name = candidate.label.speaker
        return name in self._called or name.partition(" ")[0] in self._called

    def returns(self, group: Sequence[Candidate]) -> Iterator[Candidate]:
        """The candidates of a form whose name comes again after somebody else's."""
        seen: set[str] = set()
        for number, candidate in enumerate(group):
            if candidate.key in seen:
                before = group[number - 1]
                if before.key != candidate.key or self.others_between(before.line, candidate):
                    yield candidate
            seen.add(candidate.key)

    def answers(self, candidate: Candidate) -> bool:
        """Whether the words right above a label end in a question mark."""
        return candidate.line > 0 and asks(self._above[candidate.line - 1])

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

    def asks(self, candidate: Candidate, following: int | None = None) -> bool:
        """Whether the words under a label end in a question mark, up to another label (its line)
        or to the next that shows a part."""
        place = bisect_right(self._hinted, candidate.line)
        end = following or next(iter(self._hinted[place : place + 1]), len(self.lines))
        return end > candidate.line and asks(self._above[end - 1])


def _last_written(above: str, shown: str) -> str:
    return shown or above


def asks(words: str) -> bool:
    """Whether words end in a question mark, quotation marks aside."""
    return words.rstrip(QUOTES_BEHIND).endswith(("?", "？"))


def is_weak(candidate: Candidate) -> bool:
    """Whether capitals and a full stop are all that makes a label of words: ``Senator Poe.``"""
    name = candidate.label.speaker
    bare = candidate.form.end == "." and not (candidate.hinted or candidate.label.title)
    return bare and not name.isupper() and not name.startswith("The ")


def tail_of(candidate: Candidate) -> str:
    """What a name shares with those called like it: the last word, the last two characters."""
    name = candidate.key
    if not name:
        return ""
    if name.isascii():
        words = name.split()
        return words[-1] if len(words) > 1 and words[-1].isalpha() else ""
    return name[-2:] if len(name) > 2 else ""
