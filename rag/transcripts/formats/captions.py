"""Captions of a recording, WebVTT or SubRip (SRT), read by ``webvtt-py``.

The cues of one speaker are joined to one paragraph, which begins with the time of its first cue
and the name, ``[0:12:31] Name:``, as minutes of meetings print them; the parser knows that form.
https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator

import webvtt
from webvtt.errors import MalformedFileError

from rag.transcripts.formats.document import Document, Unreadable
from rag.transcripts.formats.segments import Said, paragraphs

_VOICE = re.compile(r"<v(?:\.[^\s>]*)*\s+([^>]{1,80})>")
_TAG = re.compile(r"</?[a-z][^<>]{0,80}>|<\d[\d:.]*>|\{\\[^}]{0,40}\}", re.IGNORECASE)
_NAMED = re.compile(r"(?:>>\s*)?([^\W\d_][^:：<>]{0,60})[:：]\s+")
_NEW_SPEAKER = re.compile(r">>+\s*")


def read(text: str) -> Document:
    """The words of the captions, speaker by speaker. Raises Unreadable when no cue can be read."""
    reader = webvtt.from_buffer if text.lstrip("\ufeff \n").startswith("WEBVTT") else _from_srt
    try:
        cues = reader(io.StringIO(text.lstrip("\ufeff").replace("\r\n", "\n"))).captions
    except MalformedFileError as error:
        raise Unreadable(f"Its captions cannot be read: {error}. Save them anew.") from error
    said = [each for cue in cues for each in _said(cue.raw_text, cue.start_in_seconds)]
    return Document("\n\n".join(paragraphs(said)))


def _from_srt(buffer: io.StringIO) -> webvtt.WebVTT:
    return webvtt.from_buffer(buffer, format="srt")


def _said(raw: str, start: int) -> Iterator[Said]:
    """What a cue says, voice by voice; ``>>`` alone changes to somebody without a name."""
    parts = _VOICE.split(raw)
    if parts[0].strip():
        yield from _lines(parts[0], start)
    for name, words in zip(parts[1::2], parts[2::2], strict=True):
        yield Said(_plain(name), _plain(words), start)


def _lines(raw: str, start: int) -> Iterator[Said]:
    for line in _plain(raw, "\n").split("\n"):
        if named := _NAMED.match(line):
            yield Said(named[1].strip(), line[named.end() :], start)
        else:
            changed = _NEW_SPEAKER.match(line)
            yield Said("" if changed else None, line[changed.end() :] if changed else line, start)


def _plain(raw: str, between: str = " ") -> str:
    lines = html.unescape(_TAG.sub("", raw)).split("\n")
    return between.join(line.strip() for line in lines if line.strip())
