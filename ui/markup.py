"""Untrusted text made harmless: what users and transcripts write is shown as text.

Nothing here trusts a question, a quote, a name, a file name or an address.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

# Streamlit reads ":name[...]" and ":material/name:" even after Markdown escapes are gone, so
# a word joiner (invisible, no width) is put behind each colon.
_AFTER_COLON = "\u2060"
# Control characters, and invisible ones that turn the writing direction or spell in secret.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")


def text_html(text: str) -> str:
    """``text`` for use between HTML tags or in a quoted attribute."""
    return html.escape(_STEERING.sub("", text), quote=True)


def marked_html(
    text: str, marks: Iterable[tuple[int, int]], within: tuple[int, int] | None = None,
    css: str = "",
) -> str:  # fmt: skip
    """The same with marks in it.

    Args:
        text: all of it.
        marks: what is marked, each from and to a character.
        within: the part of the text that is wanted, likewise; None for all.
        css: the class of the marks.
    """
    at, end = within or (0, len(text))
    tag = f'<mark class="{css}">' if css else "<mark>"
    parts = []
    for mark in sorted(marks):
        start, stop = max(mark[0], at), min(mark[1], end)
        if start < stop:
            parts += [text_html(text[at:start]), f"{tag}{text_html(text[start:stop])}</mark>"]
            at = stop
    return "".join((*parts, text_html(text[at:end])))


def text_markdown(text: str) -> str:
    """``text`` for a Streamlit label or message box, on one line, with no Markdown left in it.

    Every ASCII punctuation character is escaped (CommonMark 0.31, section 2.4).
    """
    one_line = " ".join(_STEERING.sub("", text).split())
    return _MARKDOWN.sub(r"\\\1", one_line).replace(":", ":" + _AFTER_COLON)


def web_address(url: str) -> str:
    """``url`` where it is an http(s) address with a host, else ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


def link_html(url: str, words: str) -> str:
    """A link that opens in a new tab, or the bare words where the address is no web page."""
    address = web_address(url)
    if not address:
        return text_html(words)
    return f'<a href="{text_html(address)}" target="_blank">{text_html(words)}</a>'
