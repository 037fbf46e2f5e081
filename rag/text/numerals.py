"""The words and characters of numbers, in English and in Chinese (simplified)."""

from __future__ import annotations

_TO_NINETEEN = """zero one two three four five six seven eight nine ten eleven twelve thirteen
fourteen fifteen sixteen seventeen eighteen nineteen"""
_TO_NINETY = "twenty thirty forty fifty sixty seventy eighty ninety"
# The value of each word to ninety, and the powers of ten of those that multiply.
WORDS = {word: value for value, word in enumerate(_TO_NINETEEN.split())} | {
    word: 10 * value for value, word in enumerate(_TO_NINETY.split(), 2)
}
SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
# What each part of a whole is divided by.
PARTS = {"third": 3, "fourth": 4, "quarter": 4, "fifth": 5, "tenth": 10}

HAN_DIGITS = {char: str(n) for n, char in enumerate("零一二三四五六七八九")} | {
    "〇": "0",
    "两": "2",
}
HAN_SCALES = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}
HAN = "".join((*HAN_DIGITS, *HAN_SCALES))
