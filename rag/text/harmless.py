"""Untrusted words made harmless for the files that leave the program.

Nothing here trusts a question, a quote, a name or an address.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any
from urllib.parse import quote, urlsplit

# Control characters and invisible ones that turn the writing direction or spell in secret, as the
# page drops them; and what XML 1.0 (section 2.2) and UTF-8 cannot hold.
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
# What begins or ends something in CommonMark 0.31, in GitHub's extensions (tables, autolinks,
# footnotes, mathematics) or in Pandoc's (attributes, citations, superscripts), anywhere ...
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~$^{}@#!]|&(?=#?\w+;)|:(?=//)|(?<=www)\.", re.IGNORECASE)
# ... and at its beginning: lists, underlined headings, definitions.
_MARKDOWN_START = re.compile(r"^(\d*)([-+=:.)])")
# What may stand in a URL as it is (RFC 3986, section 2); the rest is percent-encoded.
_URL = ":/?#[]@!$&'()*+,;=%~"


def one_line(text: str) -> str:
    """``text`` on one line, without characters that steer a page or that a file cannot hold."""
    return " ".join(_DROPPED.sub("", text).split())


def markdown(text: str) -> str:
    """``text`` on one line for Markdown, with no markup left in it."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", one_line(text))
    return _MARKDOWN_START.sub(r"\1\\\2", escaped)


def web_address(url: str) -> str:
    """``url`` in ASCII where it is an http(s) address with a host, else ""."""
    address = _DROPPED.sub("", url).strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return quote(address, safe=_URL)


def json_text(document: dict[str, Any]) -> str:
    """The document as JSON for people and programs: other scripts as they are, what is invisible
    escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    # JSON itself allows C1 controls, writing-direction marks and lone surrogates as they are.
    return "".join(
        json.dumps(c)[1:-1] if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs") else c
        for c in text
    )
