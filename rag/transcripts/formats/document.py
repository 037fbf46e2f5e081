"""What every format is read to: the canonical text, and what the file says of itself beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rag.transcripts.labels.forms import TIME_ALONE
from rag.types import Moment

# What is set above the line, as characters that say so: 10⁶ is not 106.
RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
LARGEST_TEXT = 20_000_000  # characters; a transcript of a whole day has a million


class Unreadable(Exception):
    """Why one file is skipped: a sentence with what to do."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file as text.

    ``text`` is one paragraph a line, in the order of speech, ``**bold**`` where that is known.
    ``title``, ``date`` and ``publisher`` count where neither the manifest nor the head of the page
    gives them; ``url`` where the manifest names none. ``note`` says what a person should look at,
    ``times`` when the words were said, in the order of their offsets into ``text``. ``speakers``
    are those whom the format itself names as such: their labels are believed.
    """

    text: str
    title: str = ""
    date: date | None = None
    publisher: str = ""
    url: str = ""
    note: str = ""
    times: tuple[Moment, ...] = ()
    speakers: frozenset[str] = frozenset()


def row_words(cells: Iterable[str]) -> str:
    """A row of a table as a paragraph: two cells are who said what, perhaps behind a time; others
    stand side by side."""
    words = [" ".join(cell.split()) for cell in cells]
    timed = len(words) == 3 and TIME_ALONE.fullmatch(words[0]) is not None
    if (timed or len(words) == 2) and words[-2] and not words[-2].endswith((":", "：")):
        words[-2] += ":"
    return " ".join(filter(None, words))
