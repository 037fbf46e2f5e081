"""Whether Chinese characters write down how a name sounds."""

from __future__ import annotations

import re

from rapidfuzz.distance import Levenshtein

from rag.questions.romanise import readings, squeeze

# Consonants that one Chinese transcription or another does not tell apart; vowels are dropped.
_SOUNDS = str.maketrans(
    {**dict.fromkeys("kgqcj", "k"), **dict.fromkeys("bpvfw", "b"), **dict.fromkeys("td", "t"),
     **dict.fromkeys("lr", "l"), **dict.fromkeys("szx", "s"), **dict.fromkeys("aeiouyh", "")}
)  # fmt: skip
# Normalised Levenshtein similarity of the consonants; chosen on the dev half of
# eval/sets/claims/claims.jsonl, where it finds every speaker's name and takes no other for one.
_ALIKE = 0.75


# In pinyin c, x and q are other sounds than in a Latin name: 采 of Ratzel, 西 of Sicily.
_PINYIN = {**_SOUNDS, ord("c"): "s", ord("q"): "k"}


def sounds_like(chinese: str, latin: str, *, exactly: bool = False) -> bool:
    """Whether a Chinese word is a reading of a Latin name: 陈国基 of Chan Kwok-ki.

    Unless ``exactly``, it may also be a transcription with like consonants: 贝恩斯 (beiensi) of
    Bains.
    """
    name = squeeze(latin)
    # An r before a consonant is hardly heard: 莫诺 is Morneau.
    consonants = re.sub(r"r(?=[^aeiouyr])", "", name).translate(_SOUNDS)
    return any(
        reading == name
        or (
            not exactly
            and len(consonants) > 1
            and Levenshtein.normalized_similarity(reading.translate(_PINYIN), consonants) >= _ALIKE
        )
        for reading in readings(chinese)
    )
