"""The words and characters of numbers, in English and in Chinese (simplified)."""

from __future__ import annotations

import re
from decimal import Decimal

from rag.text.data_file import data_table

_WORDS = data_table("rag.text", "numbers.toml")

# The value of each word to ninety, and the powers of ten of those that multiply.
WORDS: dict[str, int] = {word: n for n, word in enumerate(_WORDS["to_nineteen"].split())} | {
    word: 10 * n for n, word in enumerate(_WORDS["to_ninety"].split(), 2)
}
SCALES: dict[str, int] = _WORDS["scales"]
# What each part of a whole is divided by.
PARTS: dict[str, int] = _WORDS["parts"]
ORDINALS: tuple[str, ...] = tuple(_WORDS["ordinals"].split())

HAN_DIGITS = {char: str(n) for n, char in enumerate(_WORDS["to_nine_chinese"].split())} | {
    "〇": "0",
    "两": "2",
}
HAN_SCALES: dict[str, int] = _WORDS["scales_chinese"]
HAN = "".join((*HAN_DIGITS, *HAN_SCALES))
# A lone numeral is one before what it counts.
COUNTED: str = _WORDS["counted_chinese"]

# Beyond the largest figure anyone quotes; keeps "trillion trillion ..." from growing.
LARGEST = Decimal(10) ** 21

_PART, _POWERS = r"\d+(?:\.\d+)?", f"[{''.join(HAN_SCALES)}]+"
# A numeral of two characters or more, for a pattern: 三百, 120万, 1万2600, but not 3亿2025年.
NUMERAL = rf"{_PART}{_POWERS}(?:零?{_PART}{_POWERS})*(?:零?\d+(?![\d年]))?|[{HAN}]{{2,}}"
# Only a zero has another digit after it in a number with scales (一百零五).
_TWO_DIGITS = re.compile("[一二三四五六七八九两][零一二三四五六七八九〇两]")
# Longer ones are nobody's figures, and would take a time that grows with the square.
_LONGEST = 30


def numeral_value(numeral: str) -> Decimal | None:
    """三百五 -> 350, 41.5万 -> 415000, 三亿五千万 -> 350000000; 二〇三五 by its digits.

    None for what is no one number: 十四五 (a plan's name), 五六十 ("fifty or sixty"), or beyond
    LARGEST.
    """
    is_scaled = any(char in HAN_SCALES for char in numeral)
    if len(numeral) > _LONGEST or (is_scaled and _TWO_DIGITS.search(numeral)):
        return None
    value = _value(numeral, 0)
    return value if value <= LARGEST else None


def plain(number: Decimal) -> str:
    """A number in digits alone, without zeros at the end of its decimals: 3.020 -> 3.02."""
    digits = f"{number:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _value(numeral: str, nothing: int) -> Decimal:
    """What stands before the largest power of ten, times it, and what stands behind it."""
    if not numeral:
        return Decimal(nothing)
    power = max(HAN_SCALES.get(char, 0) for char in numeral)
    if not power:
        return Decimal("".join(HAN_DIGITS.get(char, char) for char in numeral))
    at = max(n for n, char in enumerate(numeral) if HAN_SCALES.get(char) == power)
    rest = numeral[at + 1 :]
    # 两万五 is 25,000: one digit alone is of the next power, from the hundreds on.
    below = power - 1 if power > 1 and len(rest) == 1 else 0
    scale, of_rest = Decimal(10) ** power, Decimal(10) ** below
    return _value(numeral[:at], 1) * scale + _value(rest, 0) * of_rest
