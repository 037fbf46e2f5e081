"""The one script of the pages, and the signs by which a page tells it what to do."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui.language import _
from ui.markup import text_html

_SCRIPT = Path(__file__).with_name("page.js").read_text(encoding="utf-8")


def draw_script() -> None:
    """Put the script into the page; it runs once."""
    st.html(f"<script>{_SCRIPT}</script>", unsafe_allow_javascript=True)


def sign_html(what: str, *, number: int, words: str = "", target: str = "") -> str:
    """A sign that the script acts on once.

    Args:
        what: "announce" says ``words`` to a screen reader, "source" goes to the opened source,
            "goto" scrolls to the element that ``target`` selects, "focus" goes to the field, "door"
            remembers the address, "inside" opens the one that was remembered, "language" tells
            the browser in which the page is.
        number: makes each sign a new element, so that the browser acts again.
        words: what to say.
        target: a CSS selector.
    """
    return (
        f'<span hidden data-hetao="{what}" data-number="{number:d}" '
        f'data-words="{text_html(words)}" data-target="{text_html(target)}"></span>'
    )


def copy_html(label: str, *, words: str = "", link: str = "") -> str:
    """A button that puts ``words``, or the whole address of ``link``, on the clipboard."""
    what = f'data-link="{text_html(link)}"' if link else f'data-copy="{text_html(words)}"'
    return (
        f'<button type="button" class="hetao-copy" {what} data-done="{_("Copied.")}" '
        f'data-failed="{_("The browser does not allow copying here.")}">{text_html(label)}</button>'
    )


def inside_html(href: str, words: str, *, css: str = "", target: str = "") -> str:
    """A link to a page of the product; it can be opened in a tab of its own.

    Args:
        href: the address, from :mod:`ui.links`.
        words: what it says.
        css: a class of its own.
        target: selects the element that is scrolled to where it is on the page already.
    """
    goto = f' data-goto="{text_html(target)}"' if target else ""
    return (
        f'<a data-inside href="{text_html(href)}" target="_self" class="{css}"{goto}>'
        f"{text_html(words)}</a>"
    )
