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

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract_iter

from rag.text.language import STOP_WORDS, terms

_WORD = re.compile(r"(?<![\w&@'’./-])[A-Za-z]{3,}(?![\w&@/]|['’.-]\w|:/)")
# What the dictionary has fewer times may be a slip: "wat" 680 times, "what" 3 million.
_RARE = 1000
# A slip in a shorter word makes another word as easily.
_LETTERS_FOR_TWO_SLIPS = 7
# A wrong letter counts as so many slips more, a word used ten times as often as so many fewer,
# a word of the corpus as if the dictionary had it so often more; where the next word costs hardly
# more, nobody can tell. Of 1,200 words of XQuAD with one random slip 90% are put right so, 3%
# become another word and 2% are left; of its 1,190 questions 27 change, all but 3 for the better.
_WRONG_LETTER, _PER_POWER, _OWN, _MARGIN = 0.3, 0.25, 100_000, 0.05
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

    def __init__(self, counts: Mapping[str, int]) -> None:
        """``counts`` has how often the corpus says each word, in small letters."""
        self._counts = counts
        self._stems = _stems(counts)

    def correct(self, text: str) -> str:
        """The text with each misspelt English word replaced by the nearest that is a word.

        An abbreviation, a word that is near to no other, and one that is near to several alike
        are left as they are.
        """
        return _WORD.sub(lambda found: self._corrected(found[0]), text)

    def variant(self, word: str) -> str:
        """The British or American spelling of a word that the corpus has; "" if none."""
        return next((v for v in _variants(word.casefold()) if v in self._counts), "")

    def _corrected(self, word: str) -> str:
        small = word.casefold()
        if word.isupper() or small in self._counts or small in STOP_WORDS:
            return word
        if self._is_word(small):
            nearest = self._frame_word(small)
        else:
            nearest = self._nearest(small, capital=word[0].isupper())
        if not nearest:
            return word
        return nearest.capitalize() if word[0].isupper() else nearest

    def _is_word(self, small: str) -> bool:
        known = dictionary()
        return (
            bool(_stems([small]) & self._stems)
            or small in known
            or any(variant in known or variant in self._counts for variant in _variants(small))
        )

    def _frame_word(self, small: str) -> str:
        """The word of a question's frame that a rare word is one letter short of: "wat"."""
        if dictionary().get(small, _RARE) >= _RARE:
            return ""
        near = [w for w in STOP_WORDS if len(w) > len(small) and OSA.distance(w, small) == 1]
        return near[0] if len(near) == 1 and near[0][0] == small[0] else ""

    def _nearest(self, small: str, *, capital: bool) -> str:
        """The one nearest word, the corpus's own before the dictionary's; "" if several are.

        A capital may begin a name that no dictionary has: only the corpus's words will do then.
        """
        slips = 2 if len(small) >= _LETTERS_FOR_TWO_SLIPS else 1
        found = {
            word: _cost(small, word, int(distance)) - self._usage(word)
            for words in (self._counts, {} if capital else _common_words())
            for word, distance, _ in extract_iter(
                small, words.keys(), scorer=OSA.distance, processor=None, score_cutoff=slips
            )
            # Hardly anyone gets the first letter wrong, unless two letters are swapped.
            if word[0] == small[0] or sorted(word) == sorted(small)
        }
        best, *others = sorted(found, key=lambda word: (found[word], word)) or [""]
        near = [o for o in others if found[o] < found[best] + _MARGIN]
        return best if all(_stems([o]) == _stems([best]) for o in near) else ""

    def _usage(self, word: str) -> float:
        count = dictionary().get(word, 0) + _OWN * self._counts.get(word, 0)
        return _PER_POWER * math.log10(1 + count)


def _cost(typed: str, word: str, distance: int) -> float:
    """A letter left out, doubled or swapped is likelier than a wrong one."""
    wrong = len(typed) == len(word) and sorted(typed) != sorted(word)
    return distance + (_WRONG_LETTER if wrong else 0)


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
