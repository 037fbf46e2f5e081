"""Which lines name a speaker.

A line that ends in a colon may be a speaker, a label (``Date:``) or part of a speech ("I
would like to make three points:"). What decides is the shape of the words before the colon.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.text.data_file import any_of, data_lines, data_table
from rag.text.dictionary import common_words, dictionary, is_person
from rag.text.language import CHINESE_RUN, STOP_WORDS, to_simplified
from rag.text.sentences import HONORIFIC

_WORDS = data_table("rag.transcripts.labels", "words.toml")


def _set(kind: str) -> frozenset[str]:
    return frozenset(_WORDS[kind].split())


_PARTICLES = _set("within_name")


def _any(*kinds: str) -> str:
    return any_of(" ".join(_WORDS[kind] for kind in kinds))


_IN_LABEL = _any("outlet", "outlet_in_label")
_LATIN_OUTLET = re.compile(rf"\b(?:{_IN_LABEL})\b|\.(?:{_any('address')})$", re.IGNORECASE)
_HAN_OUTLET = re.compile(
    rf"(?:{_any('outlet_chinese', 'outlet_in_label_chinese')})$|记者|^问$", re.IGNORECASE
)
_OUTLET_NAME = re.compile(rf"(?:the )?(?:{_any('outlet_name')})(?:\s?[(（].*)?", re.IGNORECASE)
_OUTLET_BEHIND = re.compile(
    rf"\b(?:{_any('outlet', 'outlet_in_title')})$"
    rf"|(?:{_any('outlet_chinese', 'outlet_in_title_chinese')})$",
    re.IGNORECASE,
)
_OFFICE_WITHIN = re.compile(rf"\b(?:{_any('press_office')})\b", re.IGNORECASE)
_OF_PRESS = re.compile(rf"\b(?:{_IN_LABEL})\s(?:{_any('press_office')})\b", re.IGNORECASE)
_GENERIC_REPORTERS = _set("reporter")
GENERIC_MODERATORS = _set("moderator")
GENERIC_OFFICIALS = _set("official")
_GENERIC = _GENERIC_REPORTERS | GENERIC_MODERATORS | GENERIC_OFFICIALS
_NUMBER_OR_NOTE = re.compile(
    r"(?:\s?[\d一二三四五六七八九十]{1,2}\.?)?(?:\s?[(（][^()（）]{1,40}[)）])?$"
)
_OFFICE_ALONE = re.compile(
    rf"(?:(?:{any_of(_WORDS['before_office'])})\s){{0,3}}(?:{any_of(_WORDS['office'])})\b",
    re.IGNORECASE,
)
_FUNCTION_WORDS = STOP_WORDS - _set("begins_name")
_HAN_SPEECH = re.compile(any_of(_WORDS["speech_chinese"]))
# What ends a clause, or is said to somebody.
_NO_HAN_LABEL = re.compile(
    rf"[,，。;；?？!！“”\"<>]|^(?:{any_of(_WORDS['address_to_chinese'])})|们$"
)
_NO_LATIN_LABEL = ';?!"“”<>=[]{}'
_HAN_OFFICE = re.compile(rf"(?:{any_of(_WORDS['office_chinese'])})$")
_HAN_LONG_NAME = re.compile(r"[^\s、]{2,8}[·•][^\s、]{1,12}")
_STOP_WITHIN = re.compile(r"\w{5,}\.\s|\d\.\s")  # no abbreviation (``Capt.``) is as long


class Label(NamedTuple):
    """A speaker line: the name, the title given with it, and whether its shape suffices.

    One that is not ``certain`` needs more: a name met elsewhere, twice, or before a question.
    """

    speaker: str
    title: str = ""
    certain: bool = True


def read_speaker(label: str) -> Label | None:
    """The speaker that the words before a colon name when they have a line to themselves."""
    if generic_part(label):
        return Label(label)
    if not label or label.casefold() in _HEADS:
        return None
    if is_han(label):
        return _read_han(label)
    return _read_latin(label) if len(label) <= 80 else None


def is_han(words: str) -> bool:
    """Whether words have Chinese characters in them."""
    return CHINESE_RUN.search(words) is not None


def name_key(name: str) -> str:
    """What two spellings of one name share: case and honorific, nothing that is guessed."""
    return HONORIFIC.sub("", name).casefold()


def generic_part(label: str) -> str:
    """The part in the event that a label names in place of a person, or "".

    In lower case, without a number and a note in brackets: ``q`` for ``Q3``, ``reporter`` for
    ``Reporter (in Cantonese)``.
    """
    part = _simplified(_NUMBER_OR_NOTE.sub("", label, count=1).casefold())
    if part in _GENERIC or not is_han(part):
        return part if part in _GENERIC else ""
    halves = re.split(r"\s?[/／|]\s?|\s(?=[a-z]+$)", part)  # ``记者 Reporter``
    return halves[0] if len(halves) == 2 and _GENERIC.issuperset(halves) else ""


def heads_no_speech(words: str) -> bool:
    """Whether a word before a colon is known to head a note or a list and to name nobody."""
    return _simplified(words).casefold() in _HEADS


def says_something(words: str) -> bool:
    """Whether Chinese words before a colon are part of a sentence and no name."""
    plain = _simplified(words)
    return heads_no_speech(words) or any(f.search(plain) for f in (_HAN_SPEECH, _NO_HAN_LABEL))


def is_latin_name(words: str) -> bool:
    """Whether every word of a label could stand in a name: capitals, particles, numbers."""
    return all(map(_is_name_word, words.split()))


def is_title_of_office(label: Label) -> bool:
    """Whether a label names an office, alone or beside the name, or an outlet."""
    named = label.speaker
    office = is_office(named) or _HAN_OFFICE.search(_simplified(named))
    return bool(office) or is_reporter(label)


def is_office(name: str) -> bool:
    """Whether a speaker is named by office alone (``Secretary for Development``)."""
    return _OFFICE_ALONE.match(name) is not None


def is_reporter(label: Label) -> bool:
    """Whether a speaker line names a reporter or the outlet of one."""
    if part := generic_part(label.speaker):
        return part in _GENERIC_REPORTERS
    return is_outlet(label.speaker) or _works_for_outlet(label.title)


def _works_for_outlet(title: str) -> bool:
    """Whether what stands beside a name is an outlet, and no office of the press."""
    plain = _simplified(title)
    if _OFFICE_WITHIN.search(plain):
        return False
    return bool(_OUTLET_NAME.fullmatch(plain) or _OUTLET_BEHIND.search(plain))


def is_outlet(name: str) -> bool:
    """Whether a speaker's name is that of a news outlet or says that they report for one."""
    if is_han(name):
        return _HAN_OUTLET.search(_simplified(name)) is not None
    named = _OUTLET_NAME.fullmatch(name) or _LATIN_OUTLET.search(name)
    return bool(named) and not _OF_PRESS.search(name)


def _read_latin(label: str) -> Label | None:
    name = label if label.isupper() else HONORIFIC.sub("", label)
    words = name.split()
    outlet = is_outlet(label)
    marked = any(mark in name for mark in _NO_LATIN_LABEL) or ("," in name and not is_office(name))
    if not words or len(words) > 9 or marked or _STOP_WITHIN.search(name):
        return None
    if not all(map(_is_name_word, words)) or not name[0].isalnum():
        return None
    if outlet:
        return Label(name)
    first = words[0].casefold()
    if name.isdigit() or first in _PARTICLES - {"the"}:
        return None
    begins = first in _HEADS or first in _FUNCTION_WORDS
    heading = begins or (_is_plain(words) and not is_office(name))
    alone = len(words) == 1 and name == label and not (name.isupper() and len(name) <= 8)
    return Label(name, "", certain=not heading and not alone)


def _is_plain(words: Sequence[str]) -> bool:
    """Whether three words or more, as of a heading, are all in the dictionary and no names; of two
    some are: ``Tom White``."""
    if len(words) < 3 or words[0].casefold() == "the" or "".join(words).isupper():
        return False
    return all(
        word.casefold() in _PARTICLES or word.casefold() in common_words() or not word.isalpha()
        for word in words
    )


def _is_name_word(word: str) -> bool:
    plain = word.lstrip("('‘’-")
    return (
        word.casefold() in _PARTICLES
        or plain[:1].isupper()
        or (plain[1:2] in ("'", "’") and plain[2:3].isupper())  # d'Entremont
        or (plain[:1].isdigit() and len(plain) <= 5)
        or ("." in plain[1:-1] and is_outlet(plain))  # thepaper.cn
    )


def _read_han(label: str) -> Label | None:
    plain = _simplified(label)
    if len(label) > 60 or plain in _HEADS or _NO_HAN_LABEL.search(plain):
        return None
    name, title = _split_title(label)
    if not title and len(label) <= 20 and is_outlet(label):
        return Label(label)
    if _HAN_SPEECH.search(_simplified(name)):
        return None
    office = len(label) <= 20 and _HAN_OFFICE.search(plain)
    if title or office or _is_han_name(name) or _HAN_LONG_NAME.fullmatch(name):
        return Label(name, title)
    # ``一、投资`` heads a point.
    return Label(label, "", certain=False) if 2 <= len(label) <= 4 and "、" not in label else None


def _split_title(label: str) -> tuple[str, str]:
    """Name and title of ``国务院新闻办公室新闻局副局长、新闻发言人 邢慧娜``; title "" if unsure."""
    if is_outlet(label) and not re.search(r"记者\s?\S{2,4}$", _simplified(label)):
        return label, ""
    head, separator, tail = label.rpartition(" " if " " in label else "、")
    named = _is_han_name(tail) or (_has_office(head) and 2 <= len(tail) <= 4)
    headed = separator and any(map(str.isalpha, head))  # "2. 周末" is a point of a list
    if headed and named and not _has_office(tail):
        return tail, head.strip("、 ")
    for length in (3, 2, 4):
        head, tail = label[:-length], label[-length:]
        if _has_office(head) and _is_han_name(tail):
            return tail, head
    return label, ""


def _has_office(words: str) -> bool:
    return _HAN_OFFICE.search(_simplified(words)) is not None


def _is_han_name(words: str) -> bool:
    """Whether words are a surname and one or two characters more, and no word of another kind:
    most of those that begin like a surname are in the dictionary."""
    plain = _simplified(words)
    given = len(plain) - (2 if plain[:2] in _SURNAMES else 1)
    if not 1 <= given <= 2 or not {plain[:1], plain[:2]} & _SURNAMES or not plain.isalpha():
        return False
    return plain not in dictionary() or is_person(plain)


def _words_of(name: str) -> frozenset[str]:
    return frozenset(" ".join(data_lines("rag.transcripts.labels", name)).split())


_SURNAMES = _words_of("surnames.txt")
# Words that head notes and lists and name nobody: Chinese ones in Simplified characters.
_HEADS = _words_of("heads.txt")


@lru_cache(maxsize=4096)
def _simplified(words: str) -> str:
    return to_simplified(words)
