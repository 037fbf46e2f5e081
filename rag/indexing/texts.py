"""The transcripts of an index: what each is called is held, what it says is read when asked for.

A question touches a few of many. The words and turns of all, 200,000 passages long, are 250 MB in
each process; so of these only the last that were asked for are held.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from rag.types import Role, Transcript

TRANSCRIPTS_FILE = "transcripts.jsonl"
_TRANSCRIPT = TypeAdapter(Transcript)
_FIELDS = tuple(field.name for field in fields(Transcript))
_SAID = ("text", "turns", "times")
_HELD = 128  # whose words were asked for last


def dump_transcripts(transcripts: Iterable[Transcript]) -> bytes:
    """Transcripts as JSON Lines."""
    return b"".join(_TRANSCRIPT.dump_json(transcript) + b"\n" for transcript in transcripts)


def open_transcripts(folder: Path) -> tuple[Transcript, ...]:
    """The transcripts of a generation, which wrote them with :func:`dump_transcripts`.

    Raises OSError, or ValueError where the file is damaged.
    """
    with (folder / TRANSCRIPTS_FILE).open("rb") as file:
        lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

        @lru_cache(maxsize=_HELD)
        def read(start: int, end: int) -> Transcript:
            return _TRANSCRIPT.validate_json(lines[start:end])

        held, start = [], 0
        # Through the file, one at a time: pages of the map would count as this process's memory.
        for line in file:
            end = start + len(line)
            held.append(_Kept.of(_TRANSCRIPT.validate_json(line), partial(read, start, end)))
            start = end
    return tuple(held)


class _Kept(Transcript):
    """A transcript whose words and turns are read when they are asked for."""

    __slots__ = ("_cast", "_read")
    _cast: tuple[tuple[str, Role], ...]
    _read: Callable[[], Transcript]

    @classmethod
    def of(cls, whole: Transcript, read: Callable[[], Transcript]) -> Transcript:
        """All of it but what is said, which ``read`` gives."""
        kept = cls.__new__(cls)
        held = {name: getattr(whole, name) for name in _FIELDS if name not in _SAID}
        held |= {"_cast": whole.cast, "_read": read}
        for name, value in held.items():
            object.__setattr__(kept, name, value)
        return kept

    def __getattr__(self, name: str) -> Any:
        # Called for what has no value of its own.
        if name not in _SAID:
            raise AttributeError(name)
        return getattr(self._read(), name)

    @property
    def cast(self) -> tuple[tuple[str, Role], ...]:
        return self._cast

    def __reduce__(self) -> tuple[type[Transcript], tuple[Any, ...]]:
        return Transcript, tuple(getattr(self, name) for name in _FIELDS)
