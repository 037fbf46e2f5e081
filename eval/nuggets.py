"""Whether a fact stands in an answer, whichever way it is written.

A text becomes tokens: a Latin word, a number, or one Chinese character each. A fact is in an
answer when its tokens are, in one run. Case, punctuation, white space, full-width forms, a
possessive 's and Traditional characters make no difference, nor does the way a number is
written: "five", "5" and "五" are one token, and so are "1.2 million", "1,200,000" and "120万".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from rag.text.language import to_simplified
from rag.text.numerals import (
    HAN,
    HAN_SCALES,
    LARGEST,
    NUMERAL,
    SCALES,
    WORDS,
    numeral_value,
    plain,
)

_UNITS = {word: value for word, value in WORDS.items() if value < 20}
_TENS = WORDS.keys() - _UNITS.keys()
_SCALES = {word: 10**power for word, power in SCALES.items()}

# CJK ideographs: the unified block with extension A, and the compatibility block.
_CHINESE = "\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"{NUMERAL}|\d+(?:\.\d+)?|[{HAN}]|%|[{_CHINESE}]|[^\W\d_{_CHINESE}]+")
_POSSESSIVE = re.compile(r"(?<=[^\W\d_])'s\b")
_PER_CENT = re.compile(r"per ?cent\b")
_PERCENT = re.compile(rf"百分之([\d.{HAN}]+)")
_WITHIN = re.compile(rf"(?<=\d),(?=\d{{3}}(?!\d))|(?<=\d) (?=[{''.join(HAN_SCALES)}])")
_AND = re.compile(r"\b(hundred|thousand|million|billion) and (?=[a-z])")


def contains_fact(answer: str, alternatives: Sequence[str]) -> bool:
    """Whether one of the alternatives of a fact is in the answer."""
    haystack = _joined(answer)
    return any(_joined(alternative) in haystack for alternative in alternatives)


def share_of_facts(answer: str, facts: Sequence[Sequence[str]]) -> float:
    """The share of the facts, one at least, of which one alternative is in the answer."""
    return sum(contains_fact(answer, fact) for fact in facts) / len(facts)


def tokens(text: str) -> list[str]:
    """The normalised tokens of a text, in order."""
    folded = unicodedata.normalize("NFKC", to_simplified(text)).casefold()
    folded = _POSSESSIVE.sub("", folded.replace("’", "'"))
    folded = _WITHIN.sub("", _PER_CENT.sub("%", folded))
    folded = _AND.sub(r"\1 ", _PERCENT.sub(r"\1%", folded))
    return _merge_numbers(_TOKEN.findall(folded))


def _joined(text: str) -> str:
    # The bars keep a token whole: "5" is not in "35", "art" not in "part".
    return "|" + "".join(f"{token}|" for token in tokens(text))


def _merge_numbers(found: Sequence[str]) -> list[str]:
    """Each run of number words becomes the number: ["twenty", "five", "%"] -> ["25", "%"]."""
    merged: list[str] = []
    total = current = Decimal(0)
    last = ""  # the last number token of the run, "" outside one
    for token in (*found, ""):
        value = _value(token)
        scale = _SCALES.get(token)
        if scale and last and (total + current) * scale < LARGEST:
            if scale == 100:
                current *= scale
            else:
                total, current = total + current * scale, Decimal(0)
            last = token
            continue
        if value is not None and last and _adds(last, token):
            current += value
            last = token
            continue
        if last:
            merged.append(plain(total + current))
            total = current = Decimal(0)
        last = token if value is not None else ""
        if value is not None:
            current = value
        elif token:
            merged.append(token)
    return merged


def _adds(last: str, token: str) -> bool:
    """Whether a number word goes on with the number before it ("twenty" "five")."""
    return (last in _TENS and _UNITS.get(token, 10) < 10) or (last in _SCALES and token in WORDS)


def _value(token: str) -> Decimal | None:
    if token in WORDS:
        return Decimal(WORDS[token])
    # A lone 百 or 万 is a part of a word.
    if not token or (len(token) == 1 and HAN_SCALES.get(token, 0) > 1):
        return None
    return numeral_value(token) if token[0].isdecimal() or token[0] in HAN else None
