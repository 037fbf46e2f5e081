"""Who a claim says said it, and whether those words are theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.questions.sounds import sounds_like
from rag.text.language import CHINESE_RUN, STOP_WORDS
from rag.types import Role
from rag.verification.words import Text, content_words, latin_names


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose turn a sentence stands in; ``title`` is the office as the page gives it, or ""."""

    name: str
    title: str
    role: Role

    def is_called(self, who: str) -> bool:
        """Whether part of the name or title, in either script, is what somebody is called."""
        words = set(re.findall(r"[^\W\d_]+", f"{self.name} {self.title}".casefold()))
        if any(latin_names(who)):
            for name in CHINESE_RUN.findall(self.name):
                plain = re.sub(
                    rf"\b(?:{'|'.join(_HONORIFICS)})\b\.? ?", "", who, flags=re.IGNORECASE
                )
                if sounds_like(name, plain, exactly=True) or sounds_like(
                    name[:1], plain, exactly=True
                ):
                    return True
            return set(re.findall(r"[^\W\d_]+", who.casefold())) - _HONORIFICS <= words
        names = {self.name, *re.findall(r"[A-Z][\w'-]*", self.name)}
        return any(
            run in self.name
            or self.name in run
            or run in self.title
            or any(
                sounds_like(run[-n:], name) for name in names for n in (2, 3, 4) if n <= len(run)
            )
            for run in CHINESE_RUN.findall(who)
        )


_HONORIFICS = (
    frozenset("mr mrs ms dr prof professor hon the minister secretary chief".split()) | STOP_WORDS
)
_SAID = (
    r"(?:said|says|say|stated|told|announced|explained|explains|noted|notes|added|claimed|"
    r"confirmed|stressed|argued|remarked|pointed out|mentioned|asked|asks|wondered|referred to)"
)
_WHO = r"(?P<who>[^,，。;:“\"]{2,60}?)"
_REPORTS = (
    re.compile(rf"^according to {_WHO},\s*", re.IGNORECASE),
    re.compile(rf",? according to {_WHO}[.]?$", re.IGNORECASE),
    re.compile(rf"^{_WHO} (?:also |then |further )?{_SAID}\b(?: that\b)?", re.IGNORECASE),
    re.compile(rf",\s*(?P<who>[^,，。]{{2,30}}) {_SAID},\s*", re.IGNORECASE),
    re.compile(
        r"^(?:据|根据|按照?)?(?P<who>[^，。：“《]{1,24}?)(?<![被可所能易一])(?:还|也|亦|则|的)?"
        r"(?:表示|指出|(?<![被名声自])称(?!为)|指(?=，)|(?<!地)说(?!的)|认为|强调|介绍说?|透露|提到|"
        r"提问|询问|(?<=记者)问)"
        r"(?:说|道)?[，,：:]?"
    ),
    re.compile(r"^据(?P<who>[^，。：“《]{1,24}?)(?:报告|介绍)[，,]"),
)  # fmt: skip
_PRONOUN = re.compile(r"(?:he|she|they|it|we|I|他|她|他们|她们|其)$", re.IGNORECASE)
_REPORTER = re.compile(r"\b(?:reporters?|journalists?|correspondents?)\b|记者", re.IGNORECASE)
_OFFICIAL = re.compile(
    r"^(?:the |an? )?(?:speakers?|(?:government )?officials?|spokes\w+)$|"
    r"^(?:有关)?(?:官员|发言人|讲者)$",
    re.IGNORECASE,
)
_EVIDENCE_REPORTS = re.compile(
    r"\b(?:said|says|told|announced|indicat\w+|found|finds|argu\w+|report\w*|stat(?:es|ed)|suggest\w*|"
    r"quipped|according to|census)\b|报告|表示|指出|称|认为",
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
    if not words or not all(evidence.has(word) for word in words):
        return False
    person = who.rsplit(maxsplit=1)[-1][:1].isupper()
    return not person or _EVIDENCE_REPORTS.search(evidence.text) is not None


def _speaks(who: str, speaker: Speaker) -> bool:
    if names_reporter(who):
        return speaker.role == "reporter"
    if _OFFICIAL.match(who):
        return speaker.role == "official"
    return _PRONOUN.match(who) is not None or speaker.is_called(who)
