"""Whether a question asks what a speaker said about something, or only mentions that speaker.

"What did Wu Lan say about ferries?" is answered by Wu Lan's words alone, "Who appointed Wu Lan?" by
anybody's. Both are about a person and a matter, so the nearest examples are as often those of the
same matter: a line is drawn between the examples of both kinds (``said_about.jsonl``) instead, by
ridge regression over their vectors, which learns to look past the matter. It is drawn when it is
first needed, so that it holds for any embedder.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.questions.requests import STAND_IN
from rag.text.data_file import data_rows
from rag.text.language import is_chinese
from rag.types import Language

Kind = Literal["said_about", "mentions"]
Vector = NDArray[np.float32]

# What is added to the diagonal: much, so that what few examples have in common counts little. Of
# the 33 questions on what was said of the dev half of ``eval/sets/said_about`` all are told with 1,
# and 30 with .3; of the 18 mentions 17 are left alone with either.
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the stand-in, or a pronoun, for the speaker; in Chinese in simplified."""

    kind: Kind
    language: Language
    text: str


@lru_cache(maxsize=1)
def examples() -> tuple[Example, ...]:
    """All examples, in the order of the file."""
    return tuple(Example(**row) for row in data_rows("rag.questions", "said_about.jsonl"))


def example_texts() -> tuple[str, ...]:
    """What is embedded, as a question is, for the vectors of :class:`SaidAbout`."""
    return tuple(example.text for example in examples())


def stand_in(question: str) -> str:
    """What stands in an example, and is put into a question, in the place of a speaker's name."""
    return STAND_IN["zh-Hans" if is_chinese(question) else "en"]


class SaidAbout:
    """Tells by the vectors of :func:`example_texts`, shape (examples, dimension)."""

    def __init__(self, vectors: Vector) -> None:
        kinds = np.array([1.0 if e.kind == "said_about" else -1.0 for e in examples()])
        self._level = float(kinds.mean())
        self._middle = vectors.mean(axis=0, dtype=np.float64)
        spread = vectors - self._middle
        # In the dual form, since there are about as many features as examples, or more.
        ridge = spread @ spread.T + _RIDGE * np.eye(len(spread))
        self._direction = np.linalg.solve(ridge, kinds - self._level) @ spread

    def __call__(self, vector: Vector) -> bool:
        """Whether a question of this vector, in simplified Chinese, asks what the speaker said."""
        return self.score(vector) > 0

    def score(self, vector: Vector) -> float:
        """On which side it lies: about 1 for what was said, -1 for a mention."""
        return float((vector - self._middle) @ self._direction) + self._level
