"""A line between two kinds of examples, drawn by ridge regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Line:
    """Tells on which side of the line features lie, shape (features,)."""

    middle: NDArray[np.float64]
    direction: NDArray[np.float64]

    def beyond_middle(self, features: NDArray[np.floating]) -> float:
        """How far they lie from the middle of the examples towards those of the first kind.

        Two far apart are about 2 apart.
        """
        return float((features - self.middle) @ self.direction)


def draw_line(features: NDArray[np.floating], kinds: NDArray[np.floating], ridge: float) -> Line:
    """The line between examples of the kinds 1 and -1.

    Args:
        features: shape (examples, features).
        kinds: shape (examples,).
        ridge: what is added to the diagonal; the more, the less counts what few have in common.
    """
    middle = features.mean(axis=0, dtype=np.float64)
    spread = features - middle
    # In the dual form, since there are about as many features as examples, or more.
    weights = np.linalg.solve(spread @ spread.T + ridge * np.eye(len(spread)), kinds - kinds.mean())
    return Line(middle, weights @ spread)
