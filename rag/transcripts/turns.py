"""From the pages of one transcript to its turns: roles, missing names, exchanges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.transcripts.labels.attendance import listed_as
from rag.transcripts.labels.openings import Doubt
from rag.transcripts.labels.speakers import is_outlet, name_key
from rag.transcripts.manifest import ManifestSpeaker
from rag.transcripts.parser import ParsedPage
from rag.transcripts.roles import (
    NARRATOR,
    UNNAMED_REPORTER,
    UNNAMED_SPEAKER,
    asks_question,
    decide_roles,
    moderates,
)
from rag.transcripts.unnamed import Note, PlacedSpeech, Places, name_the_unnamed, words_of
from rag.types import Page, Range, Role, Turn

_LONGEST_ALONE = 24  # lines of a page with a single turn that draws no note


def assemble_turns(
    text: str, pages: Sequence[tuple[Page, ParsedPage]], people: Sequence[ManifestSpeaker] = ()
) -> tuple[tuple[Turn, ...], tuple[Note, ...]]:
    """The turns of a transcript, and notes on what could not be decided.

    ``text`` is the canonical text, ``pages`` its pages in order, each with what
    :func:`~rag.transcripts.parser.parse_page` made of it, and ``people`` those whom the manifest
    names.
    """
    notes: list[Note] = []
    lines = Places(pages)
    given = {key: person for person in people for key in person.keys}
    joined = [_as_given(speech, given) for speech in _join_pages(text, pages, notes, lines)]
    speeches = [speech for speech in joined if speech.blocks]
    for number, speech in enumerate(joined, start=1):
        goes_on = number < len(joined) and joined[number].continues
        if not speech.blocks and not goes_on:
            told = f"No words follow the speaker line of {speech.speaker or 'someone not named'}."
            notes.append(lines.note(speech.page.end, told))
    for page, parsed in pages:
        notes += [
            Note(page.file, line, _doubt(shown, done)) for line, shown, done in parsed.doubtful
        ]
    cast = [member for _, parsed in pages for member in parsed.cast]
    notes += _single_turns(speeches, pages)
    roles, undecided = decide_roles(
        [(speech.speaker, speech.title, words_of(text, speech)) for speech in speeches],
        cast,
    )
    forced = {person.name: person.role for person in people if person.role}
    roles = {**roles, **forced}
    members = {speech.speaker: listed_as(speech.speaker, cast) for speech in speeches}
    titles = {speaker: member.title for speaker, member in members.items() if member}
    decided = [
        replace(
            speech,
            role=roles[speech.speaker] if speech.speaker else _role_of_nobody(text, speech),
            title=titles.get(speech.speaker) or speech.title,
        )
        for speech in speeches
    ]
    turns = _number(name_the_unnamed(text, decided, notes, lines))
    answering = {turn.speaker for turn in turns if turn.exchange is not None and not cast}
    firsts: dict[str, PlacedSpeech] = {}
    for speech in decided:
        firsts.setdefault(speech.speaker, speech)
    for speaker in sorted(undecided - answering - forced.keys() - {""}):
        told = f"Nothing shows whether {speaker} is an official; taken to be one."
        notes.append(lines.note(firsts[speaker].blocks[0].start, told))
    return turns, tuple(notes)


def _join_pages(
    text: str, pages: Sequence[tuple[Page, ParsedPage]], notes: list[Note], lines: Places
) -> Iterator[PlacedSpeech]:
    """All speeches in order; words that begin a page without a speaker line are given one."""
    last: PlacedSpeech | None = None
    for page, parsed in pages:
        if last and last.page.number != page.number - 1:
            last = None
        placed = [
            PlacedSpeech(
                spoken.speaker,
                spoken.title,
                page,
                tuple(Range(b.start + page.start, b.end + page.start) for b in spoken.blocks),
                "reporter" if spoken.asks else "narrator",
            )
            for spoken in parsed.speeches
        ]
        if placed and not parsed.speeches[0].opened:
            narrated = page.number == 1 or bool(parsed.cast)
            placed[0], told = _name_opening(text, placed, None if narrated else last)
            if narrated:
                placed[0] = replace(placed[0], speaker=NARRATOR)
            else:
                notes.append(lines.note(placed[0].blocks[0].start, told))
        yield from placed
        last = placed[-1] if placed else last


def _role_of_nobody(text: str, speech: PlacedSpeech) -> Role:
    """Somebody without a name who asks is a reporter; what else they say is anybody's."""
    return "reporter" if asks_question(words_of(text, speech)) else speech.role


def _doubt(shown: str, kind: Doubt) -> str:
    """What to tell of a line that may name a speaker, and how to mend it."""
    quoted = f"“{shown if len(shown) <= 80 else shown[:79] + '…'}”"
    if kind == "between":
        return f"{quoted} stands where the speaker is named again; it was given to nobody."
    done = "its words were given to nobody" if kind == "cut" else "it was not taken to name one"
    return (
        f'{quoted} may name a speaker; {done}. If it does, name them under "speakers" in '
        'manifest.json; if not, put the words before the colon under "not_speakers".'
    )


def _name_opening(
    text: str, speeches: Sequence[PlacedSpeech], last: PlacedSpeech | None
) -> tuple[PlacedSpeech, str]:
    """Who says the words that a page begins with, and a note that says how that is known.

    It is whoever ended the page before, unless the words are a whole question and the next
    speaker answers it: then the outlet's name is what is missing.
    """
    opening = speeches[0]
    if last is None:
        told = "The page begins in mid-turn and the page before it is not in the corpus."
        return replace(opening, speaker=UNNAMED_SPEAKER), told
    answer = speeches[1] if len(speeches) > 1 else None
    answered = answer and not is_outlet(answer.speaker) and not moderates(words_of(text, answer))
    may_go_on = not last.blocks or is_outlet(last.speaker)
    if answered and not may_go_on and asks_question(words_of(text, opening)):
        told = "The page begins with a question that names no outlet."
        return replace(opening, speaker=UNNAMED_REPORTER), told
    told = f"The page begins in mid-turn; {last.speaker} of the page before goes on."
    return replace(opening, speaker=last.speaker, title=last.title, continues=True), told


def _number(speeches: Sequence[PlacedSpeech]) -> tuple[Turn, ...]:
    """Turns with their numbers and exchanges; a page that is missing ends an exchange."""
    turns: list[Turn] = []
    exchange: int | None = None
    for number, speech in enumerate(speeches, start=1):
        if turns and speech.page.number - turns[-1].page > 1:
            exchange = None
        if speech.role == "reporter" and not (speech.continues and exchange):
            exchange = number
        turns.append(
            Turn(
                number=number,
                speaker=speech.speaker,
                role=speech.role,
                page=speech.page.number,
                blocks=speech.blocks,
                exchange=exchange if speech.role in ("reporter", "official") else None,
                title=speech.title,
            )
        )
    return tuple(turns)


def _as_given(speech: PlacedSpeech, given: Mapping[str, ManifestSpeaker]) -> PlacedSpeech:
    """A speech under the name, and with the office, that the manifest gives its speaker."""
    person = given.get(name_key(speech.speaker)) if speech.speaker else None
    if person is None:
        return speech
    return replace(speech, speaker=person.name, title=person.title or speech.title)


def _single_turns(
    speeches: Sequence[PlacedSpeech], pages: Sequence[tuple[Page, ParsedPage]]
) -> Iterator[Note]:
    """A note on each page of more than some lines that has one turn only."""
    by_page: dict[int, list[PlacedSpeech]] = {}
    for speech in speeches:
        by_page.setdefault(speech.page.number, []).append(speech)
    for page, parsed in pages:
        own = by_page.get(page.number, [])
        if len(own) == 1 and len(parsed.line_starts) > _LONGEST_ALONE:
            told = (
                f"The whole page, {len(parsed.line_starts)} lines, is one turn, of "
                f"{own[0].speaker or 'somebody without a name'}. If others speak on it, name them "
                'under "speakers" in manifest.json; `hetao ingest --check` shows the turns.'
            )
            yield Note(page.file, 1, told)
