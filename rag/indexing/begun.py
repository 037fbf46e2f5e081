"""The vectors of an ingest that was broken off, so that the next one goes on from there."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.embedding.embedder import Vector


class Begun:
    """Vectors by their texts, in files of a folder; one that cannot be written only keeps nothing.

    Args:
        data_dir: where the index lies, too.
        embedder_id: whose vectors they are; those of another embedder are not seen.
    """

    def __init__(self, data_dir: Path, embedder_id: str) -> None:
        self._folder = data_dir / "begun"
        self._mark = hashlib.sha256(embedder_id.encode()).hexdigest()[:16]

    def vectors(self, texts: Sequence[str]) -> dict[str, Vector]:
        """Those of these texts that are kept, each of shape (dimension,)."""
        kept: dict[bytes, Vector] = {}
        for file in self._folder.glob(f"{self._mark}-*.npz"):
            # One that a kill cut short holds nothing to go on from.
            with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                found = np.load(file)
                kept |= zip(found["digests"].tolist(), found["vectors"], strict=True)
        if not kept:
            return {}  # as nearly always: no text need be digested
        return {text: kept[digest] for text in texts if (digest := _digest(text)) in kept}

    def keep(self, texts: Sequence[str], vectors: Vector) -> None:
        """Keep the vectors of these texts, shape (len(texts), dimension)."""
        digests = np.array([_digest(text) for text in texts])
        name = hashlib.sha256(digests.tobytes()).hexdigest()[:16]
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            pending = self._folder / f".{name}.npz"
            np.savez(pending, digests=digests, vectors=vectors)
            pending.replace(self._folder / f"{self._mark}-{name}.npz")

    def clear(self) -> None:
        """Forget all, of every embedder: they stand in the index now."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _digest(text: str) -> bytes:
    # Hexadecimal: NumPy drops zero bytes from the end of a string.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32].encode()
