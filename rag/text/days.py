"""Days as each language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from babel.dates import format_date

from rag.types import Language

# "21 September 2023" is read the same everywhere.
LOCALES: Mapping[Language, str] = {"en": "en_GB", "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant"}


def day(moment: date | None, language: Language) -> str:
    """A day as it is written in a language; "" where there is none."""
    return format_date(moment, "long", locale=LOCALES[language]) if moment else ""
