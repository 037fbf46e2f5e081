"""The domain: what a transcript is made of, what is retrieved, and what an answer is.

Offsets are code-point indices into :attr:`Transcript.text`, the canonical text that the
viewer shows. A quote is always ``transcript.text[start:end]``; nothing stores a copy that
could drift from it.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from rag.recordings import timed_address

Role = Literal["moderator", "reporter", "official", "narrator"]
Language = Literal["en", "zh-Hans", "zh-Hant"]
Status = Literal["answered", "not_in_corpus"]
Support = Literal["supported", "partial", "unsupported"]
DraftKind = Literal["said", "asked"]
Certainty = Literal["clear", "likely", "uncertain"]

ROLES: tuple[Role, ...] = ("moderator", "reporter", "official", "narrator")
# Whose words a claim of each kind may rest on. A reporter's premise is never evidence of what an
# official said.
STATEMENT_ROLES: tuple[Role, ...] = ("official", "narrator")
EVIDENCE_ROLES: Mapping[DraftKind, tuple[Role, ...]] = {
    "said": STATEMENT_ROLES,
    "asked": ("reporter",),
}


# From which confidence on an answer is called so: eval/calibration/table.md says how many such
# questions had one.
CERTAINTIES: Mapping[Certainty, float] = {"clear": 0.8, "likely": 0.65, "uncertain": 0.0}

# What stands for the speaker of words that the page gives no name for.
UNNAMED: Mapping[Language, str] = {
    "en": "A speaker whose name the page does not give",
    "zh-Hans": "一位未具名的发言者",
    "zh-Hant": "一位未具名的發言者",
}


ROLE_NAMES: Mapping[Language, Mapping[Role, str]] = {
    "en": {"moderator": "moderator", "reporter": "reporter", "official": "official",
           "narrator": "narrator"},
    "zh-Hans": {"moderator": "主持人", "reporter": "记者", "official": "官员", "narrator": "旁白"},
    "zh-Hant": {"moderator": "主持人", "reporter": "記者", "official": "官員", "narrator": "旁白"},
}  # fmt: skip


def shown_speaker(speaker: str, language: Language = "en") -> str:
    """The name of a speaker as a reader sees it; "" is somebody whom the page does not name."""
    return speaker or UNNAMED[language]


class Spanned(Protocol):
    """Whatever has a start and an end in a text: a run, a citation, a place."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


class Placed(Spanned, Protocol):
    """Whatever has a place in a transcript: a citation, a copy, a piece of evidence."""

    @property
    def transcript_id(self) -> str: ...


class Range(NamedTuple):
    """A half-open run of characters, ``start <= i < end``."""

    start: int
    end: int

    def overlaps(self, other: Spanned) -> bool:
        """Whether it shares a character with another run, or with a place in the same text."""
        return self.start < other.end and other.start < self.end


class Moment(NamedTuple):
    """When the words from an offset on were said, in seconds from the start of a recording."""

    start: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Page:
    """One web page of a transcript, one file of the corpus."""

    number: int
    file: str
    url: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says in one go.

    ``blocks`` are the stretches of canonical text that belong to the turn; page furniture
    (a photo credit, a page-break tag) that interrupts a turn lies between two blocks.
    ``exchange`` is the number of the reporter's turn that this turn asks or answers.
    ``speaker`` is "" where the page does not name who speaks.
    ``title`` is the speaker's office as the page itself gives it, or "".
    """

    number: int
    speaker: str
    role: Role
    page: int
    blocks: tuple[Range, ...]
    exchange: int | None = None
    title: str = ""

    @property
    def start(self) -> int:
        return self.blocks[0].start

    @property
    def end(self) -> int:
        return self.blocks[-1].end


@dataclass(frozen=True, slots=True)
class Transcript:
    """One event, possibly over several pages, with its canonical text and its turns.

    ``date`` is the day of the event; ``published`` that of the transcript where it is another.
    ``questions`` are those that its manifest names as good ones to ask it. ``times`` are in the
    order of their offsets, none where no recording stands behind the words. ``event`` is what its
    manifest calls the event, by the id of another transcript of it or by any name.
    """

    id: str
    title: str
    date: datetime.date | None
    publisher: str
    url: str
    text: str
    pages: tuple[Page, ...]
    turns: tuple[Turn, ...]
    questions: tuple[str, ...] = ()
    times: tuple[Moment, ...] = ()
    published: datetime.date | None = None
    event: str = ""

    def turn(self, number: int) -> Turn:
        """The turn with this number (1-based). Raises KeyError when there is none."""
        if not 1 <= number <= len(self.turns):
            raise KeyError(number)
        return self.turns[number - 1]

    @property
    def cast(self) -> tuple[tuple[str, Role], ...]:
        """Whoever speaks, and as what, in order of first appearance."""
        return tuple(dict.fromkeys((turn.speaker, turn.role) for turn in self.turns))

    def turn_text(self, turn: Turn) -> str:
        """The words of a turn, its blocks joined by a line break."""
        return "\n".join(self.text[block.start : block.end] for block in turn.blocks)

    def page_at(self, offset: int) -> int | None:
        """The number of the page that holds an offset; None between two pages."""
        return next((p.number for p in self.pages if p.start <= offset < p.end), None)

    @property
    def page_count(self) -> int:
        """How many pages there are as far as is known: the number of the last one."""
        return max((page.number for page in self.pages), default=0) if self.pages[1:] else 0

    def page_url(self, number: int) -> str:
        """The address of a page, or the event's own where the page has none."""
        return next((p.url for p in self.pages if p.number == number and p.url), self.url)

    def time_at(self, offset: int) -> float | None:
        """Seconds into the recording at which the words at an offset are said, where known."""
        before = bisect_right(self.times, offset, key=lambda moment: moment.start)
        if not before or self.page_at(self.times[before - 1].start) != self.page_at(offset):
            return None
        return self.times[before - 1].seconds

    def address_at(self, page: int, offset: int) -> str:
        """The address of a page, or of its recording from the words at an offset on."""
        return timed_address(self.page_url(page), self.time_at(offset))


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is indexed and cited: whole sentences of one turn.

    ``sentences`` are offsets into the transcript. ``question`` is the reporter's question
    of the exchange: context for the word index, never part of what is cited.
    """

    id: str
    transcript_id: str
    title: str
    date: datetime.date | None
    page: int
    turn: int
    exchange: int | None
    speaker: str
    role: Role
    start: int
    end: int
    text: str
    question: str
    sentences: tuple[Range, ...]

    def sentence_text(self, number: int) -> str:
        """The verbatim words of one of the passage's sentences (0-based)."""
        start, end = self.sentences[number]
        return self.text[start - self.start : end - self.start]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which passages a question may be answered from; None or empty means all."""

    speakers: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    transcripts: tuple[str, ...] = ()
    since: datetime.date | None = None
    until: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the conversation so far."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question after cleaning: ``standalone`` can be understood without the history.

    ``about_asking`` says that it asks what the reporters asked, not what was answered, and
    ``all_asked`` that it asks for whatever they asked, of no subject in particular.

    ``said`` is what the assistant has said before, oldest first. ``readings`` are the other ways
    to read a follow-up, as it stands first; which is meant is decided by what is found. To a
    ``fresh`` reading what was said already is no answer.
    """

    text: str
    standalone: str
    language: Language
    about_asking: bool = False
    all_asked: bool = False
    said: tuple[str, ...] = ()
    readings: tuple[Question, ...] = ()
    fresh: bool = False

    @property
    def evidence_roles(self) -> tuple[Role, ...]:
        """Whose words may answer it."""
        return EVIDENCE_ROLES["asked" if self.about_asking else "said"]


@dataclass(frozen=True, slots=True)
class Copy:
    """Another place where the same words of the same speaker stand, as on a mirror of the page.

    ``quote`` is as they are spaced and marked there.
    """

    transcript_id: str
    title: str
    date: datetime.date | None
    url: str
    page: int
    turn: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage and its fused score (higher is better, no fixed scale)."""

    passage: Passage
    score: float
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A candidate sentence: ``number`` is its place in the passage, scores as in Hit."""

    passage: Passage
    number: int
    score: float

    @property
    def range(self) -> Range:
        return self.passage.sentences[self.number]

    @property
    def text(self) -> str:
        return self.passage.sentence_text(self.number)

    def touches(self, place: Placed) -> bool:
        """Whether it shares a character with a place."""
        return self.passage.transcript_id == place.transcript_id and self.range.overlaps(place)

    def follows(self, other: ScoredSentence) -> bool:
        """Whether it comes right after the other in the same passage."""
        return self.passage.id == other.passage.id and self.number == other.number + 1


def unbroken_runs(sentences: Iterable[ScoredSentence]) -> list[list[ScoredSentence]]:
    """The sentences in their order, those that follow each other in one passage together."""
    runs: list[list[ScoredSentence]] = []
    for sentence in sentences:
        if runs and sentence.follows(runs[-1][-1]):
            runs[-1].append(sentence)
        else:
            runs.append([sentence])
    return runs


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a generator may use: passages and sentences, best first, and how sure.

    ``reason`` says in words why the question would be refused for want of confidence, ``notice``
    what else the user should know, as that another reader stood in.
    """

    question: Question
    hits: tuple[Hit, ...]
    sentences: tuple[ScoredSentence, ...]
    confidence: float
    reason: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One claim as a generator proposes it, before anything of it has been checked.

    ``text`` is what would be shown; ``sentences`` are what it rests on. ``kind`` is "asked"
    where it reports a reporter's words as such.
    """

    text: str
    sentences: tuple[ScoredSentence, ...]
    kind: DraftKind = "said"


@dataclass(frozen=True, slots=True)
class Citation:
    """A marker ``[n]`` and the place in the transcript that it stands for.

    ``translation`` is a model's, into the question's language, and ``note`` says which time
    "last year" and the like mean in it; "" where there is none. ``copies`` are the other places
    where the quote stands. ``seconds`` is when it is said in the recording, where that is known.
    """

    marker: int
    passage_id: str
    transcript_id: str
    title: str
    date: datetime.date | None
    url: str
    page: int
    turn: int
    speaker: str
    role: Role
    start: int
    end: int
    quote: str
    translation: str = ""
    note: str = ""
    copies: tuple[Copy, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer with the markers that support it."""

    text: str
    citations: tuple[int, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Usage:
    """What a chat model was given and gave, in its own tokens; zeros where it does not say."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user gets, for a question that was answered and for one that was not.

    ``reason`` says in words why it was not answered; ``notice`` what else the user should know,
    as that the chat model failed and the speakers' own words stand in for it, or that transcripts
    differ. ``differences`` are the markers of citations that give other figures for the same, the
    newest first. ``more`` is what else was found near the answer, which it does not rest on; its
    markers go on from those of the citations. ``complete`` is False for a snapshot that others will
    follow.
    """

    question: str
    standalone_question: str
    language: Language
    status: Status
    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Hit, ...]
    confidence: float
    generator: str
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    notice: str = ""
    usage: Usage | None = None
    complete: bool = True
    differences: tuple[int, ...] = ()
    more: tuple[Citation, ...] = ()

    @property
    def certainty(self) -> Certainty:
        """The confidence in a word."""
        return next(word for word, least in CERTAINTIES.items() if self.confidence >= least)
