"""A page as a browser saves it, read by ``trafilatura``.

It keeps the main text in its order, with bold as ``**bold**``, and leaves out menus, scripts and
what repeats on every page; it also finds title, date, publisher and address.
"""

from __future__ import annotations

import re
from datetime import date

import trafilatura

from rag.transcripts.formats.document import RAISED, Document, Unreadable, row_words

# Italics would come as stars in the middle of what is quoted, the others as tags.
_EMPHASIS = re.compile(r"</?(?:em|i|u|sub|sup)(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_RAISED = re.compile(
    r"<sup(?:\s[^<>]{0,200})?>\s*(?:<a\s[^<>]{0,200}>)?([\d+−-]{1,4})(?:</a>)?\s*</sup>",
    re.IGNORECASE,
)

# A row of a table, as Markdown has it; and the line below the first that tells it apart.
_RULE = re.compile(r"^\|(?:\s*:?-+:?\s*\|)+[ \t]*\n?", re.MULTILINE)
_ROW = re.compile(r"^\|[ \t].*\|[ \t]*$", re.MULTILINE)


def read(text: str) -> Document:
    """The words of a page. Raises Unreadable where there are none."""
    raised = _RAISED.sub(lambda found: found[1].translate(RAISED), text)
    words = trafilatura.extract(
        _EMPHASIS.sub("", raised), output_format="markdown", include_formatting=True,
        include_comments=False,
        include_tables=True, favor_recall=True, with_metadata=False,
    )  # fmt: skip
    if not words:
        raise Unreadable(
            "No text was found on the page. Save the transcript's own page, or as text."
        )
    words = _RULE.sub("", words)
    words = _ROW.sub(lambda row: row_words(row[0].strip("| ").split(" | ")) + "\n", words)
    told = trafilatura.extract_metadata(text)
    day = date.fromisoformat(told.date) if told and told.date else None
    return Document(
        words, (told and told.title) or "", day, (told and told.sitename) or "",
        (told and told.url) or "",
    )  # fmt: skip
