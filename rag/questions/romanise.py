"""Chinese names in Latin letters: Mandarin in pinyin, Cantonese as Hong Kong writes names."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Container, Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

from rag.text.dictionary import dictionary
from rag.text.language import CHINESE_RUN, CHINESE_STOP, to_simplified

# The longest name of a person or place; longer ones are names of bodies, which are translated.
_MAX_CHARACTERS = 4
# A character with more readings than this is in no name by its rarest ones.
_MAX_READINGS = 6


def squeeze(name: str) -> str:
    """A name as one run of small letters, Chinese ones left out: "Chan Kwok-ki" is "chankwokki"."""
    return CHINESE_RUN.sub("", re.sub(r"[\W\d_]", "", name.casefold()))


def romanised_names(text: str, known: Container[str]) -> Iterator[tuple[str, str]]:
    """Each run of 2 to 4 Chinese characters that is read as a known name, with that name.

    From left to right, the longest first. ``known`` holds names as :func:`squeeze` gives them.
    陈国基 is read "chenguoji" (pinyin) and
    "chankwokki" (Hong Kong Government Cantonese Romanisation), each character either way.
    """
    for run in CHINESE_RUN.findall(CHINESE_STOP.sub(" ", text)):
        start = 0
        while start < len(run):
            ends = range(min(len(run), start + _MAX_CHARACTERS), start + 1, -1)
            read_as = ((end, [r for r in readings(run[start:end]) if r in known]) for end in ends)
            end, found = next(filter(lambda read: read[1], read_as), (start + 1, []))
            yield from ((run[start:end], reading) for reading in found)
            start = end


def readings(name: str) -> Iterator[str]:
    """Every way to write a Chinese name in Latin letters, squeezed."""
    return map("".join, itertools.product(*map(_of_character, name)))


@lru_cache(maxsize=8192)
def _of_character(character: str) -> tuple[str, ...]:
    entries = dictionary().get(to_simplified(character), ())
    pinyin = [
        re.sub(r"[^a-z]", "", entry[1 : entry.index("]")].casefold().replace("u:", "u"))
        for entry in entries
    ]
    cantonese = _cantonese().get(_traditional().convert(character), ())
    return tuple(dict.fromkeys([*pinyin, *cantonese]))[:_MAX_READINGS]


@lru_cache(maxsize=1)
def _cantonese() -> dict[str, list[str]]:
    """Traditional character to its Cantonese readings as Hong Kong writes them in names."""
    # The package's own class reads six tables, of which this is the one needed.
    table = files("cantoroman") / "data" / "charToRoman.json"
    read: dict[str, list[str]] = json.loads(table.read_text(encoding="utf-8"))
    return read


@lru_cache(maxsize=1)
def _traditional() -> Any:
    from opencc import OpenCC

    return OpenCC("s2t")
