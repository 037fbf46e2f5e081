"""Clauses that a claim adds of its own: a reason, a purpose, a consequence, a relative clause.

Small models pad what they read: "..., which is a key driver of the economy". Weighed over the whole
claim such words are few, and lie near to any evidence of the same topic; within their own clause
they are most of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rag.text.language import is_chinese
from rag.verification.claims import Claim
from rag.verification.words import Word, content_words, latin_names

_FINITE = (
    "it|this|these|they|he|she|we|there|has|have|is|are|was|were|will|can|may|had|helps?|plays?|"
    "serves?|aims?|supports?|shows?|reflects?|highlights?"
)
_ENGLISH = re.compile(
    r"[;:]|\b(?:because|since(?! (?:\w+ )?(?:then|last|\d|[A-Z]))|which|who(?:se|m)?|so that|"
    r"in order to|thereby|thus|therefore|but|although|while|whereas|unless)\b|"
    r", (?:as(?! well| of| at| from)\b|so\b|\w+ing\b)|"
    rf"\band (?=(?:also |then |thus )?(?:{_FINITE})\b)|"
    r"\bthat (?=(?:\w+s|are|will|can|have)\b)"
)
_CHINESE = re.compile("[，；：,;]|因为|由于|以便|从而|进而|并且")
# A clause of fewer words may be all paraphrase; the first, which most often is, is given more.
_FEWEST_WORDS = {"first": 5, "later": 3}
# The share of a clause's words without a counterpart in the cited sentences from which it is taken
# for an addition. On the dev half of eval/sets/claims/claims.jsonl true clauses reach .67.
_MOST_UNFOUNDED = 0.7
# This share in a claim that repeats itself; true ones there reach .12.
_PADDED = 0.2


def unfounded_clauses(claim: Claim) -> Iterator[str]:
    """The clauses most of whose words the cited sentences do not hold; the first only in one
    language, for the dictionary misses many words.

    Held is what stands there itself or in translation: by way of related words and of the
    sentences before, which tell of the same topic, hardly any padding lacks a counterpart. Names
    do not count; they have a rule of their own.
    """
    for place, clause in enumerate(_clauses(claim.core)):
        if not (place or claim.same_language):
            continue
        fewest = _FEWEST_WORDS["later" if place else "first"]
        enough = sum(not word.is_quantity for word in _own_words(claim, clause)) >= fewest
        if enough and _unfounded_share(claim, clause) >= _MOST_UNFOUNDED:
            yield clause


def repeated_words(claim: Claim) -> Iterator[str]:
    """The words that a padded sentence of the claim repeats and its evidence does not: "the
    importance of industry in the development of industry"."""
    spoken = _times(claim.evidence.text)
    for part in re.split(r"[;；。]|[.:] ", claim.core if claim.same_language else ""):
        if _unfounded_share(claim, part) >= _PADDED:
            times = _times(part)
            yield from (word for word in times if times[word] > max(1, spoken[word]))


def _times(text: str) -> Counter[str]:
    """How often a text has each content word, as its stem."""
    names = set(latin_names(text))
    return Counter(
        word.ways[0][0] if word.text.isascii() and word.ways else word.text
        for word in content_words(text)
        if not (word.is_quantity or word.name or word.text in names)
    )


def _own_words(claim: Claim, clause: str) -> list[Word]:
    names = set(latin_names(clause))
    return [
        word
        for word in content_words(clause)
        if not (word.name or word.text in names or claim.is_speaker(word.text))
    ]


def _unfounded_share(claim: Claim, clause: str) -> float:
    words = _own_words(claim, clause)
    return sum(not _holds(claim, word) for word in words) / max(1, len(words))


def _clauses(core: str) -> list[str]:
    cut = (_CHINESE if is_chinese(core) else _ENGLISH).split(core)
    return [clause for part in cut if (clause := part.strip(' ,.。"“”'))]


def _holds(claim: Claim, word: Word) -> bool:
    # Figures have a rule of their own.
    return (
        word.is_quantity
        or word.text in claim.spelt_out
        or claim.evidence.has(word, by_relation=False)
    )
