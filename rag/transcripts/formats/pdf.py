"""A PDF with text in it, read by ``pypdfium2`` in the order in which the words were written.

Running heads and page numbers are for the parser to find, as on any printed page.
"""

from __future__ import annotations

import re

import pypdfium2
from pypdfium2 import PdfiumError

from rag.transcripts.formats.document import LARGEST_TEXT, Document, Unreadable

_MOST_SHEETS = 2_000
# pdfium marks a hyphen at the end of a line, where a word goes on, by this.
_HYPHEN = re.compile("\ufffe\n?|\u0002\n?")

# Within so many points of the edge of a sheet nobody writes: there browsers print date, title,
# address and number of the sheet (Chromium's margin is 0.4 inches, 28.8 points).
_EDGE = 28.0


def read(content: bytes) -> Document:
    """The words of a PDF. Raises Unreadable for what is locked, damaged, too long, or a scan."""
    try:
        document = pypdfium2.PdfDocument(content)
    except PdfiumError as error:
        why = (
            "It is locked by a password. Save it without"
            if "assword" in str(error)
            else ("The PDF is damaged. Save it anew")
        )
        raise Unreadable(f"{why}.") from error
    try:
        if len(document) > _MOST_SHEETS:
            raise Unreadable(
                f"It has {len(document):,} pages; up to {_MOST_SHEETS:,} are read. Split it."
            )
        sheets, length = [], 0
        for page in document:
            sheets.append(_words(page))
            length += len(sheets[-1])
            if length > LARGEST_TEXT:
                raise Unreadable("It has more words than any transcript. Split it.")
        title = document.get_metadata_dict().get("Title", "")
    finally:
        document.close()
    if not any(sheet.strip() for sheet in sheets):
        raise Unreadable(
            "It is a scan without text: run it through text recognition (OCR), such as ocrmypdf, "
            "and add what comes out."
        )
    return Document("\n\n".join(_HYPHEN.sub("", sheet) for sheet in sheets), title)


def _words(page: pypdfium2.PdfPage) -> str:
    height = page.get_height()
    text = page.get_textpage().get_text_bounded(bottom=_EDGE, top=height - _EDGE)
    return str(text.replace("\r\n", "\n"))
