"""The sources of an answer said in words, and their numbers through a whole conversation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.answering.frames import quoted
from rag.conversations.words import WORDS
from rag.recordings import shown_time
from rag.text.days import day
from rag.text.harmless import web_address
from rag.types import ROLE_NAMES, Citation, Copy, Language, Passage, shown_speaker


@dataclass(frozen=True, slots=True)
class Source:
    """Where cited words stand.

    ``who`` is the speaker with the role, ``place`` event, date and page; ``details`` are pairs of a
    label and what it labels: the characters and the quote first, then a note on time, a translation
    and each copy. ``url`` is "" where the page has no address in the web.
    """

    who: str
    place: str
    url: str
    details: tuple[tuple[str, str], ...]


class Footnotes:
    """Numbers the places that are cited in the order in which they are met, each once."""

    def __init__(self) -> None:
        self._cited: dict[tuple[str, int, int, str], Citation] = {}

    def number(self, cited: Citation) -> int:
        """The number of the footnote, from 1, that says where these words stand."""
        key = (cited.transcript_id, cited.start, cited.end, cited.quote)
        known = self._cited.setdefault(key, cited)
        # What only a later answer says of the place goes into the one footnote too.
        self._cited[key] = replace(
            known, note=known.note or cited.note, translation=known.translation or cited.translation
        )
        return list(self._cited).index(key) + 1

    def cited(self) -> tuple[Citation, ...]:
        """What has been numbered, in the order of the numbers."""
        return tuple(self._cited.values())


def source_of(cited: Citation, language: Language) -> Source:
    """Where cited words stand, with ``language`` around them."""
    words = WORDS[language]
    details = [(range_words(cited, language), quoted(cited.quote, language))]
    if cited.note:
        details.append((words.time, cited.note))
    if cited.translation:
        details.append((words.translation, cited.translation))
    details += [(words.also, place_words(copy, language)) for copy in cited.copies]
    return Source(
        speaker_words(cited, language),
        place_words(cited, language),
        web_address(cited.url),
        tuple(details),
    )


def speaker_words(found: Citation | Passage, language: Language) -> str:
    """Who says it, and in which role."""
    words = WORDS[language]
    name = shown_speaker(found.speaker, language)
    return words.in_brackets.format(name, ROLE_NAMES[language][found.role])


def place_words(found: Citation | Passage | Copy, language: Language) -> str:
    """At which event, when and on which page; of a copy also at which address."""
    words = WORDS[language]
    date = day(found.date, language) or words.no_date
    address = web_address(found.url) if isinstance(found, Copy) else ""
    time = shown_time(found.seconds if isinstance(found, Citation) else None)
    parts = (found.title, date, words.page.format(found.page), time, address)
    return words.comma.join(filter(None, parts))


def range_words(found: Citation | Passage, language: Language) -> str:
    """Which characters of which transcript."""
    return WORDS[language].characters.format(found.start, found.end, found.transcript_id)
