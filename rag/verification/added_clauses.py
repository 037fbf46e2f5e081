"""Clauses that a claim adds of its own: a reason, a purpose, a consequence, a relative clause.

Small models pad what they read: "..., which is a key driver of the economy". Weighed over the whole
claim such words are few, and lie near to any evidence of the same topic; within their own clause
they are most of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.verification.claims import Claim
from rag.verification.words import Word, content_words, latin_names

# Where a clause may begin.
_BEGINS = re.compile(r"[,;:，；：]|\b(?:because|which|who|that|and|as)\b")
# A clause of fewer words may be all paraphrase.
_FEWEST_WORDS = 3
# The share of a clause's words without a counterpart in the cited sentences from which it is taken
# for an addition. On the dev half of eval/sets/claims/claims.jsonl true clauses reach .67.
_MOST_UNFOUNDED = 0.7


def unfounded_clauses(claim: Claim) -> Iterator[str]:
    """The clauses most of whose words the cited sentences do not hold, but for the first, which
    most often is paraphrase.

    Held is what stands there itself or in translation: by way of related words and of the
    sentences before, which tell of the same topic, hardly any padding lacks a counterpart. Names
    do not count; they have a rule of their own.
    """
    for clause in _clauses(claim.core)[1:]:
        enough = sum(not word.is_quantity for word in _own_words(claim, clause)) >= _FEWEST_WORDS
        if enough and _unfounded_share(claim, clause) >= _MOST_UNFOUNDED:
            yield clause


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
    return [clause for part in _BEGINS.split(core) if (clause := part.strip(' ,.。"“”'))]


def _holds(claim: Claim, word: Word) -> bool:
    # Figures have a rule of their own.
    return word.is_quantity or claim.evidence.has(word, by_relation=False)
