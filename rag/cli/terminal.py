"""What a command prints: text without control characters, or exactly one JSON document."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import click

from rag.errors import HetaoError
from rag.text.harmless import json_text


def say(text: str) -> None:
    """Print for the person, on standard output."""
    click.echo(_in_encoding(printable(text), sys.stdout.encoding))


def tell(text: str) -> None:
    """Print what is no result (a note, an error), on standard error."""
    click.echo(_in_encoding(printable(text), sys.stderr.encoding), err=True)


def run_script(main: Callable[[], None]) -> None:
    """Run what a ``make`` target runs; whatever is wrong is one sentence and exit code 1."""
    try:
        main()
    except HetaoError as error:
        tell(f"Error: {error}")
        raise SystemExit(1) from None


def printable(text: str) -> str:
    """Text without the control characters by which a transcript could steer a terminal."""
    return "".join(
        c
        for c in text.replace("\t", " ")
        if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs")
    )


def print_json(document: dict[str, Any]) -> None:
    """Print the one JSON document of ``--json``."""
    text = json_text(document)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        # ASCII escapes keep the document intact on a terminal or pipe of another encoding.
        text = json.dumps(document, indent=2)
    click.echo(text)


def _in_encoding(text: str, encoding: str | None) -> str:
    """The text with a question mark for each character that the terminal cannot show."""
    return text.encode(encoding or "utf-8", "replace").decode(encoding or "utf-8")
