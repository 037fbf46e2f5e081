"""The reader in the domain's words: does a sentence state what is asked?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.reader.layout import ReadText

Probabilities = NDArray[np.float64]


class Reader(Protocol):
    """What judges a question by passages.

    ``id`` names the model, so that figures of two are never taken for one's.
    """

    @property
    def id(self) -> str: ...

    def answers(self, question: str, texts: Sequence[ReadText]) -> list[Probabilities]:
        """For each text, how likely each of its sentences states what is asked: (sentences,).

        They sum up to how likely the text does.
        """
