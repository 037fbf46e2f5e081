"""The language of the interface: English, Simplified or Traditional Chinese.

What a page says is written in English as ``_("...")``, and what stands in a table outside of any
page as ``N_("...")``; the catalogues in ``ui/locale`` translate it.
"""

from __future__ import annotations

import datetime
import gettext
import io
from functools import cache
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from rag.text import days
from rag.text.days import LOCALES
from rag.types import Language

KEY = "lang"
NAMES: dict[Language, str] = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
_FOLDER = Path(__file__).with_name("locale")
# Where a browser names a region and no script (CLDR, likely subtags).
_TRADITIONAL = {"tw", "hk", "mo", "hant"}


def browser_language() -> Language:
    """The language that the browser asks for, English where that is none of the three."""
    first, *rest = (st.context.locale or "en").lower().replace("_", "-").split("-")
    if first not in {"zh", "yue"}:
        return "en"
    if "hans" in rest:
        return "zh-Hans"
    return "zh-Hant" if first == "yue" or _TRADITIONAL & set(rest) else "zh-Hans"


def language() -> Language:
    """The language in force: the one chosen, otherwise the address's, otherwise the browser's."""
    chosen = st.session_state.get(KEY) or st.query_params.get(KEY)
    return next((name for name in NAMES if name == chosen), None) or browser_language()


def _(text: str) -> str:
    """``text`` in the language in force."""
    return catalogue(language()).gettext(text) if text else ""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """``text`` itself, marked to be translated where it is shown."""
    return text


def several(one: str, many: str, count: int) -> str:
    """The words for ``count`` things, which stand in for ``{n}``."""
    return catalogue(language()).ngettext(one, many, count).format(n=f"{count:,}")


def day(date: datetime.date) -> str:
    """A date as it is written in the language in force."""
    return days.day(date, language())


@cache
def catalogue(shown: Language) -> gettext.NullTranslations:
    """The catalogue of a language; English needs none."""
    if shown == "en":
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with (_FOLDER / f"{LOCALES[shown]}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=LOCALES[shown]))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def draw_choice() -> None:
    """Draw the choice of the language; what is chosen stands in the address."""
    names: list[Language] = list(NAMES)
    chosen = st.selectbox(
        "Language · 语言 · 語言",
        names,
        index=names.index(language()),
        key=KEY,
        format_func=lambda name: NAMES[name],
    )
    # Streamlit drops the address's query when another page is opened, so it is set each time.
    if chosen == browser_language():
        st.query_params.pop(KEY, None)
    elif st.query_params.get(KEY) != chosen:
        st.query_params[KEY] = chosen
