"""Whether a question asks what the reporters asked or claimed, or what was answered.

"What did the reporter ask about ferries?" is answered by a reporter's words, "How was the reporter
answered?" by an official's. A line is drawn between examples of both (``about_asking.jsonl``), as
for what a speaker said, but over their words and neighbouring words: to an embedder "asked" and
"answered" are much the same (docs/decisions.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sized
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Literal

import numpy as np

from rag.questions.line import draw_line
from rag.text.data_file import data_rows
from rag.text.language import terms, to_simplified
from rag.text.sentences import split_sentences
from rag.types import Language

Kind = Literal["all_asked", "asked_about", "other"]

# A character of Chinese, or a word.
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
# What is added to the diagonal of the regression. Chosen on the dev half of ``python -m
# eval.studies.requests``.
_RIDGE = 0.3


@dataclass(frozen=True, slots=True)
class Example:
    """A question; ``all_asked`` asks for whatever was asked, of no subject in particular."""

    kind: Kind
    language: Language
    text: str


@lru_cache(maxsize=1)
def examples() -> tuple[Example, ...]:
    """All examples, in the order of the file."""
    return tuple(Example(**row) for row in data_rows("rag.questions", "about_asking.jsonl"))


def is_about_asking(question: str) -> bool:
    """Whether it asks what the reporters asked or claimed, not what was answered."""
    words, model = _words(_last_sentence(question)), _model()
    return sum(model.weights.get(word, 0.0) for word in words) / _length(words) > model.least


def names_no_subject(question: str) -> bool:
    """Whether one about asking asks for whatever was asked: it says nothing that the examples of
    this do not say."""
    return _terms_of_all_asked().issuperset(terms(_last_sentence(question)))


@dataclass(frozen=True, slots=True)
class _Model:
    """What each word says for a question about asking, and the least it must come to in all.

    That is where the line would lie if there were as many examples of one kind as of the other.
    """

    weights: Mapping[str, float]
    least: float


@lru_cache(maxsize=1)
def _model() -> _Model:
    told = [(_words(example.text), example.kind != "other") for example in examples()]
    numbers = {word: n for n, word in enumerate(sorted(set(chain(*(words for words, _ in told)))))}
    features = np.zeros((len(told), len(numbers)))
    for row, (words, _) in zip(features, told, strict=True):
        row[[numbers[word] for word in words]] = 1 / _length(words)
    line = draw_line(features, np.array([1.0 if asks else -1.0 for _, asks in told]), _RIDGE)
    weights = dict(zip(numbers, line.direction.tolist(), strict=True))
    return _Model(weights, float(line.middle @ line.direction))


@lru_cache(maxsize=1)
def _terms_of_all_asked() -> frozenset[str]:
    return frozenset(chain(*(terms(e.text) for e in examples() if e.kind == "all_asked")))


def _last_sentence(question: str) -> str:
    """What goes before it may tell of a reporter and ask of an official."""
    sentences = split_sentences(question, 0, len(question))
    return question[slice(*sentences[-1])] if sentences else ""


def _words(text: str) -> frozenset[str]:
    """The words of a text and each two that stand together, its beginning and end as words."""
    words = ["^", *_WORD.findall(to_simplified(text).casefold()), "$"]
    return frozenset((*words, *map(" ".join, pairwise(words))))


def _length(words: Sized) -> float:
    """What a text is divided by, so that a long one says no more than a short one."""
    return math.sqrt(len(words))
