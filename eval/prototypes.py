"""The vectors that ship: ``python -m eval.prototypes``, after a change of the texts or the model.

Requests are told by examples (``rag/questions/requests.jsonl``, ``said_about.jsonl``) and
courtesies by theirs. What the bundled embedder makes of them is written beside it, so that a fresh
machine need not spend half a minute on it.
"""

from __future__ import annotations

import numpy as np

from rag.embedders.embedding import Embedder, build_embedder
from rag.embedders.kept import SHIPPED, file_name
from rag.requested import told_by
from rag.settings import load_settings
from rag.terminal import run_script, say


def write(embedder: Embedder) -> None:
    """Write the vectors of all texts anew, and take out those of earlier ones."""
    SHIPPED.mkdir(exist_ok=True)
    for old in SHIPPED.glob("*.npy"):
        old.unlink()
    for texts in told_by():
        vectors = np.stack([embedder.embed_question(text) for text in texts])
        np.save(SHIPPED / file_name(embedder, texts), vectors.astype(np.float16))
        say(f"{len(texts)} vectors")


if __name__ == "__main__":
    run_script(lambda: write(build_embedder(load_settings())))
