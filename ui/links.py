"""Links to a conversation, an answer, a citation and a turn, as the query of an address.

Each can be opened in another tab or handed to a colleague on the same server. None says anything
of the machine's folders.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlencode

from rag.conversations.kept import Place
from rag.types import Range

CHAT, ANSWER, AT = "chat", "answer", "at"
TRANSCRIPT, TURN, WORDS = "id", "turn", "words"
READ = "read"
TIMELINE, TOPIC = "timeline", "topic"

_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})")
# A quote is looked for by its digest no further than this, in characters.
_LONGEST_QUOTE = 20_000


def at_of(place: Place) -> str:
    """A place of a conversation's answers as the value of :data:`AT`."""
    return f"{place.transcript_id}.{place.start}-{place.end}"


def range_of(at: str) -> Range | None:
    """The characters that a value of AT in the address of a transcript names."""
    found = _RANGE.fullmatch(at)
    if found is None or int(found[1]) >= int(found[2]):
        return None
    return Range(int(found[1]), int(found[2]))


def chat_link(chat: str, answer: int = 0) -> str:
    """The address of a conversation, or of one of its answers."""
    query: dict[str, object] = {CHAT: chat}
    if answer:
        query[ANSWER] = answer
    return f"./?{urlencode(query)}"


def turn_link(transcript_id: str, turn: int = 0) -> str:
    """The address of a transcript, or of one of its turns."""
    query: dict[str, object] = {TRANSCRIPT: transcript_id}
    if turn:
        query[TURN] = turn
    return f"./{READ}?{urlencode(query)}"


def quote_link(place: Place) -> str:
    """The address of a quote in its transcript, with what tells whether it is still the same."""
    query = {
        TRANSCRIPT: place.transcript_id,
        TURN: place.turn,
        AT: f"{place.start}-{place.end}",
        WORDS: digest(place.quote),
    }
    return f"./{READ}?{urlencode(query)}"


def digest(words: str) -> str:
    """What stands for a quote in a link."""
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def find_words(text: str, at: Range, words: str) -> Range | None:
    """Where the words of a link stand in a transcript: there still, elsewhere, or no more (None).

    ``words`` is their digest, "" where the link has none: then they are taken to be there.
    """
    length = at.end - at.start
    if at.end <= len(text) and (not words or digest(text[at.start : at.end]) == words):
        return at
    if not words or length > _LONGEST_QUOTE:
        return None
    starts = range(len(text) - length + 1)
    found = (start for start in starts if digest(text[start : start + length]) == words)
    start = next(found, None)
    return None if start is None else Range(start, start + length)
