"""Which figure a question asks for, and where a text gives one of that kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rag.text.days import MONTHS
from rag.text.language import is_chinese

Kind = Literal["money", "percentage", "date", "number"]

_NUMBER_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    "sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    "hundred|thousand|million|billion|trillion|half|third|quarter|dozen|double|twice"
)
_MONTHS = "|".join(MONTHS)
_CURRENCY = "yuan|dollars?|euros?|pounds?|rmb"


@dataclass(frozen=True, slots=True)
class _Signs:
    """How each kind is asked for, and how it looks when it is given."""

    english: re.Pattern[str]
    chinese: re.Pattern[str]
    given: re.Pattern[str]


def _signs(english: str, chinese: str, given: str) -> _Signs:
    return _Signs(*(re.compile(each, re.IGNORECASE) for each in (english, chinese, given)))


# In this order: "how much money" is no mere number.
_KINDS: dict[Kind, _Signs] = {
    "money": _signs(
        r"\bhow much .*\b(?:money|capital|cost|spen[dt]|pa(?:y|id)|invest|fund|budget|earn)|"
        r"\bhow much (?:money|capital|funding|investment)\b|"
        r"\bwhat (?:is|was|were|are|will be) (?:the )?(?:total )?"
        r"(?:budget|cost|price|salary|funding|fee)\b",
        "(?:多少|幾多)(?:科研)?(?:钱|錢|资金|資金|经费|經費|预算|預算|投资|投資)|幾錢|"
        "(?:预算|預算|成本|造价|造價).{0,6}(?:多少|幾多)",
        rf"(?:hk|us)?[$€£¥]\s?\d[\d,.]*(?: (?:million|billion|trillion))?|"
        rf"\d[\d,.]*\s*(?:(?:million|billion|trillion)\s*)?(?:{_CURRENCY}|hk\$)|"
        rf"(?:million|billion|hundred|thousand) (?:\w+ ){{0,2}}(?:{_CURRENCY})|"
        r"[\d.,一二三四五六七八九十百千万萬亿億兩两]*(?:[元圆]|港[币幣])",
    ),
    "percentage": _signs(
        # "What share", but not "who shares" nor "what do they share".
        r"\b(?:what|which) (?!(?:do|does|did|will|can|should)\b)(?:\w+ ){0,3}?"
        r"(?:per ?cent|percentage|proportion|share|fraction|rate)\b",
        "百分|比例|占比|比率",
        r"\d[\d.,]*\s*(?:%|per ?cent)|per ?cent|half|third|quarter|"
        r"百分之[\d.一二三四五六七八九十点]+|成",
    ),
    "date": _signs(
        r"\bwhen\b|\b(?:what|which) (?:year|month|date|day|decade|century|time|season|quarter)\b|"
        r"\bhow soon\b",
        "什么时候|什麼時候|何时|何時|几时|幾時|[哪邊几幾]一?(?:年|月|天|日)",
        rf"\b(?:1\d|20)\d\d\b|\b(?:{_MONTHS})\b|(?:year|month|week|day|decade|century|centurie)s?\b|"
        r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\d+s\b|\b(?:bc|ad)\b|"
        "[一二三四五六七八九十〇零\\d]+(?:年|月|日|世纪)|[去今明]年",
    ),
    "number": _signs(
        r"\bhow (?:many|much|large|big|long|old|far|tall|high|wide|deep|heavy|fast|often)\b|"
        r"\bwhat (?:is|was|are|were) (?:the )?(?:\w+ )?(?:number|size|area|population|total|"
        r"amount|average|length|height|distance|score|age|target)\b",
        "多少|[几幾]|多[大长長高远遠久]|人口|面[积積]",
        rf"\d[\d.,]*|\b(?:{_NUMBER_WORDS})s?\b|[一二三四五六七八九十百千万萬亿億兩两]+",
    ),
}
# A slogan ("one zone, two parks") counts nothing.
_SLOGAN = re.compile(r"[\"“「][^\"”」]{1,40}[\"”」]")


def figure_asked_for(question: str) -> Kind | None:
    """The kind of figure a question asks for; None where its words do not say."""
    chinese = is_chinese(question)
    for kind, signs in _KINDS.items():
        if (signs.chinese if chinese else signs.english).search(question):
            return kind
    return None


def figures_given(kind: Kind, text: str, question: str) -> Iterator[tuple[int, int]]:
    """Where a text has figures of a kind that do not stand in the question already, in order.

    Each as the places of its first character and of the one behind its last.
    """
    blank = _SLOGAN.sub(lambda slogan: " " * len(slogan[0]), text)
    for match in _KINDS[kind].given.finditer(blank):
        if not re.search(rf"(?<!\w){re.escape(match[0])}(?!\w)", question, re.IGNORECASE):
            yield match.span()
