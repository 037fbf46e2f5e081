"""Texts with every quantity in one form, ``«value:unit»``, whether in English or in Chinese.

A text is folded and rewritten step by step: number words and Chinese numerals into digits, dates
and shares into marks, and at last each number with the unit beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from rag.text.data_file import data_lines
from rag.text.days import MONTHS, WEEKDAYS
from rag.text.language import to_simplified
from rag.text.numerals import (
    COUNTED,
    HAN,
    HAN_DIGITS,
    HAN_SCALES,
    LARGEST,
    NUMERAL,
    ORDINALS,
    PARTS,
    SCALES,
    WORDS,
    numeral_value,
    plain,
)

QUANTITY = re.compile(r"«(-?[\d.]+):([^»]*)»")


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit of measure is written after a number (``pattern``) and before it (``symbols``).

    Units of one ``dimension`` can be converted by their ``size``; "" and 0 where none is given.
    """

    name: str
    pattern: str
    symbols: tuple[str, ...]
    dimension: str
    size: float


def _unit(line: str) -> Unit:
    name, pattern, symbols, dimension, size = (*line.split("\t"), "", "", "")[:5]
    return Unit(name, pattern, tuple(symbols.split()), dimension, float(size or 0))


UNITS = {unit.name: unit for unit in map(_unit, data_lines("rag.verification", "units.tsv"))}

_SCALES = {**SCALES, "bn": SCALES["billion"]}
# A power, or the mark of a note, which NFKC would make a part of the figure: 10⁶ is not 106.
_RAISED = re.compile(r"(?<=\d)(?=[⁰¹²³⁴-⁹])")
# The month of May stands before a figure; the verb does not.
_MONTHS = tuple(r"may(?=\s\d)" if name == "May" else name.lower() for name in MONTHS)
_HAN_WEEKDAYS = "一 二 三 四 五 六 [日天]".split()

Rewrite = str | Callable[[re.Match[str]], str]


def in_digits(text: str) -> str:
    """The text folded (NFKC, case, Simplified characters), each quantity as ``«value:unit»``.

    Months are «3:month», weekdays «1:weekday», ordinals «1:ordinal», "next few weeks" is
    «-1:few weeks», "last year" «-1:year relative», "half" «50:%». A bare count has no unit; letters
    behind a number that are none stand for one, as in "5x" «5:“x”».
    """
    apart = _RAISED.sub("^", text)
    folded = unicodedata.normalize("NFKC", to_simplified(apart)).casefold()
    folded = "".join(str(unicodedata.decimal(char, char)) for char in folded)
    for pattern, rewrite in _REWRITES:
        folded = pattern.sub(rewrite, folded)
    return folded


def _english_number(match: re.Match[str]) -> str:
    """ "three hundred and five", "7.7 million" -> digits."""
    total = current = Decimal(0)
    for word in re.findall(r"\d+(?:\.\d+)?|[a-z]+", match[0]):
        if word == "hundred":
            current = (current or Decimal(1)) * 100
        elif word in _SCALES:
            total, current = total + (current or 1) * 10 ** _SCALES[word], Decimal(0)
        elif word not in ("and", "a"):
            current += WORDS[word] if word in WORDS else Decimal(word)
        if total + current > LARGEST:
            return match[0]
    return plain(total + current)


def _chinese_number(match: re.Match[str]) -> str:
    """三百, 二〇二三, 41.5万 -> digits; 十四五, which is no one number, is a figure of its own."""
    numeral = match[0]
    value = numeral_value(numeral)
    if value is None:
        row = "".join(HAN_DIGITS.get(char, "") for char in numeral)
        return f"«{row}:“{numeral}”»" if 0 < len(row) < len(numeral) <= 4 else numeral
    apart = " " if match.string[match.end() :][:1].isdecimal() else ""
    # The digits of a year or a number: the zeros before them stay.
    zeros = 0 if set(numeral) & HAN_SCALES.keys() else len(numeral)
    return plain(value).zfill(zeros) + apart


def _share(match: re.Match[str]) -> str:
    return f"{plain(round(Decimal(100) * int(match[2]) / int(match[1]), 1))}%"


def _english_share(match: re.Match[str]) -> str:
    return f"{plain(round(Decimal(100) * int(match[1]) / PARTS[match[2]], 1))}%"


def _with_unit(match: re.Match[str]) -> str:
    if match["value"] is None:
        return match[0]  # a mark already
    written = match["unit"] or ""
    unit = next((u.name for u in UNITS.values() if re.fullmatch(u.pattern, written)), "")
    if written == "年" and len(match["value"]) == 4:
        unit = ""  # the year 2008, not 2008 years
    unit = next((u.name for u in UNITS.values() if match["symbol"] in u.symbols), unit)
    if match["other"]:
        unit = f"“{match['other']}”"
    return f"«{match['value']}:{unit}»"


def _number_rewrites() -> Iterator[tuple[str, Rewrite]]:
    """Number words and numerals into digits."""
    words = "|".join((*WORDS, *_SCALES))
    scales, after_scale = "|".join(_SCALES), "|".join(f"(?<={scale})" for scale in _SCALES)
    yield "[«»]", " "
    # So long a row of digits is no number, and read as one each of its digits would begin another.
    yield r"\d{31,}", lambda m: f"«{m[0][:24]}:row»"
    yield r"(?<=\d),(?=\d{3})", ""
    yield r"per ?cent\b", "%"
    yield rf"百分之([\d.{HAN}点]+)", r"\1%"
    weekdays = zip(map(str.lower, WEEKDAYS), _HAN_WEEKDAYS, strict=True)
    yield from _marks((rf"\b{en}s?\b|(?:周|星期|礼拜){zh}" for en, zh in weekdays), "weekday")
    yield rf"(?<=[{HAN}])点(?=[{HAN}])", "."
    yield rf"(?<=\d) (?=[{''.join(HAN_SCALES)}])", ""
    yield (
        rf"{NUMERAL}|(?<=[第之.比])[{HAN}]|"
        rf"[{HAN[1:]}](?=[{COUNTED}]|分之|[.][{HAN}])",
        _chinese_number,
    )
    # The code of a currency (ISO 4217): "RMB5bn".
    yield r"\b([a-z]{3})(?=\d)", r"\1 "
    yield r"([$£€¥]\d+(?:\.\d+)?)m\b", r"\1 million"
    yield r"(?<=\d)k\b", " thousand"
    yield r"(?<=\d)(?=bn\b|[a-z]{4})", " "
    yield (
        rf"\b(?:\d+(?:\.\d+)? |a (?={scales}))?(?:{words})\b"
        rf"(?:(?:[ -]|(?:{after_scale}) and )(?:{words})\b)*",
        _english_number,
    )
    yield r"\b([1-9]\d{0,5})分之(\d{1,6})", _share
    yield r"(?<![\d.])([1-9])成(?![员功果])", r"\g<1>0%"
    yield r"\bhalf\b|一半", "50%"
    parts = "|".join(PARTS)
    yield rf"(?<=\bover|\bthan) a (?=(?:{parts})\b)|\ba (?=(?:{parts}) of\b)", " 1 "
    yield rf"\b([1-9])[ -]({parts})s?\b", _english_share


def _date_rewrites() -> Iterator[tuple[str, Rewrite]]:
    """Ordinals, months, and what the file has: seasons, rates, times told from a day."""
    yield from _marks((rf"\b{word}\b(?!-year|-hand)" for word in ORDINALS), "ordinal")
    yield from _marks((rf"\b{name}\b" for name in _MONTHS), "month")
    for line in data_lines("rag.verification", "marks.tsv"):
        pattern, _, mark = line.partition("\t")
        yield pattern, mark


def _unit_rewrites() -> Iterator[tuple[str, Rewrite]]:
    units = "|".join(unit.pattern for unit in UNITS.values())
    symbols = "|".join(re.escape(each) for unit in UNITS.values() for each in unit.symbols)
    yield (
        rf"«[^»]*»|(?:(?P<symbol>{symbols}) ?)?(?<![a-z\d.])(?P<value>\d+(?:\.\d+)?)"
        rf"(?:(?:[ -]?(?P<unit>{units}))?(?!\d|[a-rt-z])|(?P<other>[a-z][a-z\d]*))",
        _with_unit,
    )
    # "Five to ten years": the first number has the unit of the second.
    measures = "|".join(re.escape(name) for name in UNITS if name != "ordinal")
    yield (
        rf"«([\d.]+):»( ?(?:to|or|and|[至到–-]) ?«[\d.]+:({measures})»)",
        r"«\1:\3»\2",
    )


def _marks(patterns: Iterable[str], unit: str) -> Iterator[tuple[str, Rewrite]]:
    """Each pattern into its number (1-based) as a quantity of the unit."""
    for value, pattern in enumerate(patterns, 1):
        yield pattern, f"«{value}:{unit}»"


# ASCII: between a Chinese character and an English word is the edge of a word.
_REWRITES = tuple(
    (re.compile(pattern, re.ASCII), rewrite)
    for rewrites in (_number_rewrites(), _date_rewrites(), _unit_rewrites())
    for pattern, rewrite in rewrites
)
