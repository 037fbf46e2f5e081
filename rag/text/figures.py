"""Which figure a question asks for, and where a text gives one of that kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from rag.text.days import MONTHS, WEEKDAYS
from rag.text.language import is_chinese, to_simplified
from rag.text.numerals import HAN, PARTS, SCALES, WORDS

Kind = Literal["money", "percentage", "date", "number"]

# How each kind is asked for in English and in simplified Chinese, in this order: "how much money"
# is no mere number, nor is 几时.
_ASKED: dict[Kind, tuple[str, str]] = {
    "money": (
        r"\bhow much .*\b(?:money|capital|cost|spen[dt]|pa(?:y|id)|invest|fund|budget)",
        "(?:多少|几多)(?:科研)?(?:钱|资金|经费|预算|投资)|(?:预算|成本|造价).{0,6}(?:多少|几多)",
    ),
    "percentage": (r"\b(?:what|which) (?:\w+ ){0,3}?(?:per ?cent|percentage|share)\b", "百分|比例"),
    "date": (r"\bwhen\b|\b(?:what|which) (?:year|month|date|day)\b", "时候|[何几]时|[哪几]年"),
    "number": (
        r"\bhow (?:many|much|large|big|long|old|far|tall|high|wide|deep|heavy|fast|often)\b|"
        r"\bwhat (?:is|was|are|were) (?:the )?(?:\w+ )?(?:number|size|area|population|total|"
        r"amount|average|length|height|distance|score|age|target)\b",
        "多[少大长高远久]|几|面积|人口",
    ),
}
# "One" is as often no number.
_NUMBER_WORDS = "|".join((*list(WORDS)[2:], *SCALES, *PARTS, "half"))
_DAYS = "|".join((*MONTHS, *WEEKDAYS))
_AMOUNT = rf"\d[\d.,]*(?: (?:{'|'.join(SCALES)})\b)?"
_GIVEN: dict[Kind, str] = {
    "money": (
        rf"(?:hk|us)?[$€£¥]\s?{_AMOUNT}|{_AMOUNT}\s*(?:yuan|dollars?|euros?|pounds?)|"
        rf"[\d.,{HAN}]*(?:元|港币)"
    ),
    "percentage": rf"\d[\d.,]*\s*(?:%|per ?cent)|per ?cent|\b(?:{'|'.join(PARTS)}|half)|百分之|成",
    "date": (
        rf"\b(?:1\d|20)\d\d\b|\b(?:{_DAYS})\b|(?:year|month|week|day|decade)s?\b|"
        rf"[\d{HAN}]+[年月日]|[去今明]年"
    ),
    "number": rf"{_AMOUNT}|\b(?:{_NUMBER_WORDS})s?\b|[{HAN}]+",
}
# A slogan ("one zone, two parks") counts nothing.
_SLOGAN = re.compile(r"[\"“「][^\"”」]{1,40}[\"”」]")


def figure_asked_for(question: str) -> Kind | None:
    """The kind of figure a question asks for; None where its words do not say."""
    chinese = is_chinese(question)
    words = to_simplified(question)
    for kind, asked in _ASKED.items():
        if re.search(asked[chinese], words, re.IGNORECASE):
            return kind
    return None


def figures_given(kind: Kind, text: str, question: str) -> Iterator[tuple[int, int]]:
    """Where a text has figures of a kind that do not stand in the question already, in order.

    Each as the places of its first character and of the one behind its last.
    """
    blank = _SLOGAN.sub(lambda slogan: " " * len(slogan[0]), text)
    # Where simplifying changes the length the places would be wrong: then as it is written.
    simplified = to_simplified(blank)
    read = simplified if len(simplified) == len(blank) else blank
    for match in re.finditer(_GIVEN[kind], read, re.IGNORECASE):
        shown = text[slice(*match.span())]
        if not re.search(rf"(?<!\w){re.escape(shown)}(?!\w)", question, re.IGNORECASE):
            yield match.span()
