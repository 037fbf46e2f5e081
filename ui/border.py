"""The border of the pages: what fails inside becomes a sentence, and all around it stays."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from rag.errors import is_to_mend, sentence_of
from ui.language import N_, _
from ui.markup import text_markdown

UNEXPECTED = N_(
    "Something went wrong that should not have. The conversation is kept; please ask again. "
    "If it happens again, the log that `hetao doctor` names says where."
)
TRY_AGAIN = N_("Try again")
# What rag says, and the catalogues translate.
_SAID = (N_("Something else is under way. Wait for its end, or stop it first."),)
_logger = logging.getLogger(__name__)


@contextmanager
def border(
    key: str,
    *,
    unexpected: str = UNEXPECTED,
    button: str = TRY_AGAIN,
    on_click: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Draw a sentence, and a button that draws the page anew, where something inside fails.

    Args:
        key: the key of the button, of which a page has one.
        unexpected: the sentence for an error that is a bug, as ``N_`` marks it.
        button: its label, likewise; "" for none.
        on_click: what the button does before the page is drawn anew.
    """
    try:
        yield
    # What Streamlit stops or reruns a script by is no Exception.
    except Exception as error:
        draw_error(sentence_for(error, unexpected))
        if button:
            st.button(_(button), key=key, icon=":material/refresh:", on_click=on_click)


def draw_error(sentences: str) -> None:
    """Draw sentences about what went wrong, in their lines."""
    lines = [text_markdown(line) for line in sentences.splitlines()]
    st.error("  \n".join(lines), icon=":material/error:")


def sentence_for(error: Exception, unexpected: str = UNEXPECTED) -> str:
    """What the user reads about an error; all but a fault of the question goes into the log."""
    sentence = sentence_of(error)
    if not sentence:
        _logger.error("An unexpected error reached the page.", exc_info=error)
    elif is_to_mend(error):
        _logger.warning("Something that the page needs is missing.", exc_info=error)
    return _(sentence or unexpected)
