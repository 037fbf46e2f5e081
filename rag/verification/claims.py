"""Whether a claim says no more than the sentences it cites: rules over strings, no model.

A rule that fails gives a reason, one English sentence that can be told to whoever wrote the
claim. Words that no rule decides are for :func:`unsupported` to name and for
:mod:`rag.verification.verify` to weigh.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rag.embedding.embedder import Vector
from rag.text.language import is_chinese, to_simplified
from rag.verification.numbers import quantities, stated
from rag.verification.polarity import denials
from rag.verification.reported import Speaker, named, split_report
from rag.verification.words import Text, Word, has_names

Embed = Callable[[str], Vector]


@dataclass(frozen=True, slots=True)
class Cited:
    """What a claim cites of one turn.

    ``before`` are the sentences in front of it in the same turn, in order, to which "it" may
    point; ``day`` is the date of the event, and ``cast`` whoever speaks at it beside reporters.
    """

    sentences: tuple[str, ...]
    before: tuple[str, ...]
    speaker: Speaker
    day: datetime.date | None
    cast: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(self.sentences)

    @property
    def referent(self) -> str:
        """The nearest sentence before it that names anybody or anything."""
        return next((before for before in reversed(self.before) if has_names(before)), "")


class Claim:
    """A claim beside its evidence, as the rules read them.

    ``embed`` weighs words that have no counterpart in the evidence.
    """

    def __init__(
        self, text: str, cited: Sequence[Cited], kind: Literal["said", "asked"],
        embed: Embed | None = None,
    ) -> None:  # fmt: skip
        self.text = text
        self.kind = kind
        self.embed = embed
        self.cited = cited
        speakers = [part.speaker for part in cited]
        # What is left when "X said that" is taken off.
        self.core, self.reported_by = split_report(to_simplified(text).strip(), speakers)
        self.stated = Text(self.core)
        self.evidence = Text(" ".join(part.text for part in cited))
        self.before = Text(" ".join(sentence for part in cited for sentence in part.before))
        self.referent = Text(" ".join(part.referent for part in cited))
        self.denied, self.denied_in_evidence = denials(self.core), denials(self.evidence.text)

    def has(self, word: Word) -> bool:
        """Whether the evidence, or what stands before it, has a word of the claim."""
        return (
            self.evidence.has(word)
            or self.before.has(word, by_relation=not self.same_language)
            or self.is_speaker(word.text)
        )

    def is_speaker(self, name: str) -> bool:
        """Whether a word is part of the name of who is cited."""
        return any(part.speaker.is_called(name.title()) for part in self.cited)

    @cached_property
    def told_by(self) -> frozenset[str]:
        """Whom of those who spoke the claim names, but for those whom its evidence speaks of."""
        spoken_of = f"{self.evidence.text} {self.before.text}"
        return frozenset[str]().union(
            *(named(self.text, p.cast) - named(spoken_of, p.cast) for p in self.cited)
        )

    @cached_property
    def sentences(self) -> tuple[Text, ...]:
        """Each cited sentence by itself, in Simplified characters."""
        return tuple(Text(to_simplified(each)) for part in self.cited for each in part.sentences)

    @cached_property
    def same_language(self) -> bool:
        """Whether claim and evidence are both in English, or both in Chinese."""
        return is_chinese(self.text) == is_chinese(self.evidence.text)

    @property
    def day(self) -> datetime.date | None:
        """The date of the event, where one of its transcripts has it."""
        return next((part.day for part in self.cited if part.day), None)


def is_restated(claim: Claim) -> bool:
    """Whether it holds only once a figure or date is transformed: another unit, a date worked
    out from the day of the event."""
    evidence = quantities(claim.evidence.text)
    return any(stated(q, evidence, claim.day) is None for q in quantities(claim.core))


def unsupported(claim: Claim) -> list[Word]:
    """The content words of a claim without a counterpart in its evidence."""
    return [w for w in claim.stated.words if not (w.is_quantity or claim.has(w))]


def without(core: str, words: Collection[str]) -> str:
    """A claim without some of its words or clauses."""
    for word in words:
        pattern = rf"(?<!\w){re.escape(word)}(?!\w)" if word.isascii() else re.escape(word)
        core = re.sub(pattern, "", core, flags=re.IGNORECASE)
    return core
