"""The vectors that ship are those of the texts and of the model as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.embedding.embedder import Embedder
from rag.embedding.kept import SHIPPED, file_name, kept_vectors
from rag.requested import told_by

RENEW = "run `python -m eval.studies.prototypes`"


@pytest.mark.model
def test_the_vectors_of_the_products_own_texts_ship_and_are_those_of_the_bundled_model(
    real_embedder: Embedder, tmp_path: Path
) -> None:
    names = {file_name(real_embedder, texts) for texts in told_by()}
    assert names == {path.name for path in SHIPPED.glob("*.npy")}, RENEW
    for texts in told_by():
        vectors = kept_vectors(tmp_path, real_embedder, texts)
        for place in (0, len(texts) // 2, len(texts) - 1):
            made = real_embedder.embed_question(texts[place])
            # Processors round differently: within .02 of each other, as far as a thousandth in
            # each of the 384 numbers would put them apart.
            assert float(np.linalg.norm(vectors[place] - made)) < 0.02, RENEW
    assert list(tmp_path.iterdir()) == []
