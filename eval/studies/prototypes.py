"""The vectors that ship: ``python -m eval.studies.prototypes``.

To be run after a change of the texts or of the model.

Requests are told by examples (``rag/questions/requests.jsonl``, ``said_about.jsonl``) and
courtesies by theirs. What the bundled embedder makes of them is written beside it, so that a fresh
machine need not spend half a minute on it.
"""

from __future__ import annotations

import numpy as np

from rag.cli.terminal import run_script, say
from rag.embedding.embedder import Embedder, build_embedder
from rag.embedding.kept import SHIPPED, file_name
from rag.requested import told_by
from rag.settings import load_settings


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
