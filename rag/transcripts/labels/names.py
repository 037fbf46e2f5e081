"""The names in the chosen forms of a page, against which a name met once is held."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from rag.transcripts.labels.candidates import Candidate
from rag.transcripts.labels.evidence import (
    PageEvidence,
    is_weak,
    tail_of,
)
from rag.transcripts.labels.forms import NUMBERED, Form
from rag.transcripts.labels.speakers import heads_no_speech, is_latin_name

# What closes prose too: a label closed so must stand as the others of the page do.
LOOSE = ("line", ".", "gap")
_SHORTEST_STEM = 5  # letters that "Deputy" and "Deputies" share


class Names:
    """The names in the chosen forms, against which a name met once is held."""

    def __init__(self, page: PageEvidence, chosen: Collection[Form], sure: Collection[int]) -> None:
        self.page, self.chosen = page, chosen
        members = [c for form in chosen for c in page.groups[form]]
        self.entries = {c.line for c in members if c.form.end == "line" and c.label.title != ""}
        members = [c for c in members if not self._is_listed(c)]
        self.again = {c.key for group in page.groups.values() for c in page.returns(group)}
        returning = [
            c
            for c in members
            if (c.hinted and not page.is_stray(c))
            or (
                not heads_no_speech(c.label.speaker)
                and (c.key in self.again if is_weak(c) else page.counts[c.key] > 1)
            )
        ]
        self.titles = {c.label.speaker.split()[0] for c in returning if is_weak(c)}
        leading = (c.key.split(" ", 1)[0] for c in returning if " " in c.key)
        self.leading = {
            first[:_SHORTEST_STEM]
            for first in leading
            if len(first) >= _SHORTEST_STEM or first.endswith(".")
        }
        self.keys = {c.key for c in returning} | {c.key for c in members if c.line in sure}
        self.tails = {tail for c in returning if (tail := tail_of(c))}
        self.singles = any(" " not in c.label.speaker and not c.hinted for c in returning)
        self.loud = 2 * sum(c.label.speaker.isupper() for c in returning) > len(returning)
        self.places: dict[Form, Counter[tuple[bool, bool, int]]] = defaultdict(Counter)
        for c in returning:
            if page.counts[c.key] > 1:
                self.places[c.form][page.apart(c)] += 1
        self.first = min((c.line for c in returning), default=0)

    def accepts(self, candidate: Candidate) -> bool:
        """Whether a candidate of a chosen form is a label."""
        return self._may_stand(candidate) and self._is_believed(candidate)

    def _may_stand(self, candidate: Candidate) -> bool:
        """Whether a label may begin in this place of the page."""
        if self.page.is_titular(candidate) or self._is_listed(candidate):
            return False
        return candidate.form.end not in LOOSE or self._stands_alike(candidate)

    def _is_listed(self, candidate: Candidate) -> bool:
        """Whether a name with a title is right beside another: those present, not who speaks."""
        beside = {candidate.line - 1, candidate.line + 1}
        return candidate.line in self.entries and bool(beside & self.entries)

    def _is_believed(self, candidate: Candidate) -> bool:
        """Whether a name is one of those that speak here, or as good as one."""
        if self._is_known(candidate):
            return True
        if self.page.is_stray(candidate):
            return False
        if candidate.hinted or self._shares_title(candidate):
            return True
        if is_weak(candidate):
            titled = candidate.label.speaker.split()[0] in self.titles
            return titled or self.page.is_called(candidate)
        early = candidate.line < self.first and candidate.form.end in LOOSE
        if early or heads_no_speech(candidate.label.speaker):
            return False
        certain = candidate.label.certain
        return not self.page.goes_on(candidate) if certain else self._is_likely(candidate)

    def _is_likely(self, candidate: Candidate) -> bool:
        """Whether the page bears out a name whose shape does not suffice."""
        name = candidate.label.speaker
        if candidate.form.mark in ("time", ">>"):
            return True
        told = candidate.form.alone and self.page.asks(candidate)
        return (self.singles and " " not in name) or self.page.answers(candidate) or told

    def _shares_title(self, candidate: Candidate) -> bool:
        """Whether a name has in it what stands before other names here: ``Some hon. members``
        where the page has ``Hon. Ann Roe``, ``Deputies`` where it has ``Deputy Poe``."""
        return any(word[:_SHORTEST_STEM] in self.leading for word in candidate.key.split())

    def is_kin(self, candidate: Candidate) -> bool:
        """Whether a name in another form than the page's is a label: it has a colon, or stands as
        they do but for a time or a number beside it; and it is one of theirs, or called as they
        are."""
        form = candidate.form
        places = self.places[form._replace(mark="" if form.mark else "time")]
        sibling = self.page.apart(candidate)[:2] in {place[:2] for place in places}
        if not sibling and (form.end != ":" or form.mark not in ("", NUMBERED)):
            return False
        answers = form.mark == "" and candidate.label.title != "" and self.page.answers(candidate)
        same = self._is_known(candidate) or (sibling and candidate.key in self.again)
        return (same or answers) and not self.page.goes_on(candidate)

    def _is_known(self, candidate: Candidate) -> bool:
        """Whether a name is one of those that speak here, or called like one."""
        return candidate.key in self.keys or tail_of(candidate) in self.tails

    def is_doubtful(self, candidate: Candidate) -> bool:
        """Whether a line that is no label may yet be one."""
        if self.keys and self._is_out_of_place(candidate):
            return self._may_stand(candidate)
        if candidate.form.end in ("line", "gap", ".") or self.page.goes_on(candidate):
            return False
        name = candidate.label.speaker
        if candidate.form in self.chosen and (candidate.form.wrap or candidate.form.mark):
            return True
        known = candidate.label.certain or candidate.key in self.keys
        named = known or (name.istitle() and " " in name)
        headed = heads_no_speech(name) or (name.isascii() and not is_latin_name(name))
        return named or (candidate.form in self.chosen and not headed)

    def _is_out_of_place(self, candidate: Candidate) -> bool:
        """Whether a name stands as the page's do and is not written as they are."""
        if self.page.is_stray(candidate) or is_weak(candidate):
            return candidate.form in self.chosen and not self.page.goes_on(candidate)
        return self.is_remark(candidate)

    def is_remark(self, candidate: Candidate) -> bool:
        """Whether what heads no speech is written as the labels are: ``NOTE:`` beside ``ROE:``."""
        name = candidate.label.speaker
        return candidate.form in self.chosen and name.isupper() and heads_no_speech(name)

    def is_loud(self, candidate: Candidate) -> bool:
        """Whether a name is in capitals, as most that speak here are."""
        return self.loud and candidate.form in self.chosen and candidate.label.speaker.isupper()

    def _stands_alike(self, candidate: Candidate) -> bool:
        places = self.places[candidate.form]
        place = self.page.apart(candidate)
        if candidate.form.end == "line":
            return any(place[:2] == other[:2] for other in places)
        # A line that begins with a name by chance stands so alone, and would bear itself out.
        deep = sum(times for other, times in places.items() if other[2] == place[2])
        # What is blank behind a line of words may be furniture taken out.
        same = any((place[0], place[2]) == (other[0], other[2]) for other in places)
        usual = same and (deep > 1 or len(places) == sum(places.values()))
        return usual or (place[0] and any(other[0] for other in places))
