"""Whether a fact stands in an answer, whichever way it is written.

A text becomes tokens: a Latin word, a number, or one Chinese character each. A fact is in an
answer when its tokens are, in one run. Case, punctuation, white space, full-width forms, a
possessive 's and Traditional characters make no difference, nor does the way a number is
written: "five", "5" and "五" are one token, and so are "1.2 million", "1,200,000" and "120万".
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from rag.text.language import to_simplified

_TO_NINETEEN = """zero one two three four five six seven eight nine ten eleven twelve thirteen
fourteen fifteen sixteen seventeen eighteen nineteen"""
_TO_NINETY = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: value for value, word in enumerate(_TO_NINETEEN.split())}
_TENS = {word: 10 * value for value, word in enumerate(_TO_NINETY.split(), 2)}
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE_SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10**4, "亿": 10**8}
_NUMERALS = "".join(_DIGITS) + "".join(_CHINESE_SCALES)

# CJK ideographs: the unified block with extension A, and the compatibility block.
_CHINESE = "\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    rf"\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|[{_NUMERALS}]+|%|[{_CHINESE}]|[^\W\d_{_CHINESE}]+"
)
# Only a zero has another digit after it in a number with scales (一百零五).
_TWO_DIGITS = re.compile("[一二三四五六七八九两][零一二三四五六七八九〇两]")
_POSSESSIVE = re.compile(r"(?<=[^\W\d_])'s\b")
_PER_CENT = re.compile(r"per ?cent\b")
_PERCENT = re.compile(rf"百分之([\d.{_NUMERALS}]+)")
_AND = re.compile(r"\b(hundred|thousand|million|billion) and (?=[a-z])")
# Beyond the largest figure anyone quotes; keeps "trillion trillion ..." from growing.
_LARGEST = Decimal(10**21)
_SMALL = {**_UNITS, **_TENS}


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
    folded = _PER_CENT.sub("%", folded)
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
        scale = _scale(token)
        if scale and last and (total + current) * scale < _LARGEST:
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
            merged.append(_plain(total + current))
            total = current = Decimal(0)
        last = token if value is not None else ""
        if value is not None:
            current = value
        elif token:
            merged.append(token)
    return merged


def _adds(last: str, token: str) -> bool:
    """Whether a number word goes on with the number before it ("twenty" "five")."""
    return (last in _TENS and _UNITS.get(token, 10) < 10) or (last in _SCALES and token in _SMALL)


def _value(token: str) -> Decimal | None:
    if not token:
        return None
    if token[0].isdecimal():
        return Decimal(token.replace(",", ""))
    if token in _SMALL:
        return Decimal(_SMALL[token])
    if token[0] in _NUMERALS and token[0] not in "万亿" and token not in ("百", "千"):
        return _chinese_value(token)
    return None


def _scale(token: str) -> int | None:
    """What a number before the token is multiplied by: "million", "万", "万亿"."""
    if token in _SCALES:
        return _SCALES[token]
    if 0 < len(token) <= 2 and all(char in _CHINESE_SCALES for char in token):
        return math.prod(_CHINESE_SCALES[char] for char in token)
    return None


def _chinese_value(numeral: str) -> Decimal | None:
    """二十五 -> 25, 一百零五 -> 105, 三万 -> 30000; 二〇三五, without scales, digit by digit.

    None for what is no one number: 十四五 (a plan's name), 五六十 ("fifty or sixty").
    """
    if not any(char in _CHINESE_SCALES for char in numeral):
        return Decimal("".join(str(_DIGITS[char]) for char in numeral))
    if _TWO_DIGITS.search(numeral):
        return None
    total = section = digit = 0
    for char in numeral:
        scale = _CHINESE_SCALES.get(char)
        if scale is None:
            digit = _DIGITS[char]
        elif scale >= 10_000:
            total, section, digit = (total + section + digit) * scale, 0, 0
        else:
            section, digit = section + (digit or 1) * scale, 0
    return Decimal(total + section + digit)


def _plain(number: Decimal) -> str:
    digits = f"{number:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
