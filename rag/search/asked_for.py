"""What kind of thing a question asks for, and whether a sentence gives one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.text.concepts import Concept
from rag.text.language import is_chinese, terms

Kind = Literal["money", "percentage", "date", "number", "person", "place", "reason"]

_NUMBER_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    "sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    "hundred|thousand|million|billion|trillion|half|third|quarter|dozen|double|twice"
)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_CURRENCY = "yuan|dollars?|euros?|pounds?|rmb"
_A_NAME = r"(?<!^)\b[A-Z][\w'’-]+"


@dataclass(frozen=True, slots=True)
class _Signs:
    """How each kind is asked for, and how it looks when it is given."""

    english: re.Pattern[str]
    chinese: re.Pattern[str]
    given: re.Pattern[str]


def _signs(english: str, chinese: str, given: str, *, cased: bool = False) -> _Signs:
    return _Signs(
        re.compile(english, re.IGNORECASE),
        re.compile(chinese),
        re.compile(given, 0 if cased else re.IGNORECASE),
    )


# In this order: "how much money" is no mere number. Chinese names bear no mark by which they
# could be told, so that any Chinese text is taken to give them.
_KINDS: dict[Kind, _Signs] = {
    "money": _signs(
        r"\bhow much .*\b(?:money|capital|cost|spen[dt]|pa(?:y|id)|invest|fund|budget|earn)|"
        r"\bhow much (?:money|capital|funding|investment)\b|"
        r"\bwhat (?:is|was|were|are|will be) (?:the )?(?:total )?"
        r"(?:budget|cost|price|salary|funding|fee)\b",
        "(?:多少|幾多)(?:科研)?(?:钱|錢|资金|資金|经费|經費|预算|預算|投资|投資)|幾錢|"
        "(?:预算|預算|成本|造价|造價).{0,6}(?:多少|幾多)",
        rf"[$€£¥]\s?\d|\d[\d,.]*\s*(?:(?:million|billion|trillion)\s*)?(?:{_CURRENCY}|hk\$)|"
        rf"(?:million|billion|hundred|thousand) (?:\w+ ){{0,2}}(?:{_CURRENCY})|[元圆]|港[币幣]",
    ),
    "percentage": _signs(
        # "What share", but not "who shares" nor "what do they share".
        r"\b(?:what|which) (?!(?:do|does|did|will|can|should)\b)(?:\w+ ){0,3}?"
        r"(?:per ?cent|percentage|proportion|share|fraction|rate)\b",
        "百分|比例|占比|比率",
        r"\d\s*%|per ?cent|half|third|quarter|百分之|成",
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
        rf"\d[\d.,]*|\b(?:{_NUMBER_WORDS})s?\b|[一二三四五六七八九十百千万兩两]",
    ),
    "person": _signs(
        r"\bwho(?:se|m)?\b|\bwhich (?:minister|person|official|man|woman|leader|president)s?\b",
        "谁|誰|[邊边]個|边个|哪位|哪个人|何人",
        rf"{_A_NAME}|[\u3400-\u9fff]",
        cased=True,
    ),
    "place": _signs(
        r"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:cit(?:y|ies)|countr(?:y|ies)|places?|states?|"
        r"towns?|regions?|provinces?|locations?|rivers?|islands?|districts?)\b",
        "哪[里裡裏]|[邊边]度|何[处處]|在哪|哪[个些](?:国家|城市|地方|州)",
        rf"{_A_NAME}|[\u3400-\u9fff]",
        cased=True,
    ),
    "reason": _signs(
        r"\bwhy\b|\bwhat (?:was |is |were )?(?:the )?(?:reason|cause)",
        "为什么|為什麼|[为為]何|點解|点解|原因",
        r"\b(?:because|due|since|so|therefore|reason|causes?d?|to|as|given|result|thus|hence|for|"
        r"order|aim|purpose)\b|因|由[于於]|[为為]了|以便|所以|旨在",
    ),
}

_SLOGAN = re.compile(r"[\"“「][^\"”」]{1,40}[\"”」]")
QUANTITIES: tuple[Kind, ...] = ("money", "percentage", "number")

# What a question is made of whatever its subject; transcripts answer without these words. Of the
# English XQuAD questions these are the terms most often absent from the paragraph that answers.
_FRAME = frozenset(
    terms(
        """name type kind sort call use year last long happen begin main mainly people old entity
        believe term cause during take took after before another area time example group part make
        made along not located original famous form help refer amount compare member place start
        show large find found often impact create try major person lead led between win become
        became previous prior new common describe express determine went besides change usual
        approximately recognize information condition consider need back hold held receive gave
        live work measure view deal over way base allow decide contribute provide result think saw
        see regard regarding reason word go went sometimes mark thought look set number current
        general known include certain typical value primary ability among longer good agree add
        across like want list according offer stand mean feel expect plan own sure every fit come
        came carry answer ask question today now present exactly actually really ever still yet
        already together each both either involve relate matter point detail state total overall
        specific particular announce highlight reveal confirm briefing conference press speaker
        official"""
    )
)


def asked_for(question: str) -> Kind | None:
    """The kind of thing a question asks for; None where its words do not say."""
    chinese = is_chinese(question)
    for kind, signs in _KINDS.items():
        if (signs.chinese if chinese else signs.english).search(question):
            return kind
    return None


def gives(kind: Kind | None, text: str, question: str) -> bool:
    """Whether a text has a thing of the kind that does not stand in the question already."""
    if kind is None:
        return True
    # A slogan in quotation marks ("one zone, two parks") counts nothing.
    found = {match[0] for match in _KINDS[kind].given.finditer(_SLOGAN.sub(" ", text))}
    return any(
        not re.search(rf"(?<!\w){re.escape(thing)}(?!\w)", question, re.IGNORECASE)
        for thing in found
    )


def is_specific(concept: Concept) -> bool:
    """Whether a concept belongs to the subject of a question and not to its frame."""
    return not all(term in _FRAME for way in concept for term in way)
