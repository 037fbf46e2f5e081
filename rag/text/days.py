"""Days as each language writes them, and the names of months and weekdays in English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from rag.text.data_file import data_table
from rag.types import Language

_WORDS = data_table("rag.text", "numbers.toml")
MONTHS: tuple[str, ...] = tuple(_WORDS["months"].split())
WEEKDAYS: tuple[str, ...] = tuple(_WORDS["weekdays"].split())
# "21 September 2023" is read the same everywhere.
LOCALES: Mapping[Language, str] = {"en": "en_GB", "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant"}


def day(moment: date | None, language: Language) -> str:
    """A day as it is written in a language; "" where there is none."""
    from babel.dates import format_date  # a third of a second that most commands need not wait

    return format_date(moment, "long", locale=LOCALES[language]) if moment else ""
