"""Who a claim says said it, and whether those words are theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.questions.names import Speakers
from rag.questions.sounds import sounds_like
from rag.text.data_file import any_of, data_table
from rag.text.language import CHINESE_RUN, STOP_WORDS
from rag.types import Role
from rag.verification.words import Text, content_words


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose turn a sentence stands in; ``title`` is the office as the page gives it, or ""."""

    name: str
    title: str
    role: Role

    def is_called(self, who: str) -> bool:
        """Whether part of the name or title, in either script, is what somebody is called."""
        if not self.name:
            return False
        own = f"{self.name} {self.title}"
        told, known = (set(_WORD.findall(text.casefold())) for text in (who, own))
        runs = CHINESE_RUN.findall(who)
        return (
            (bool(told & known - STOP_WORDS) and told - _HONORIFICS <= known)
            or any(run in own or self.name in run for run in runs)
            # A transcription stands behind the title: 部长贝恩斯 (Bains).
            or any(sounds_like(run[-3:], part) for run in runs for part in self.name.split())
            or bool(named(who, (self.name,)))
        )


def named(text: str, people: tuple[str, ...]) -> frozenset[str]:
    """Whom of some people a text names, in either script."""
    return _speakers(people).named(text)


@lru_cache(maxsize=256)
def _speakers(people: tuple[str, ...]) -> Speakers:
    return Speakers(people)


_WORD = re.compile(r"[^\W\d_]+")
_HONORIFICS = (
    frozenset("mr mrs ms dr prof professor hon the minister secretary chief".split()) | STOP_WORDS
)
_WORDS = data_table("rag.verification", "vocabulary.toml")
_WHO = r"(?P<who>[^,，。;:“\"]{2,60}?)"
_REPORTS = (
    re.compile(rf"^according to {_WHO},\s*", re.IGNORECASE),
    re.compile(rf"^{_WHO} (?:{any_of(_WORDS['says'])})\b(?: that\b)?", re.IGNORECASE),
    re.compile(
        r"^(?:据|根据|按照?)?(?P<who>[^，。：“《]{1,24}?)(?<![被可所能易一])[还也亦则的]?"
        rf"(?:{any_of(_WORDS['says_chinese'])}|(?<![被名声自])称(?!为)|指(?=，)|(?<!地)说(?!的)|"
        r"(?<=记者)问)[说道]?[，,：:]?"
    ),
)  # fmt: skip
_PRONOUN = re.compile(rf"(?:{any_of(_WORDS['pronoun'])})$", re.IGNORECASE)
_REPORTER = re.compile(rf"\b(?:{any_of(_WORDS['reporters'])})\b|记者", re.IGNORECASE)
_OFFICIAL = re.compile(
    rf"^(?:the |an? )?(?:{any_of(_WORDS['official'])})$|"
    rf"^(?:有关)?(?:{any_of(_WORDS['official_chinese'])})$",
    re.IGNORECASE,
)


def split_report(claim: str, speakers: Sequence[Speaker]) -> tuple[str, list[str]]:
    """A claim (Simplified) without each "X said that" of its speakers, and the X of each.

    What somebody else is said to have said stays: it has to be in the evidence itself.
    """
    reporters: list[str] = []
    for pattern in _REPORTS:
        if match := pattern.search(claim):
            who = match["who"].strip()
            reporters.append(who)
            if any(_speaks(who, speaker) for speaker in speakers):
                claim = f"{claim[: match.start()]} {claim[match.end() :]}".strip()
    return claim, reporters


def names_reporter(who: str) -> bool:
    """Whether somebody is called a reporter and nothing more."""
    return _REPORTER.search(who) is not None


def may_say(who: str, speaker: Speaker, evidence: Text) -> bool:
    """Whether what a turn says may be told as said by ``who``.

    That is the speaker, a pronoun, the speaker's part in the event, or whoever the evidence
    itself reports.
    """
    if _speaks(who, speaker):
        return True
    if names_reporter(who) or _OFFICIAL.match(who):
        return False
    words = [word for word in content_words(who) if not word.is_quantity]
    return bool(words) and all(evidence.has(word) for word in words)


def _speaks(who: str, speaker: Speaker) -> bool:
    if names_reporter(who):
        return speaker.role == "reporter"
    if _OFFICIAL.match(who):
        return speaker.role == "official"
    return _PRONOUN.match(who) is not None or speaker.is_called(who)
