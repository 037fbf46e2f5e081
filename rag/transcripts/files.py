"""One file of a corpus: its bytes, its text, and the place its name gives it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from rag.transcripts.parser import normalise_text

_LARGEST_FILE = 50 * 1024 * 1024  # bytes
_NUMBERED = re.compile(r"(?P<id>.+?)(?:[-_]p(?P<page>\d{1,4})|_(?P<bare>\d{1,3}))", re.IGNORECASE)


class Unreadable(Exception):
    """Why one file is skipped: a sentence with what to do."""


def read_text(path: Path) -> tuple[str, str]:
    """The canonical text of a file and the SHA-256 of its bytes. Raises Unreadable."""
    content = _read_bytes(path)
    return _decode(content), hashlib.sha256(content).hexdigest()


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_symlink() and not path.exists():
            raise Unreadable("It is a link to a file that is not there. Mend or remove the link.")
        if not path.is_file():
            raise Unreadable("It is no ordinary file.")
        if path.stat().st_size > _LARGEST_FILE:
            raise Unreadable("It is larger than 50 MB, which no transcript is. Split it by page.")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"It cannot be read: {error.strerror}.") from error


def _decode(content: bytes) -> str:
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if utf16 else "utf-8")
    except UnicodeDecodeError as error:
        if b"\x00" in content:
            raise Unreadable("It is a binary file, not text.") from error
        raise Unreadable(
            f"It is not UTF-8 text (byte {error.start + 1} fits no character). If it is Chinese "
            "in GB18030 or Big5, convert it: iconv -f GB18030 -t UTF-8 FILE > NEW.txt"
        ) from error
    if "\x00" in text:
        raise Unreadable("It is a binary file, not text.")
    text = normalise_text(text)
    if not text.strip():
        raise Unreadable("It is empty.")
    return text


def place_by_name(stem: str) -> tuple[str, int]:
    """Transcript id and page of ``NAME-p10``, ``NAME_p10`` and ``NAME_10``; else page 1."""
    numbered = _NUMBERED.fullmatch(stem)
    page = int(numbered["page"] or numbered["bare"]) if numbered else 0
    return (numbered["id"], page) if numbered and page else (stem, 1)
