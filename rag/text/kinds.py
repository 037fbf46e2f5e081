"""Of which kind a short text is, told by its words from examples of each kind.

Between the examples of a kind and all others a line is drawn by ridge regression over their words
and each two neighbouring ones. It sees how something is said, where an embedder sees what it is
about: to an embedder "asked" and "answered" are much the same (docs/decisions.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

from rag.text.data_file import data_rows
from rag.text.language import to_simplified

# A character of Chinese, or a word.
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
# What is added to the diagonal of the regression. Of .03 to 1, the best on the dev halves of
# ``python -m eval.studies.kinds``.
_RIDGE = 0.1


class Kinds:
    """Tells the kinds of its examples apart. Holds no state of a text."""

    def __init__(self, examples: Sequence[tuple[str, str]]) -> None:
        """Draw a line for each kind among the examples, each a text and its kind."""
        told = [words_of(text) for text, _ in examples]
        self._kinds = tuple(dict.fromkeys(kind for _, kind in examples))
        numbers = {word: n for n, word in enumerate(sorted(frozenset().union(*told)))}
        # Divided by the length, so that a long text says no more than a short one.
        features = csr_array((
            np.concatenate([np.full(len(words), 1 / math.sqrt(len(words))) for words in told]),
            [numbers[word] for words in told for word in words],
            np.cumsum([0, *map(len, told)]),
        ), shape=(len(told), len(numbers)))  # fmt: skip
        signs = np.array([[1.0 if kind == own else -1.0 for own in self._kinds]
                          for _, kind in examples])  # fmt: skip
        # In the dual form, since there are more features than examples. Both sides are centred, so
        # the solution sums to zero, and the features need not be.
        likeness = (features @ features.T).toarray()
        mean = likeness.mean(axis=0)
        centred = likeness - mean - mean[:, None] + mean.mean() + _RIDGE * np.eye(len(told))
        directions = features.T @ np.linalg.solve(centred, signs - signs.mean(axis=0))
        self._weights = dict(zip(numbers, directions, strict=True))
        # As far as the middle of the examples says, no kind is likelier than another.
        self._middle = (features @ directions).mean(axis=0)

    def scores(self, text: str) -> Mapping[str, float]:
        """How far a text lies from the middle of the examples towards each kind.

        Two of different kinds are about 2 apart.
        """
        words = words_of(text)
        known = [self._weights[word] for word in words if word in self._weights]
        said = np.sum(known, axis=0) / math.sqrt(len(words))
        return dict(zip(self._kinds, (said - self._middle).tolist(), strict=True))

    def kind(self, text: str) -> str:
        """The kind towards which a text lies farthest."""
        scores = self.scores(text)
        return max(scores, key=scores.__getitem__)


def words_of(text: str) -> frozenset[str]:
    """The words of a text and each two that stand together, its beginning and end as words."""
    words = ["^", *_WORD.findall(to_simplified(text).casefold()), "$"]
    return frozenset((*words, *map(" ".join, pairwise(words))))


@cache
def kinds_by(package: str, name: str) -> Kinds:
    """The kinds of a JSON Lines file of a package, whose rows have a ``text`` and its ``kind``."""
    return Kinds([(row["text"], row["kind"]) for row in data_rows(package, name)])
