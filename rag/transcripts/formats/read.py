"""Which format a file has, told by what is in it, and the text of it.

A name says little: pages and captions are saved as ``.txt``, a JSON file may be anything. The
library of a format is loaded when a file of it is met: most folders hold plain text alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from rag.transcripts.formats import segments
from rag.transcripts.formats.document import LARGEST_TEXT, Document, Unreadable
from rag.transcripts.parser import normalise_text

# The encodings of Chinese text beside UTF-8 and UTF-16, which say so themselves.
_CHINESE = ["gb18030", "big5hkscs"]
_MARKUP = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.I | re.S
)
_FRAGMENT = re.compile(r"<(?:p|div|br|article|h[1-6])\b[^<>]{0,200}/?>", re.IGNORECASE)
_FEWEST_TAGS = 3
_CUE = re.compile(
    r"^(?:\d+:)?\d{1,2}:\d\d[.,]\d{3}\s+-->\s+(?:\d+:)?\d{1,2}:\d\d[.,]\d{3}", re.MULTILINE
)


def read_document(content: bytes) -> Document:
    """The text of a file and what it says of itself.

    Args:
        content: the file's bytes.

    Raises Unreadable, with what to do, for what holds no text that a person could have meant.
    """
    if content.startswith(b"%PDF"):
        from rag.transcripts.formats import pdf

        document = pdf.read(content)
    elif content.startswith(b"PK\x03\x04"):
        from rag.transcripts.formats import word

        document = word.read(content)
    else:
        document = _read_text(content)
    text = normalise_text(document.text)
    if not text.strip():
        raise Unreadable("It is empty.")
    if len(text) > LARGEST_TEXT:
        raise Unreadable(
            f"It has {len(text):,} characters, which no transcript has. Split it by page."
        )
    return replace(document, text=text)


def _read_text(content: bytes) -> Document:
    text, note = _decode(content)
    if _CUE.search(text[:5_000]):
        from rag.transcripts.formats import captions

        return replace(captions.read(text), note=note)
    if text.lstrip()[:1] in ("{", "[") and (parsed := _json(text)) is not None:
        return replace(segments.read(parsed), note=note)
    if _MARKUP.match(text) or len(_FRAGMENT.findall(text[:20_000])) >= _FEWEST_TAGS:
        from rag.transcripts.formats import html

        return replace(html.read(text), note=note)
    return Document(text, note=note)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None  # a transcript may well begin with a bracket


def _decode(content: bytes) -> tuple[str, str]:
    """The text, and a note where its encoding had to be guessed."""
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if utf16 else "utf-8")
    except UnicodeDecodeError as error:
        if b"\x00" in content or utf16:
            raise Unreadable("It is a binary file, not text.") from error
        from charset_normalizer import from_bytes

        guessed = from_bytes(content, cp_isolation=_CHINESE, threshold=0.1).best()
        if guessed is None or "\ufffd" in str(guessed):
            raise Unreadable(
                f"It is not UTF-8 text (byte {error.start + 1} fits no character), nor Chinese in "
                "GB18030 or Big5. Save it as UTF-8: iconv -f ENCODING -t UTF-8 FILE > NEW.txt"
            ) from error
        name = {"gb18030": "GB18030", "big5hkscs": "Big5"}.get(guessed.encoding, guessed.encoding)
        return str(guessed), f"Read as {name}. If its characters look wrong, save it as UTF-8."
    if "\x00" in text:
        raise Unreadable("It is a binary file, not text.")
    return text, ""
