"""Where gold evidence stands in the corpus.

Gold is verbatim quotes, found again in the canonical text at every run. So a set stays valid
when passages are cut in another way or another model is used.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from rapidfuzz import fuzz

from eval.records import (
    Case,
    EvaluationSet,
    EvidenceLine,
    GoldEvidence,
    Problem,
    Span,
    complain,
    read_records,
)
from rag.types import Range, Transcript


class QuoteError(Exception):
    """A quote is not where the record says; the message is the fault of its line."""


def load_set(path: Path, transcripts: Sequence[Transcript]) -> EvaluationSet:
    """Read a set and find its evidence in ``transcripts``.

    Raises SetError that names every bad line at once: malformed JSON, missing or unknown
    fields, duplicate ids, unanswerable questions with evidence, and quotes that are not in
    the corpus (with the nearest words that are).
    """
    records, problems, sha256 = read_records(path)
    locator = Locator(transcripts)
    cases = []
    quotes = missing = 0
    for line, record in records:
        found = []
        for evidence in record.evidence:
            quotes += 1
            try:
                found.append(locator.locate(evidence))
            except QuoteError as fault:
                missing += 1
                problems.append(Problem(line, str(fault)))
        cases.append(Case(record, tuple(found)))
    if problems:
        other = quotes and missing == quotes
        hint = "No quote at all was found: is this the set of another corpus? Name it by --corpus."
        raise complain(path, problems, hint if other else "")
    # A file's name need not be UTF-8, as all that is written of a run is.
    return EvaluationSet(os.fsencode(path.stem).decode(errors="replace"), sha256, tuple(cases))


class Locator:
    """Finds quotes in transcripts, white space aside.

    Quote and text are compared without any white space. That is white-space normalisation
    in its strictest form, and it also covers spaces before punctuation ("world .") and
    Chinese lines broken in mid-sentence.
    """

    def __init__(self, transcripts: Sequence[Transcript]) -> None:
        self._texts = {transcript.id: _Packed(transcript) for transcript in transcripts}

    def locate(self, evidence: EvidenceLine) -> GoldEvidence:
        """All places of the quote that agree with the record's transcript, page and speaker.

        Raises QuoteError, with the nearest words where there are any.
        """
        scope = list(self._scope(evidence))
        spans = [
            Span(packed.transcript.id, start, end)
            for packed, within in scope
            for start, end in packed.find(evidence.quote, within)
        ]
        if not spans:
            raise QuoteError(
                f'quote not found: "{_short(evidence.quote)}"{_nearest(evidence, scope)}'
            )
        if not evidence.speaker:
            return GoldEvidence(evidence.quote, "", tuple(spans))
        speakers = [speaker_at(self._texts[span.transcript_id].transcript, span) for span in spans]
        matching = [s for s, who in zip(spans, speakers, strict=True) if who == evidence.speaker]
        if not matching:
            whose = " and ".join(sorted(set(map(_whose, speakers))))
            raise QuoteError(
                f'quote "{_short(evidence.quote)}" is by {whose}, not by "{evidence.speaker}"'
            )
        return GoldEvidence(evidence.quote, evidence.speaker, tuple(matching))

    def _scope(self, evidence: EvidenceLine) -> Iterator[tuple[_Packed, Range]]:
        named = [
            packed
            for packed in self._texts.values()
            if not evidence.transcript or _is_named(packed.transcript, evidence.transcript)
        ]
        if not named:
            known = ", ".join(list(self._texts)[:5])
            raise QuoteError(f'no transcript "{evidence.transcript}" (the corpus has {known})')
        pages = [
            (packed, Range(page.start, page.end))
            for packed in named
            for page in packed.transcript.pages
            if evidence.page is not None and page.number == evidence.page
        ]
        if evidence.page is not None and not pages:
            raise QuoteError(f"no page {evidence.page} in the transcript")
        yield from pages or ((packed, Range(0, len(packed.transcript.text))) for packed in named)


class _Packed:
    """A transcript's text without white space, and where each character came from."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        text = transcript.text
        self._offsets = array("L", (i for i, char in enumerate(text) if not char.isspace()))
        self._packed = "".join(text.split())

    def find(self, quote: str, within: Range) -> Iterator[Range]:
        needle = "".join(quote.split())
        at = self._packed.find(needle)
        while at >= 0:
            found = Range(self._offsets[at], self._offsets[at + len(needle) - 1] + 1)
            if within.start <= found.start and found.end <= within.end and self._is_whole(found):
                yield found
            at = self._packed.find(needle, at + 1)

    def _is_whole(self, found: Range) -> bool:
        """Not the inside of a longer word or number: "5" is not found in "2035"."""
        text, (start, end) = self.transcript.text, found
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        return not (_joins(before, text[start]) or _joins(text[end - 1], after))


def _joins(left: str, right: str) -> bool:
    return all(char.isascii() and char.isalnum() for char in (left, right))


def speaker_at(transcript: Transcript, span: Span | Range) -> str | None:
    """Who speaks the whole of a stretch; None where it leaves the turn it begins in."""
    for turn in transcript.turns:
        if any(block.start <= span.start < block.end for block in turn.blocks):
            return turn.speaker if span.end <= turn.end else None
    return None


def _whose(speaker: str | None) -> str:
    return "no one speaker (it goes beyond a turn)" if speaker is None else f'"{speaker}"'


def _is_named(transcript: Transcript, name: str) -> bool:
    files = {PurePath(page.file) for page in transcript.pages}
    return name == transcript.id or any(name in (str(f), f.name, f.stem) for f in files)


def _nearest(evidence: EvidenceLine, scope: list[tuple[_Packed, Range]]) -> str:
    best_score, best_words = 0.0, ""
    for packed, (start, end) in scope:
        text = packed.transcript.text[start:end]
        match = fuzz.partial_ratio_alignment(evidence.quote, text, score_cutoff=best_score)
        if match is not None and match.score > best_score:
            best_score, best_words = match.score, text[match.dest_start : match.dest_end]
    # Under this, what comes out is unrelated words that share some letters.
    return f'; the closest is "{_short(best_words)}"' if best_score >= 60 else ""


def _short(words: str, length: int = 160) -> str:
    words = " ".join(words.split())
    return words if len(words) <= length else words[: length - 1] + "…"
