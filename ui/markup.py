"""Untrusted text made harmless: what users and transcripts write is shown as text.

Nothing here trusts a question, a quote, a name, a file name or an address.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

# Streamlit reads ":name[...]" and ":material/name:" even after Markdown escapes are gone, so
# a word joiner (invisible, no width) is put behind each colon.
_AFTER_COLON = "\u2060"
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")


def text_html(text: str) -> str:
    """``text`` for use between HTML tags or in a quoted attribute."""
    return html.escape(text, quote=True)


def text_markdown(text: str) -> str:
    """``text`` for a Streamlit label or message box, on one line, with no Markdown left in it.

    Every ASCII punctuation character is escaped (CommonMark 0.31, section 2.4).
    """
    one_line = " ".join(text.split())
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
