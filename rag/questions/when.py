"""What "last year" and "in March" mean, given the day on which they were said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rag.text.days import MONTHS
from rag.text.dictionary import segment
from rag.text.language import CHINESE_RUN, to_simplified
from rag.text.numerals import HAN, HAN_DIGITS, SCALES, WORDS
from rag.text.tense import DONE, PLANNED
from rag.types import Language

_NUMBERS = {word: int(n) for word, n in (WORDS | HAN_DIGITS).items() if 0 < int(n) <= 12}
_NUMBERS |= {"十": 10, "十一": 11, "十二": 12, "兩": 2, "a decade": 10, "decade": 10}
_YEARS_OFF = {
    "last": -1, "this": 0, "next": 1, "去": -1, "今": 0, "明": 1, "前": -2, "后": 2, "後": 2,
}  # fmt: skip
_NUMBER = rf"\d{{1,2}}|{'|'.join(_NUMBERS)}"
_MONTH = "|".join(MONTHS)
# What is longer than a number here (thirty-five, 105, 二十) is none of ours, nor is its end.
_LONGER = rf"(?:{'|'.join((*WORDS, *SCALES))})(?:\s+and)?[\s-]+"
_CHINESE_NUMBER = r"\d{1,2}|十[一二]?|[一二三四五六七八九两兩]"
_BORDER = rf"(?<![\d.{HAN}零○數数几幾])(?<!\d,)"
_TIMES = re.compile(
    rf"\b(?P<off>last|this|next)\s+year\b"
    rf"|\b(?:(?P<which>last|this|next)|in|since|on)\s+(?P<month>{_MONTH})\b"
    rf"(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,?\s+(?P<of>last|this|next)\s+year\b)?"
    rf"|\b(?P<toward>next|coming|past|last)\s+(?P<low>{_NUMBER})(?:\s+(?:to|or)\s+(?P<high>{_NUMBER}))?"
    rf"(?:\s+years|(?<=decade))\b"
    rf"|(?<![\w.,-])(?P<longer>{_LONGER})?(?P<ago>{_NUMBER})\s+years\s+ago\b"
    rf"|(?P<zh_off>[去今明])年(?:(?P<zh_month>{_CHINESE_NUMBER})月)?|(?<!\w)(?P<zh_far>[前后後])年"
    rf"|(?P<zh_toward>未来|未來|今后|今後|过去|過去)(?P<zh_low>{_CHINESE_NUMBER})"
    rf"(?:[至到](?P<zh_high>{_CHINESE_NUMBER}))?年"
    rf"|{_BORDER}(?P<zh_ago>{_CHINESE_NUMBER})年前(?![后後半{HAN}\d])",
    re.IGNORECASE,
)
# A sentence that tells a year itself, or speaks of one, may mean that with its month.
_OTHER_YEAR = re.compile(r"\b\d{4}\b|['’]\d\d\b|\byear\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?;。！？；]")
# As many characters on each side are read for whether a sentence looks ahead.
_AROUND = 400


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """Words that tell a time from the day they are said on, and the time that is meant.

    ``first`` to ``last`` are the years meant, ``latest`` the last that may be meant ("the next
    five to 10 years"), ``month`` the month or 0.
    """

    words: str
    first: int
    last: int
    latest: int
    month: int = 0


def time_expressions(quote: str, said_on: date) -> Iterator[TimeExpression]:
    """The times that a quote tells relative to the day on which it was said, in order.

    A month alone is the last one before that day, or the next where its sentence looks ahead; where
    that cannot be told it is left out, as is whatever may be a part of another word or number.
    """
    for found in _TIMES.finditer(quote):
        name = "zh_off" if found["zh_off"] else "zh_far"
        ends = {found.start(name), found.end(name) + 1}
        if not found[name] or ends <= _word_borders(quote):
            yield from _expression(found, quote, said_on)


def time_note(quote: str, said_on: date | None, language: Language) -> str:
    """What the quote's time expressions mean, for a reader of that language; "" if it has none."""
    if said_on is None:
        return ""
    meant = {x.words: _written(x, language) for x in time_expressions(quote, said_on)}
    if language == "en":
        return "; ".join(f"“{words}”: {time}" for words, time in meant.items())
    quoted = "“{}”指{}" if language == "zh-Hans" else "「{}」指{}"
    return "；".join(quoted.format(words, time) for words, time in meant.items())


def _expression(found: re.Match[str], quote: str, said_on: date) -> Iterator[TimeExpression]:
    words, year = found[0], said_on.year
    if off := found["off"] or found["zh_off"] or found["zh_far"]:
        meant = year + _YEARS_OFF[off.casefold()]
        month = _number(found["zh_month"]) if found["zh_month"] else 0
        yield TimeExpression(words, meant, meant, meant, month)
    elif name := found["month"]:
        month = MONTHS.index(name.capitalize()) + 1
        if told := _year_of(month, found, quote, said_on):
            yield TimeExpression(words, told, told, told, month)
    elif toward := found["toward"] or found["zh_toward"]:
        low = _number(found["low"] or found["zh_low"])
        high = _number(found["high"] or found["zh_high"] or str(low))
        if toward.casefold() in ("past", "last", "过去", "過去"):
            yield TimeExpression(words, year - high, year, year)
        else:
            yield TimeExpression(words, year, year + low, year + high)
    elif found["longer"]:
        return
    elif ago := found["ago"] or found["zh_ago"]:
        meant = year - _number(ago)
        yield TimeExpression(words, meant, meant, meant)


def _year_of(month: int, found: re.Match[str], quote: str, said_on: date) -> int | None:
    if of := found["of"]:
        return said_on.year + _YEARS_OFF[of.casefold()]
    which = (found["which"] or "").casefold()
    start, end = found.span()
    before, after = quote[max(0, start - _AROUND) : start], quote[end : end + _AROUND]
    sentence = _SENTENCE_END.split(before)[-1] + found[0] + _SENTENCE_END.split(after)[0]
    if _OTHER_YEAR.search(sentence):
        return None
    coming, gone = PLANNED.search(sentence), DONE.search(sentence)
    if which == "this":
        return said_on.year
    if which == "next" or (not which and coming and not gone):
        return said_on.year + (month < said_on.month)
    if which == "last" or (gone and not coming):
        return said_on.year - (month > said_on.month)
    return None


def _word_borders(quote: str) -> set[int]:
    """Where the Chinese words of a quote begin and end: 数据表明年均增长 has no 明年."""
    borders: set[int] = set()
    for run in CHINESE_RUN.finditer(quote):
        place = run.start()
        borders.add(place)
        for word in segment(to_simplified(run[0])):
            place += len(word)
            borders.add(place)
    return borders


def _number(word: str) -> int:
    return _NUMBERS.get(word.casefold()) or int(word)


def _written(time: TimeExpression, language: Language) -> str:
    if language == "en":
        if time.month:
            return f"{MONTHS[time.month - 1]} {time.first}"
        until = f"{time.last} or {time.latest}" if time.latest != time.last else str(time.last)
        return f"{time.first} to {until}" if time.first != time.last else str(time.first)
    if time.month:
        return f"{time.first}年{time.month}月"
    until = f"{time.last}或{time.latest}" if time.latest != time.last else str(time.last)
    return f"{time.first}至{until}年" if time.first != time.last else f"{time.first}年"
