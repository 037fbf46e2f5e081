"""Reranking the best passages by a cross-encoder: any model that sentence-transformers loads."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import ModelError
from rag.search.ranking import penalties, standardise
from rag.settings import Settings
from rag.types import Filters, Hit, Question

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

# How many of the best passages are read; the rest keep their order behind them. A cross-encoder
# reads question and passage together, so its time grows with this number.
DEPTH = 20


def build_reranker(settings: Settings) -> Reranker | None:
    """The reranker that the settings name, or None; it is loaded at its first question."""
    return Reranker(settings) if settings.reranker_model else None


class Reranker:
    """Puts the best passages in the order of a cross-encoder (Nogueira and Cho, 2019).

    Safe to share between threads, which take turns.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = threading.Lock()

    def rerank(self, question: Question, hits: Sequence[Hit], filters: Filters) -> tuple[Hit, ...]:
        """The same hits, the first DEPTH of them in the model's order.

        Their scores become standard deviations among themselves, less what the first ranking
        takes off for the role; those of the rest go on below. Raises ModelError when the model
        cannot be loaded.
        """
        read, rest = hits[:DEPTH], hits[DEPTH:]
        if not read:
            return ()
        passages = [hit.passage for hit in read]
        pairs = [(question.standalone, f"{p.speaker}: {p.text}") for p in passages]
        with self._turn:
            found = self._model.predict(pairs, show_progress_bar=False)
        scores = standardise(found) - penalties([p.role for p in passages], question, filters)
        below = float(scores.min()) - read[-1].score
        return (
            *(replace(read[i], score=float(scores[i])) for i in np.argsort(-scores, kind="stable")),
            *(replace(hit, score=below + hit.score) for hit in rest),
        )

    @cached_property
    def _model(self) -> CrossEncoder:
        import torch
        from sentence_transformers import CrossEncoder

        name = self._settings.reranker_model
        torch.set_num_threads(self._settings.threads)
        advice = (
            "Set HETAO_RERANKER_MODEL to a cross-encoder in a folder on this machine or to an id "
            "that can be downloaded, or remove the setting to do without."
        )
        try:
            # Where the files are on this machine nothing is asked of the hub.
            model: CrossEncoder = CrossEncoder(name, local_files_only=Path(name).is_dir())
        except (OSError, ValueError, RuntimeError) as error:
            reason = str(error).strip().split("\n", 1)[0][:200]
            raise ModelError(
                f"The reranking model {name!r} cannot be loaded ({reason}). {advice}"
            ) from error
        if model.num_labels != 1:
            raise ModelError(
                f"The model {name!r} is no reranker: it gives {model.num_labels} scores for a "
                f"question and a passage instead of one. {advice}"
            )
        return model
