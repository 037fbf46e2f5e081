"""Abbreviations learnt from the text: what is defined in it, and what its long names spell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

# "innovation and technology (I&T)", "I&T (innovation and technology)"
_BRACKETED = re.compile(r"[(（]\s*[\"“]?([^()（）\n]{2,120}?)[\"”]?\s*[)）]")
# How many characters before a bracket are looked at.
_BEFORE = 160
SHORT = re.compile(r"\b(?=(?:[a-z&]*[A-Z]){2})[A-Za-z](?:&?[A-Za-z]){1,7}\b")
_SMALL = frozenset("of and the for in on to de".split())
# Two letters are the initials of too many names: "II" of "Islam and Islamism".
_MIN_LETTERS_SPELT = 3
# "Hong Kong Special Administrative Region", "Ministry of Science and Technology"
LONG_NAME = re.compile(r"\b[A-Z][A-Za-z]+(?:(?:[ -](?:of|and|the|for))*[ -][A-Z][A-Za-z]+)+\b")


def defined_abbreviations(texts: Iterable[str]) -> dict[str, str]:
    """Each abbreviation that a text defines in brackets, in either order, with its long form.

    The long form is the shortest run of words before the bracket in which the letters occur in
    order, the first at the start of a word (Schwartz and Hearst, PSB 2003, section 3); where
    texts differ, the commonest.
    """
    found: Counter[tuple[str, str]] = Counter()
    for text in texts:
        for bracket in _BRACKETED.finditer(text):
            inside = bracket[1]
            before = text[max(0, bracket.start() - _BEFORE) : bracket.start()].split()
            *_, last = before or [""]
            if SHORT.fullmatch(inside):
                short, long = inside, _long_form(inside, before)
            else:
                short, long = last, _long_form(last, inside.split(), whole=True)
            if long and SHORT.fullmatch(short):
                found[short, long] += 1
    return {short: long for (short, long), _ in reversed(found.most_common())}


def spelt_abbreviations(shorts: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Abbreviations that no text defines, with the one long name whose initials they are.

    Where two names would do, or none, there is none: a guess would mislead the search.
    """
    by_initials: dict[str, set[str]] = {}
    for name in names:
        for initials, words in _readings(name):
            by_initials.setdefault(initials, set()).add(words)
    return {
        short: next(iter(long))
        for short in shorts
        if len(short) >= _MIN_LETTERS_SPELT
        and len(long := by_initials.get(_letters(short), set())) == 1
    }


def abbreviations_of(words: Sequence[str], shorts: Mapping[str, str]) -> dict[str, str]:
    """Those of ``shorts`` (by their letters) that a run of words spells, with the run."""
    spelt = {}
    for start in range(len(words)):
        for end in range(start + 2, min(len(words), start + 8) + 1):
            run = words[start:end]
            if {run[0].casefold(), run[-1].casefold()} & _SMALL:
                continue
            for initials in _initials(run):
                if initials in shorts:
                    spelt[shorts[initials]] = " ".join(run)
    return spelt


def _long_form(short: str, words: Sequence[str], *, whole: bool = False) -> str:
    """The words that spell the abbreviation, the last ones unless ``whole``; "" if none do."""
    letters = _letters(short)
    # "min(|A| + 5, |A| * 2)" words at most (Schwartz and Hearst, section 3).
    for size in range(1, min(len(letters) + 5, len(letters) * 2, len(words)) + 1):
        run = words[-size:]
        if whole and size < len(words):
            continue
        if run[0][:1].casefold() == letters[0] and _spells(letters, " ".join(run).casefold()):
            return " ".join(run).strip(" ,\"'“”")
    return ""


def _spells(letters: str, text: str) -> bool:
    place = 0
    for letter in letters:
        place = text.find(letter, place) + 1
        if not place:
            return False
    return True


def _readings(name: str) -> Iterable[tuple[str, str]]:
    """The initials of a name and of each of its ends, with the words they stand for."""
    words = re.split(r"[ -]", name)
    for start in range(len(words) - 1):
        if words[start].casefold() not in _SMALL:
            for initials in _initials(words[start:]):
                yield initials, " ".join(words[start:])


def _initials(words: Sequence[str]) -> set[str]:
    """With and without those of the small words: "MOST" takes its O from "of"."""
    spelt = {""}
    for word in words:
        letter = word[:1].casefold()
        spelt = {s + letter for s in spelt} | (spelt if word.casefold() in _SMALL else set())
    return {initials for initials in spelt if len(initials) > 1}


def _letters(short: str) -> str:
    return "".join(char for char in short.casefold() if char.isalnum())
