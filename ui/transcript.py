"""A transcript's turns as HTML, for the source viewer and the reader."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from rag.recordings import shown_time
from rag.text.language import detect_language
from rag.transcripts.events import Event
from rag.types import Language, Range, Role, Transcript, Turn, shown_speaker
from ui.language import N_, NAMES, _, day, language
from ui.links import turn_link
from ui.markup import link_html, marked_html, text_html, web_address
from ui.script import copy_html

# So many characters tell the language of a transcript.
_TELLING = 2_000
ROLE_WORDS: dict[Role, str] = {
    "official": N_("Official"),
    "reporter": N_("Reporter · a question, not evidence"),
    "moderator": N_("Moderator"),
    "narrator": N_("Narration"),
}
# What stands in the corpus where a page does not name who speaks.
STAND_INS = (N_("Narrator"), N_("Reporter (not named)"), N_("Speaker not named on this page"))


def speaker_name(speaker: str) -> str:
    """The name of a speaker as it is shown, also of one whom the page does not name."""
    return _(speaker) if speaker in STAND_INS else shown_speaker(speaker, language())


def turn_html(turn: Turn, words: str, css: str = "", level: int = 3) -> str:
    """One turn: who speaks, in which role, and ``words``, which are HTML; ``level`` is that of its
    heading."""
    return (
        f'<article class="{css}hetao-turn hetao-turn-{turn.role}" id="turn-{turn.number}">'
        f"<h{level:d}>{speaker_html(turn)}</h{level:d}>"
        f'<div class="hetao-words">{words}</div></article>'
    )


def linked_turn_html(transcript: Transcript, turn: Turn, marks: Iterable[Range]) -> str:
    """One turn with what is marked in it, its number and a link to it."""
    link = copy_html(_("Copy the link"), link=turn_link(transcript.id, turn.number))
    number = text_html(_("Turn {n}, page {page}").format(n=turn.number, page=turn.page))
    told = " · ".join(filter(None, (number, shown_time(transcript.time_at(turn.start)), link)))
    foot = f'<p class="hetao-note hetao-turn-foot">{told}</p>'
    return turn_html(turn, turn_words_html(transcript, turn, marks) + foot, level=2)


def turn_words_html(transcript: Transcript, turn: Turn, marks: Iterable[Range]) -> str:
    """The words of a turn, escaped, with what is marked in ``<mark>``."""
    marks = list(marks)
    return "\n".join(marked_html(transcript.text, marks, block) for block in turn.blocks)


def speaker_html(turn: Turn) -> str:
    """The speaker's name and, as a badge, the role."""
    return (
        f"{text_html(speaker_name(turn.speaker))} "
        f'<span class="hetao-role hetao-role-{turn.role}">{_(ROLE_WORDS[turn.role])}</span>'
    )


def event_line(transcript: Transcript, page: int | None = None, offset: int | None = None) -> str:
    """Publisher, date and page of an event, and the time in its recording, on one line."""
    held = day(transcript.date) if transcript.date else _("date not given")
    if transcript.published:
        held += f" ({_('published {date}').format(date=day(transcript.published))})"
    numbered = [] if page is None else [_page_of(page, transcript)]
    time = shown_time(None if offset is None else transcript.time_at(offset))
    return " · ".join(filter(None, (transcript.publisher, held, *numbered, time)))


def _page_of(page: int, transcript: Transcript) -> str:
    if transcript.page_count:
        return _("page {n} of {all}").format(n=page, all=transcript.page_count)
    return _("page {n}").format(n=page)


def part_names(event: Event) -> list[str]:
    """What tells the transcripts of an event apart: language, pages, or else their files.

    One alone has no name.
    """
    if len(event) == 1:
        return [""]
    languages = [NAMES[spoken_in(held)] for held in event]
    pages = [_pages_of(held) for held in event]
    both = [" · ".join(each) for each in zip(languages, pages, strict=True)]
    for names in (languages, pages, both):
        if len(set(names)) == len(event):
            return names
    return [PurePath(held.pages[0].file).name for held in event]


def spoken_in(transcript: Transcript) -> Language:
    """The language of a transcript."""
    return detect_language(transcript.text[:_TELLING])


def _pages_of(held: Transcript) -> str:
    first, last = held.pages[0].number, held.pages[-1].number
    if first == last:
        return _("page {n}").format(n=first)
    return _("pages {first} to {last}").format(first=first, last=last)


def original_html(transcript: Transcript, page: int, offset: int | None = None) -> str:
    """A link to the page, or the second of the recording, that words were taken from."""
    known = transcript.page_url(page) if offset is None else transcript.address_at(page, offset)
    if address := web_address(known):
        return link_html(address, _("Open the original page"))
    return _("No web address is known for this page")
