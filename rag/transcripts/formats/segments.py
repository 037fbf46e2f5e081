"""What a transcriber wrote as JSON: segments with words and, where it knows them, speaker and time.

Whisper and WhisperX have ``segments`` with ``start`` in seconds, AssemblyAI ``utterances`` in
milliseconds, Deepgram ``results.utterances`` with ``transcript``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rag.text.language import CHINESE_RUN
from rag.transcripts.formats.document import Document, Unreadable
from rag.transcripts.roles import UNNAMED_SPEAKER
from rag.types import Moment

_LISTS = ("segments", "utterances", "results", "transcript", "monologues")
_WORDS = ("text", "transcript", "content")
_SPEAKER = ("speaker", "speaker_label", "speaker_name", "name")
_START = ("start", "start_time", "startTime")
_MILLISECONDS = 1000


class Said(NamedTuple):
    """Words of one speaker: ``""`` of one without a name, None of whoever spoke before."""

    speaker: str | None
    words: str
    start: float | None  # seconds from the beginning of the recording


def read(parsed: Any) -> Document:
    """The words of the segments, speaker by speaker. Raises Unreadable when there are none."""
    found = _segments(parsed)
    scale = _scale(found)
    said = [_said(each, scale) for each in found]
    if any(each.speaker for each in said):
        # Where it names the others it did not hear who spoke here: that is nobody's words.
        said = [each._replace(speaker=each.speaker or UNNAMED_SPEAKER) for each in said]
    if not said:
        raise Unreadable(
            "It is JSON, but holds no segments of a transcriber: a list of objects with `text` "
            "and, where they are known, `speaker` and `start`."
        )
    return timed_document(said)


def timed_document(said: Iterable[Said], above: str = "", title: str = "") -> Document:
    """A paragraph for each stretch of one speaker, ``Name: words``, below the text ``above``."""
    text, times, named = above, [], set()
    speaker: str | None = None
    for each in said:
        if not (words := each.words.strip()):
            continue
        if (each.speaker is None and text != above) or (each.speaker == speaker and speaker):
            close = CHINESE_RUN.match(text[-1:]) or CHINESE_RUN.match(words[:1])
            text += "" if close else " "
        else:
            speaker = each.speaker
            text += "\n\n" if text else ""
            if speaker:
                named.add(speaker)
                text += f"{speaker}: "
        if each.start is not None:
            times.append(Moment(len(text), each.start))
        text += words
    return Document(text, title, times=tuple(times), speakers=frozenset(named))


def _segments(parsed: Any) -> list[Mapping[str, Any]]:
    if isinstance(parsed, list):
        return [each for each in parsed if isinstance(each, Mapping) and _first(each, _WORDS)]
    if isinstance(parsed, Mapping):
        for name in _LISTS:
            if found := _segments(parsed.get(name)):
                return found
    return []


def _scale(found: list[Mapping[str, Any]]) -> float:
    """What to divide times by: where less than a character is said in one of them they are
    milliseconds. Seconds hold five or more."""
    starts = [start for each in found if isinstance(start := _first(each, _START), int)]
    words = sum(len(str(_first(each, _WORDS))) for each in found[:-1])
    return _MILLISECONDS if len(starts) > 1 and words < max(starts) - min(starts) else 1


def _said(segment: Mapping[str, Any], scale: float) -> Said:
    start, speaker = _first(segment, _START), _first(segment, _SPEAKER)
    # ``A`` would be who answers.
    bare = isinstance(speaker, int) or (isinstance(speaker, str) and len(speaker) == 1)
    named = f"Speaker {speaker}" if bare else speaker
    seconds = start / scale if isinstance(start, int | float) else None
    words = _first(segment, _WORDS)
    return Said(
        named if isinstance(named, str) else None, words if isinstance(words, str) else "", seconds
    )


def _first(segment: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((segment[name] for name in names if segment.get(name) is not None), None)
