"""A Word document (DOCX), read by ``python-docx``: paragraphs and tables in order, bold kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph

from rag.transcripts.formats.document import Document, Unreadable, row_words

# Bytes that a document may unpack to: the words of a long one take some hundred kilobytes.
_LARGEST = 200 * 1024 * 1024


def read(content: bytes) -> Document:
    """The words of a document. Raises Unreadable for no sound DOCX, or one that unpacks to much."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = packed.namelist()
            unpacked = sum(info.file_size for info in packed.infolist())
        if "word/document.xml" not in names:
            raise Unreadable(
                "It is a packed file, but no Word document. Unpack it, or save it as text."
            )
        if unpacked > _LARGEST:
            raise Unreadable("It unpacks to more than 200 MB, which no transcript does.")
        document = docx.Document(io.BytesIO(content))
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
        raise Unreadable("The Word document is damaged. Open it, and save it anew.") from error
    told = document.core_properties
    return Document("\n\n".join(filter(None, map(str.strip, _blocks(document)))), told.title or "")


def _blocks(document: docx.document.Document) -> Iterator[str]:
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            yield _words(block)
        elif isinstance(block, Table):
            yield from _rows(block)


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        yield row_words([cell.text for cell in row.cells])


def _words(paragraph: Paragraph) -> str:
    """A paragraph, with what its runs have in bold between two stars."""
    parts: list[str] = []
    bold = False
    for run in paragraph.runs:
        if run.text.strip() and bool(run.bold) != bold:
            parts.append("**")
            bold = not bold
        parts.append(run.text)
    text = "".join([*parts, "**" if bold else ""])
    return text if paragraph.runs else paragraph.text
