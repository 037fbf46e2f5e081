"""How sure one can be that the evidence answers: a logistic model over few features.

The coefficients were fitted on the dev half of ``eval/sets/hetao-page10.jsonl`` by
``python -m eval.calibrate``, which prints them with what they reach on the test half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Features:
    """What the model sees of a question and its evidence.

    ``cosine``: of the question and its nearest sentence. ``coverage``: the share of the
    question's concepts, weighted by rarity, in the one passage that names most of them.
    """

    cosine: float
    coverage: float
    same_language: bool


# (intercept, cosine, coverage)
_SAME_LANGUAGE = (-17.56, 20.67, 0.94)
_ACROSS_LANGUAGES = (-33.72, 42.20, 0.07)


def confidence(features: Features) -> float:
    """The estimated probability that the evidence answers the question, 0 to 1."""
    weights = _SAME_LANGUAGE if features.same_language else _ACROSS_LANGUAGES
    values = (1.0, features.cosine, features.coverage)
    return 1 / (1 + math.exp(-sum(w * v for w, v in zip(weights, values, strict=True))))
