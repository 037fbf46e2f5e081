"""The words and characters of numbers, in English and in Chinese (simplified)."""

from __future__ import annotations

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
