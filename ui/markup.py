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


def marked_html(text: str, places: Iterable[tuple[int, int]]) -> str:
    """The same with figures marked: ``places`` are in order, each from and to a character."""
    parts, end = [], 0
    for start, stop in places:
        figure = text_html(text[start:stop])
        parts += [text_html(text[end:start]), f'<mark class="hetao-figure">{figure}</mark>']
        end = stop
    return "".join((*parts, text_html(text[end:])))


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
