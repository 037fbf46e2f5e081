"""What a typed text is: a question about what was said, or a request of another kind.

"Hello", "what can you do?", "summarise the briefing" and "who spoke?" are answered by no passage.
The embedder tells them: a text is of the kind whose prototypes (``requests.jsonl``) are nearest,
where they are nearer than the prototypes of questions by a margin, which grows with each term that
no request has. An ordinary question taken for a greeting would be a fault, a greeting taken for a
question is only refused: so what is in doubt is a question.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rag.text.data_file import data_rows
from rag.text.language import CHINESE_RUN, terms
from rag.types import Language

Kind = Literal["question", "greeting", "help", "topics", "speakers", "said"]
Vector = NDArray[np.float32]

KINDS: tuple[Kind, ...] = get_args(Kind)
# What stands in a prototype, and is put into a text, where a speaker is named.
STAND_IN: dict[Language, str] = {"en": "the speaker", "zh-Hans": "发言人", "zh-Hant": "發言人"}
# How many of a kind's prototypes, the nearest, speak for it: requests are alike, questions not.
_NEAREST, _NEAREST_QUESTIONS = 3, 2
# The margin, and what each further term adds to it, in standard deviations of the cosines between
# the prototypes, so that it holds for a model with other cosines. Chosen on the dev half of
# ``python -m eval.studies.requests``, which prints: .936 of the dev half (n 109) and .934 of the
# test half (n 106) are told right; of the 665 questions of the evaluation sets one is taken for a
# request, of the 600 of ``eval/sets/reading/test`` one, none of them for a greeting.
_MARGIN, _MARGIN_A_TERM = 0.1, 0.25
# With so many further terms there is something behind the greeting.
_TERMS_BEHIND_GREETING = 2
# A text so many times as long as the longest prototype of a request says more than any.
_LONGER = 1.5
# Two characters of Chinese make a term, and overlap: a word of two brings two new ones.
_CHINESE_TERM = 0.5


@dataclass(frozen=True, slots=True)
class Prototype:
    """A text that is known to be of a kind; of a ``said`` the stand-in names the speaker."""

    kind: Kind
    language: Language
    text: str


@lru_cache(maxsize=1)
def prototypes() -> tuple[Prototype, ...]:
    """All prototypes, in the order of the file."""
    return tuple(Prototype(**row) for row in data_rows("rag.questions", "requests.jsonl"))


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(len(p.text) for p in prototypes() if p.kind != "question")


@lru_cache(maxsize=1)
def _terms_of_requests() -> frozenset[str]:
    return frozenset(t for p in prototypes() if p.kind != "question" for t in terms(p.text))


def may_be_request(text: str) -> bool:
    """Whether a text is short enough to be anything but a question; costs nothing."""
    return len(text) <= _LONGER * _longest()


class Requests:
    """Tells the kind of a text by the vectors of the prototypes, shape (prototypes, dimension)."""

    def __init__(self, vectors: Vector) -> None:
        self._vectors = vectors
        self._rows = {
            kind: [row for row, p in enumerate(prototypes()) if p.kind == kind] for kind in KINDS
        }
        cosines = vectors @ vectors.T
        self._spread = float(cosines[np.triu_indices(len(vectors), 1)].std())

    def kind(self, text: str, vector: Vector, *, names_speaker: bool) -> Kind:
        """The kind of a text.

        Args:
            text: as it is asked, a speaker's name replaced by :data:`STAND_IN`.
            vector: of that text, as of a question.
            names_speaker: whether such a name was there: then it may only be ``said`` or a
                question, and never ``said`` without.
        """
        if not may_be_request(text):
            return "question"
        kind, margin = self.nearest(vector, names_speaker=names_speaker)
        further = further_terms(text)
        if kind == "greeting" and further >= _TERMS_BEHIND_GREETING:
            return "question"
        return kind if margin > _MARGIN + _MARGIN_A_TERM * further else "question"

    def nearest(self, vector: Vector, *, names_speaker: bool) -> tuple[Kind, float]:
        """The nearest kind that is no question, and by how much it is nearer than questions."""
        cosines = np.einsum("ij,j->i", self._vectors, vector)
        near: dict[Kind, float] = {}
        for kind, rows in self._rows.items():
            count = _NEAREST_QUESTIONS if kind == "question" else _NEAREST
            near[kind] = float(np.sort(cosines[rows])[-count:].mean())
        others = [k for k in KINDS if k != "question" and (k == "said") == names_speaker]
        best = max(others, key=near.__getitem__)
        return best, (near[best] - near["question"]) / max(self._spread, 1e-6)


def further_terms(text: str) -> float:
    """How many terms a text has that no request among the prototypes has."""
    new = set(terms(text)) - _terms_of_requests()
    return sum(_CHINESE_TERM if CHINESE_RUN.match(term) else 1.0 for term in new)


def prototype_texts() -> tuple[str, ...]:
    """What is embedded, as a question is, for the vectors of :class:`Requests`."""
    return tuple(prototype.text for prototype in prototypes())
