"""One file of a corpus: its bytes, and the place its name gives it."""

from __future__ import annotations

import re
from pathlib import Path

from rag.transcripts.formats.document import Unreadable

# In a folder files with these endings are looked into; what they are is told by their content.
ENDINGS = (
    ".txt", ".md", ".html", ".htm", ".xhtml", ".pdf", ".docx", ".vtt", ".srt", ".json",
)  # fmt: skip
LARGEST_FILE = 50 * 1024 * 1024  # bytes
_NUMBERED = re.compile(r"(?P<id>.+?)(?:[-_]p(?P<page>\d{1,4})|_(?P<bare>\d{1,3}))", re.IGNORECASE)


def read_bytes(path: Path) -> bytes:
    """What a file holds. Raises Unreadable, with a sentence, where it is none that can be read."""
    try:
        if path.is_symlink() and not path.exists():
            raise Unreadable("It is a link to a file that is not there. Mend or remove the link.")
        if not path.is_file():
            raise Unreadable("It is no ordinary file.")
        if path.stat().st_size > LARGEST_FILE:
            raise Unreadable("It is larger than 50 MB, which no transcript is. Split it by page.")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"It cannot be read: {error.strerror}.") from error


def place_by_name(stem: str) -> tuple[str, int]:
    """Transcript id and page of ``NAME-p10``, ``NAME_p10`` and ``NAME_10``; else page 1."""
    numbered = _NUMBERED.fullmatch(stem)
    page = int(numbered["page"] or numbered["bare"]) if numbered else 0
    return (numbered["id"], page) if numbered and page else (stem, 1)
