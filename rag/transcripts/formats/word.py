"""A Word document (DOCX), read by ``python-docx``: paragraphs and tables in order, bold kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from rag.transcripts.formats.document import RAISED, Document, Unreadable, row_words

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
    """The words of each paragraph and row, those in content controls too."""
    blocks = document.element.body.xpath(
        ".//w:p[not(ancestor::w:tbl or ancestor::w:txbxContent)]"
        " | .//w:tbl[not(ancestor::w:tbl or ancestor::w:txbxContent)]"
    )
    for block in blocks:
        if block.tag.endswith("}p"):
            yield _words(Paragraph(block, document))
        else:
            yield from _rows(Table(block, document))


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        yield row_words([
            "\n".join("".join(_shown(run) for run in _runs(each)) for each in cell.paragraphs)
            for cell in row.cells
        ])  # fmt: skip


def _words(paragraph: Paragraph) -> str:
    """A paragraph, with what its runs have in bold between two stars."""
    text, bold = "", False
    for run in _runs(paragraph):
        words = _shown(run)
        if words.strip() and bool(run.bold) != bold:
            # White space is never in bold: a name may end in the break behind it.
            text, gap = _apart(text)
            indent = "" if bold else words[: len(words) - len(words.lstrip())]
            text += f"**{gap}" if bold else f"{gap}{indent}**"
            words = words[len(indent) :]
            bold = not bold
        text += words
    text, gap = _apart(text)
    return f"{text}**{gap}" if bold else text + gap


def _shown(run: Run) -> str:
    return run.text.translate(RAISED) if run.font.superscript else run.text


def _apart(text: str) -> tuple[str, str]:
    """Words, and the white space behind them."""
    words = text.rstrip()
    return words, text[len(words) :]


def _runs(paragraph: Paragraph) -> Iterator[Run]:
    """Its runs in order, those of links and of what was put in; none of what was taken out."""
    inside = "not(ancestor::w:del or ancestor::w:moveFrom or ancestor::w:txbxContent)"
    for run in paragraph._p.xpath(f".//w:r[{inside}]"):
        yield Run(run, paragraph)
