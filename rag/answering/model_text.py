"""What a chat model wrote, as plain sentences, each as soon as it is complete.

Nothing of a model's own marks survives: no link, image, markup, address, citation or control
character. Its citation markers are kept apart, as hints.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.text.kinds import kinds_by
from rag.text.sentences import split_sentences

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
# What may still become a tag, a link, a marker or the mark of a list when the next piece comes.
_UNFINISHED = re.compile(
    r"(?:<[^<>\n]{0,200}|!?\[[^\[\]\n]{0,200}(?:\](?:\([^()\n]*)?)?|\n\s*(?:[-*•]|\d{1,2}[.)]?)?)\Z"
)
# The last word may go on: "In" tells where a sentence ends, "Innovation" does not.
_HALF_A_WORD, _GOES_ON = re.compile(r"(?<=[\w'’-])\Z"), "\N{REPLACEMENT CHARACTER}"
_IMAGE_OR_LINK = re.compile(r"(!?)\[([^\[\]\n]*)\]\([^()\n]*\)")
_TAG = re.compile(r"<[/!?a-zA-Z][^<>\n]*>?")
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*[:：])?(?:[/／]{2}|www[.．])\S+|\b(?:mailto|javascript|data|tel):\S+",
    re.IGNORECASE,
)
_FULL_WIDTH = {ord("！") + n: ord("!") + n for n in range(94) if chr(ord("!") + n).isalnum()}
_MARK = r"\s?[\[【]\s*[\d,;，、\-–][\d,;，、\-–\s]*[\]】]"
_MARKER, _MARKERS_BEHIND = re.compile(_MARK), re.compile(rf"([.!?。！？])((?:{_MARK})+)")
# The mark of a list goes; an item without a stop of its own runs on behind the one before it.
_MARK_OF_ITEM = r"(?:[-*•]|\d{1,2}[.)])"
_FIRST_ITEM = re.compile(rf"([:：])\s*\n\s*{_MARK_OF_ITEM}\s+")
_ITEM = re.compile(rf"([^.!?。！？\s])[ \t]*\n\s*{_MARK_OF_ITEM}\s+")
_LINE_MARK = re.compile(rf"^\s*(?:[#>]+|{_MARK_OF_ITEM})\s+", re.MULTILINE)
_EMPHASIS = re.compile(r"[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}|\|")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Written:
    """One sentence of a model, and the numbers that it gave as its sources.

    ``has_link`` says that there was a link, an image or an address in it: it leads away from
    the transcripts, whatever else it says.
    """

    text: str
    hints: tuple[int, ...] = ()
    has_link: bool = False

    @property
    def says_not(self) -> bool:
        """Whether it says that the transcripts do not say, by examples (``says_not.jsonl``)."""
        return kinds_by("rag.answering", "says_not.jsonl").kind(self.text) == "says_not"


def sentences(pieces: Iterable[str]) -> Iterator[Written]:
    """The sentences of a text that comes in pieces, each once the next one has begun.

    The last one comes when the pieces end; whoever knows that it was cut off leaves it out.
    """
    text = ""
    given = 0
    for piece in pieces:
        text += piece
        begun = _UNFINISHED.sub("", _THOUGHT.sub("", text))
        complete = _split(_HALF_A_WORD.sub(_GOES_ON, begun))[:-1]
        yield from map(_written, complete[given:])
        given = max(given, len(complete))
    yield from map(_written, _split(_THOUGHT.sub("", text))[given:])


def plain(text: str) -> str:
    """Text without markup, addresses, markers and invisible characters."""
    visible = "".join(
        char
        for char in unicodedata.normalize("NFC", text)
        if char in "\n\t" or unicodedata.category(char)[0] != "C"
    )
    narrow = visible.translate(_FULL_WIDTH)
    bare = _IMAGE_OR_LINK.sub(lambda found: "" if found[1] else found[2], narrow)
    bare = _ADDRESS.sub("", _TAG.sub("", _MARKER.sub("", bare)))
    return " ".join(_EMPHASIS.sub("", bare).split())


def _split(text: str) -> list[str]:
    """The sentences with their markers still in them; a marker behind a stop belongs before it."""
    joined = _ITEM.sub(r"\1; ", _FIRST_ITEM.sub(r"\1 ", text))
    lines = _LINE_MARK.sub("", joined)
    behind = _MARKERS_BEHIND.sub(r"\2\1", lines)
    return [behind[place.start : place.end] for place in split_sentences(behind, 0, len(behind))]


def _written(sentence: str) -> Written:
    numbers = (n for marker in _MARKER.findall(sentence) for n in _NUMBER.findall(marker))
    narrow = sentence.translate(_FULL_WIDTH)
    has_link = "![" in sentence or bool(_IMAGE_OR_LINK.search(narrow) or _ADDRESS.search(narrow))
    return Written(plain(sentence), tuple(dict.fromkeys(map(int, numbers))), has_link)
