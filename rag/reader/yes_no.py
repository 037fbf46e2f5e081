"""How sure a model is of Yes, read from the log-probabilities of the first word it would write."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_YES, _NO = {"yes", "y", "是"}, {"no", "n", "否", "不"}
# What a tokenizer may leave around the one word.
_AROUND = " \n.,\"'*▁Ġ"

Alternatives = list[dict[str, Any]]


def first_words(metadata: Mapping[str, Any]) -> Alternatives:
    """The first token's alternatives, each ``{"token", "logprob"}``; empty where none are given."""
    tokens = (metadata.get("logprobs") or {}).get("content") or [{}]
    return list(tokens[0].get("top_logprobs") or ())


def share_of_yes(alternatives: Alternatives) -> float | None:
    """The probability of Yes against No, 0 to 1; None where neither is among the alternatives."""
    yes, no = (mass_of(alternatives, words) for words in (_YES, _NO))
    return yes / (yes + no) if yes + no else None


def mass_of(alternatives: Alternatives, words: set[str]) -> float:
    """The probability that the first token is one of these words, which are in lower case."""
    heard = ((one["token"].strip(_AROUND).casefold(), one["logprob"]) for one in alternatives)
    return sum(math.exp(logprob) for word, logprob in heard if word in words)
