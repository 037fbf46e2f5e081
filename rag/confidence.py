"""How sure one can be that the evidence answers: a logistic model over few features.

The coefficients were fitted on the dev half of ``eval/sets/hetao-page10.jsonl`` by
``python -m eval.calibrate``, which prints them with what they reach on the test half.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.language import is_chinese, terms
from rag.types import ScoredSentence


@dataclass(frozen=True, slots=True)
class Features:
    """What the model sees of a question and its evidence.

    ``cosine``: of the question and its nearest sentence. ``coverage``: the share of the
    question's terms, weighted by rarity, in the one passage that holds most of them; it says
    nothing across languages.
    """

    cosine: float
    coverage: float
    same_language: bool


# (intercept, cosine, coverage)
_SAME_LANGUAGE = (-17.56, 20.67, 0.94)
_ACROSS_LANGUAGES = (-33.91, 42.47, 0.0)


def confidence(features: Features) -> float:
    """The estimated probability that the evidence answers the question, 0 to 1."""
    weights = _SAME_LANGUAGE if features.same_language else _ACROSS_LANGUAGES
    values = (1.0, features.cosine, features.coverage)
    return 1 / (1 + math.exp(-sum(w * v for w, v in zip(weights, values, strict=True))))


def features_of(
    question: str,
    sentences: Sequence[ScoredSentence],
    cosines: Mapping[tuple[str, int], float],
    rarity: Callable[[str], float],
) -> Features | None:
    """The features of the retrieved sentences; None where nothing was retrieved.

    Args:
        question: the standalone question.
        sentences: the sentences read, of whatever passages.
        cosines: (passage id, sentence number) to the cosine with the question.
        rarity: the inverse document frequency of a term.
    """
    if not sentences:
        return None
    best = max(sentences, key=lambda s: cosines[s.passage.id, s.number])
    passages = {s.passage.id: s.passage.text for s in sentences}
    return Features(
        cosine=cosines[best.passage.id, best.number],
        coverage=max(coverage(question, text, rarity) for text in passages.values()),
        same_language=is_chinese(question) == is_chinese(best.text),
    )


def coverage(question: str, text: str, rarity: Callable[[str], float]) -> float:
    """The share of a question's terms, weighted by rarity, that occur in ``text``; 0 to 1."""
    asked = set(terms(question))
    total = sum(rarity(term) for term in asked)
    if not total:
        return 0.0
    return sum(rarity(term) for term in asked & set(terms(text))) / total
