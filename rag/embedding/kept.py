"""Vectors that are always wanted again: kept beside the index, and those of the last questions."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from rag.embedding.embedder import Embedder, Vector
from rag.telemetry import span

# A text is embedded to tell what it asks and again to search for it; more are not kept, so that a
# question asked again is as fast as it was.
_QUESTIONS_KEPT = 8
# The vectors of the product's own texts by the bundled embedder, in half precision; written by
# `python -m eval.studies.prototypes`.
SHIPPED = Path(__file__).with_name("prototypes")


class RememberingEmbedder:
    """An embedder that remembers the vectors of the last ``kept`` questions.

    Safe between threads.
    """

    def __init__(self, embedder: Embedder, kept: int = _QUESTIONS_KEPT) -> None:
        self._embedder = embedder
        self._remembered = lru_cache(maxsize=kept)(self._embed)

    @property
    def id(self) -> str:
        """See :class:`~rag.embedding.embedder.Embedder`."""
        return self._embedder.id

    @property
    def window_tokens(self) -> int:
        """See :class:`~rag.embedding.embedder.Embedder`."""
        return self._embedder.window_tokens

    def count_tokens(self, text: str) -> int:
        """See :class:`~rag.embedding.embedder.Embedder`."""
        return self._embedder.count_tokens(text)

    def embed_question(self, text: str) -> Vector:
        """See :class:`~rag.embedding.embedder.Embedder`; the vector cannot be written to."""
        return self._remembered(text)

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        """See :class:`~rag.embedding.embedder.Embedder`."""
        return self._embedder.embed_passages(texts)

    def _embed(self, text: str) -> Vector:
        with span("embed", operation="embeddings", model=self._embedder.id) as step:
            vector = self._embedder.embed_question(text)
            step.note(dimension=len(vector))
        vector.setflags(write=False)
        return vector


def kept_vectors(folder: Path, embedder: Embedder, texts: Sequence[str]) -> Vector:
    """The vectors of these texts as questions, shape (len(texts), dimension).

    Those that the bundled embedder makes of the product's own texts ship with it. Others are read
    from the folder where this embedder has made them before; where the folder cannot be written
    they are only made anew each time.
    """
    name = file_name(embedder, texts)
    file = folder / name
    for known in (SHIPPED / name, file):
        with contextlib.suppress(OSError, ValueError, EOFError):
            vectors: Vector = np.load(known).astype(np.float32)
            if len(vectors) == len(texts):
                return vectors
    vectors = np.stack([embedder.embed_question(text) for text in texts])
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        pending = folder / f".{name}.{os.getpid()}.npy"
        np.save(pending, vectors)
        pending.replace(file)
    return vectors


def file_name(embedder: Embedder, texts: Sequence[str]) -> str:
    """What the file of these texts' vectors is called: it says which embedder and which texts."""
    mark = hashlib.sha256("\0".join((embedder.id, *texts)).encode()).hexdigest()[:16]
    return f"prototypes-{mark}.npy"
