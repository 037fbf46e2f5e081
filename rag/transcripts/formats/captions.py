"""Captions of a recording, WebVTT or SubRip (SRT), read by ``pysubs2``.

The cues are joined to paragraphs, a new one wherever a voice is named, ``>>`` stands or a line
begins as a label does: whether it is one is for the parser. The times of the cues are kept.
https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pysubs2

from rag.transcripts.formats.document import Document, Unreadable
from rag.transcripts.formats.segments import Said, timed_document

_TIMES = re.compile(r"(?:\d+\n)?[\d:.,]+ --> [\d:.,]+")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)*\s+([^>]{1,80})>")
_TAG = re.compile(r"</?[a-z][^<>]{0,80}>|<\d[\d:.]*>|\{\\[^}]{0,40}\}", re.IGNORECASE)
_OPENS = re.compile(r">>|-\s|[^\W\d_][^:：<>]{0,60}[:：]")
_NAMED = re.compile(r"([^:：<>]{1,60})(?::\s|：)\s*")  # not ``At 10:30``


def read(text: str) -> Document:
    """The words of the captions, speaker by speaker. Raises Unreadable when no cue can be read."""
    plain = text.lstrip("\ufeff \n").replace("\r\n", "\n")
    is_web = plain.startswith("WEBVTT")
    try:
        cues = pysubs2.SSAFile.from_string(
            plain, format_="vtt" if is_web else "srt", keep_html_tags=True
        )
    except (pysubs2.exceptions.Pysubs2Error, ValueError) as error:
        raise Unreadable(f"Its captions cannot be read: {error}. Save them anew.") from error
    # In WebVTT a blank line ends a cue, and the name of the next, or a note, may follow it. In
    # SubRip it may stand within one.
    shown = [cue.text.split(r"\N\N")[0] if is_web else cue.text for cue in cues]
    lines = _unrolled([words.split(r"\N") for words in shown])
    say = _said_by_name if _names_each(lines) else _said
    said: list[Said] = []
    for cue, own in zip(cues, lines, strict=True):
        said += say("\n".join(own), cue.start / 1000)
    if not said:
        raise Unreadable("Its captions hold no words between their times. Save them anew.")
    above = "" if is_web else _TIMES.split(plain, maxsplit=1)[0].strip()
    title = plain.partition("\n")[0].removeprefix("WEBVTT").strip(" -\t") if is_web else ""
    return timed_document(said, above, title)


def _unrolled(cues: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The lines of each cue, without the one that it repeats of the cue before where captions roll
    up the screen, as those that a machine wrote do: most of their cues begin so."""
    plain = [[line for line in map(_plain, cue) if line] for cue in cues]
    repeats = [bool(a and b) and a[-1] == b[0] for a, b in pairwise([[], *plain])]
    if 2 * sum(repeats) <= len(cues):
        return list(cues)
    return [cue[1:] if again else cue for cue, again in zip(plain, repeats, strict=True)]


def _names_each(cues: Sequence[Sequence[str]]) -> bool:
    """Whether a program put a name before the words of every cue, as Zoom does: also where somebody
    goes on."""
    named = [[_NAMED.match(line) for line in cue] for cue in cues if any(cue)]
    heads = [found[0][1] if found[0] else "" for found in named]
    again = any(before == behind for before, behind in pairwise(heads))
    return again and all(heads) and not any(any(found[1:]) for found in named)


def _said_by_name(raw: str, start: float) -> Iterator[Said]:
    """What a cue says that a name heads."""
    shown = _plain(raw)
    if found := _NAMED.match(shown):
        yield Said(found[1].strip(), shown[found.end() :], start)


def _said(raw: str, start: float) -> Iterator[Said]:
    """What a cue says, voice by voice."""
    parts = _VOICE.split(raw)
    if parts[0].strip():
        yield from _lines(parts[0], start)
    for name, words in zip(parts[1::2], parts[2::2], strict=True):
        yield Said(_plain(name), _plain(words), start)


def _lines(raw: str, start: float) -> Iterator[Said]:
    for line in _plain(raw, "\n").split("\n"):
        yield Said("" if _OPENS.match(line) else None, line, start)


def _plain(raw: str, between: str = " ") -> str:
    lines = html.unescape(_TAG.sub("", raw)).split("\n")
    return between.join(line.strip() for line in lines if line.strip())
