"""Spelling by the corpus's own words, and by a dictionary's for what the corpus does not say.

The dictionary is that of the package ``pyspellchecker``: 160,000 English words in American
spelling with how often each is used. It is read where it lies, the package's class is not needed.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract_iter

from rag.text.language import STOP_WORDS, terms

_BEGINS, _ENDS = r"(?<![\w&@'’./-])", r"(?![\w&@/]|['’.-]\w|:/)"
# In three letters a slip makes another word as easily: "bio" is near to "big".
_WORD = re.compile(rf"{_BEGINS}[A-Za-z]{{4,}}{_ENDS}")
_PAIR = re.compile(rf"{_BEGINS}(?=([A-Za-z]{{2,}} [A-Za-z]{{2,}}){_ENDS})")
# What the dictionary has fewer times may be a slip: "wich" 300 times, "which" 3 million.
_RARE = 1000
# In a shorter word two slips make another word as easily.
_LETTERS_FOR_TWO_SLIPS = 7
# A slip other than the likely ones counts as so many more, a word used ten times as often as so
# many fewer, a word of the corpus as if the dictionary had it so often more; where the next word
# costs hardly more, nobody can tell. Of 535 words of 120 questions of XQuAD, QMSum and the sets
# here, each with one slip, 431 are put right so, 12 become another word and 92 are left; of 1,618
# questions, many with slips of their own, 31 change, and 11 over a corpus that they are not about.
_UNLIKELY, _PER_POWER, _OWN, _MARGIN = 0.3, 0.25, 100_000, 0.3
# "rebranded", "nanomaterials" and "chatbot" are made of words that a dictionary has apart.
_PREFIX = re.compile(
    "(?:anti|bio|co|cyber|de|dis|eco|geo|micro|mis|multi|nano|neuro|non|over|pre|re|sub|tele|un)-?"
)
_LETTERS_OF_A_PART = 4
_DOUBLE = re.compile(r"(.)\1")
# "centre" and "rationalise" are no slips, but a corpus may have the other spelling only.
_VARIANTS = tuple(
    (re.compile(ending), other)
    for ending, other in (
        (r"is(e[ds]?|ing|ations?|ers?)$", r"iz\1"),
        (r"iz(e[ds]?|ing|ations?|ers?)$", r"is\1"),
        (r"(?<=\w{2})our(s|ed|ing|ite|ites|able)?$", r"or\1"),
        (r"(?<=\w{2})or(s|ed|ing|ite|ites|able)?$", r"our\1"),
        (r"(?<=\w{2}[bt])re(s?)$", r"er\1"),
        (r"(?<=\w{2}[bt])er(s?)$", r"re\1"),
        (r"gramme(s?)$", r"gram\1"),
        (r"gram(s?)$", r"gramme\1"),
        (r"ll(ed|ing|ers?)$", r"l\1"),
        (r"(?<=\w{3})l(ed|ing|ers?)$", r"ll\1"),
    )
)


class Speller:
    """Puts right the words of a question that neither the corpus nor a dictionary knows."""

    def __init__(self, counts: Mapping[str, int], names: Iterable[str] = ()) -> None:
        """``counts`` has how often the corpus says each word, in small letters."""
        self._counts = counts
        self._stems = _stems(counts)
        self._joined = {
            f"{one}{other}".casefold(): f"{one} {other}"
            for name in names
            for one, other in pairwise(name.split())
            if not {one.casefold(), other.casefold()} & STOP_WORDS
        }

    def correct(self, text: str) -> str:
        """The text with each misspelt English word replaced by the nearest that is a word.

        An abbreviation, a word that is near to no other, and one that is near to several alike
        are left as they are. A name of two words may be typed as one, and a word as two.
        """
        for found in reversed(list(_PAIR.finditer(text))):
            if (whole := self._whole(found[1])) != found[1]:
                text = text[: found.start(1)] + whole + text[found.end(1) :]
        return _WORD.sub(lambda found: self._corrected(found[0]), text)

    def variant(self, word: str) -> str:
        """The British or American spelling of a word that the corpus has; "" if none."""
        return next((v for v in _variants(word.casefold()) if v in self._counts), "")

    def _whole(self, pair: str) -> str:
        """Two words as the corpus's own that they were meant for: "hong kon", "shen zhen"."""
        parts = pair.casefold().split()
        small = "".join(parts)
        if all(part in self._counts or part in STOP_WORDS for part in parts):
            return pair
        if small in self._counts:
            return small.capitalize() if pair[0].isupper() else small
        near = [n for n in self._joined if n[0] == small[0] and OSA.distance(n, small) <= 1]
        return self._joined[near[0]] if len(near) == 1 else pair

    def _corrected(self, word: str) -> str:
        small = word.casefold()
        if word.isupper() or small in self._counts or small in STOP_WORDS:
            return word
        if small in self._joined:
            return self._joined[small]
        if self._is_word(small):
            nearest = self._frame_word(small)
        else:
            nearest = self._nearest(small, capital=word[0].isupper())
        return nearest.capitalize() if nearest and word[0].isupper() else nearest or word

    def _is_word(self, small: str) -> bool:
        known = dictionary()
        return (
            bool(_stems([small]) & self._stems)
            or small in known
            or any(variant in known or variant in self._counts for variant in _variants(small))
            or self._is_made_of_words(small)
        )

    def _is_made_of_words(self, small: str) -> bool:
        def is_part(text: str) -> bool:
            known = text in self._counts or text in _common_words()
            return len(text) >= _LETTERS_OF_A_PART and known

        stem = _PREFIX.match(small)
        return bool(stem and is_part(small[stem.end() :])) or any(
            is_part(small[:place]) and is_part(small[place:]) for place in range(len(small))
        )

    def _frame_word(self, small: str) -> str:
        """The word of a question's frame that a rare word is one letter short of: "wich"."""
        if dictionary().get(small, _RARE) >= _RARE:
            return ""
        near = [w for w in STOP_WORDS if len(w) > len(small) and OSA.distance(w, small) == 1]
        return near[0] if len(near) == 1 and near[0][0] == small[0] else ""

    def _nearest(self, small: str, *, capital: bool) -> str:
        """The one nearest word, the corpus's own before the dictionary's; "" if several are.

        A capital may begin a name that no dictionary has: only the corpus's words will do then.
        """
        two = len(small) >= _LETTERS_FOR_TWO_SLIPS and not capital
        sources = [(self._counts.keys(), 2 if two else 1), (self._joined.keys(), 1)]
        if not capital:
            sources.append((_common_words().keys(), 1))
        found = {
            word: distance + unlikely - self._usage(word)
            for words, slips in sources
            for word, distance, _ in extract_iter(
                small, words, scorer=OSA.distance, processor=None, score_cutoff=slips
            )
            # Hardly anyone gets the first letter wrong, unless two letters are swapped.
            if word[0] == small[0] or sorted(word) == sorted(small)
            if not (unlikely := _unlikely(small, word)) or self._is_own(word)
        }
        best, *others = sorted(found, key=lambda word: (found[word], word)) or [""]
        near = [o for o in others if found[o] < found[best] + _MARGIN]
        if any(_stems([o]) != _stems([best]) for o in near):
            return ""
        return self._joined.get(best, best)

    def _is_own(self, word: str) -> bool:
        return word in self._counts or word in self._joined

    def _usage(self, word: str) -> float:
        own = self._counts.get(word, int(word in self._joined))
        return _PER_POWER * math.log10(1 + dictionary().get(word, 0) + _OWN * own)


def _unlikely(typed: str, word: str) -> float:
    """What it costs more that a letter is wrong or too many, not left out, doubled or swapped."""
    likely = (
        len(typed) < len(word)
        or sorted(typed) == sorted(word)
        or _DOUBLE.sub(r"\1", typed) == _DOUBLE.sub(r"\1", word)
    )
    return 0 if likely else _UNLIKELY


@lru_cache(maxsize=1)
def dictionary() -> dict[str, int]:
    """English words in small letters and how often each is used."""
    packed = files("spellchecker") / "resources" / "en.json.gz"
    words: dict[str, int] = json.loads(gzip.decompress(packed.read_bytes()))
    return {word: count for word, count in words.items() if word.isalpha()}


@lru_cache(maxsize=1)
def _common_words() -> dict[str, int]:
    return {word: count for word, count in dictionary().items() if count >= _RARE}


def _variants(small: str) -> list[str]:
    return [v for ending, other in _VARIANTS if (v := ending.sub(other, small)) != small]


def _stems(words: Iterable[str]) -> set[str]:
    return {stem for word in words for stem in terms(word)}
