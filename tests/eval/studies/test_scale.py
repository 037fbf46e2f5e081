"""Indexes of a chosen size, over the real Chroma and the real model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.studies.scale import open_scaled
from rag.questions.question import understand
from rag.search.retrieval import Retriever
from rag.settings import Settings
from rag.types import Filters

DATA = Settings(_env_file=None).eval_data_dir
pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not (DATA / "xquad.en.json").exists(), reason="XQuAD is not there"),
]


@pytest.fixture
def small(tmp_path: Path, word_embedder: Any) -> Any:
    settings = Settings(_env_file=None, data_dir=tmp_path, eval_data_dir=DATA)
    return open_scaled(700, settings, word_embedder)


def test_an_index_has_the_size_asked_for_and_copies_that_differ(small: Any) -> None:
    index, settings = small
    assert len(index.passages) == 700
    assert len({passage.text for passage in index.passages}) > 690
    lengths = np.linalg.norm(index.matrices.passages[:], axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-3)
    for passage in [*index.passages][-3:]:
        text = index.transcripts[passage.transcript_id].text
        assert text[passage.start : passage.end] == passage.text
        assert [passage.sentence_text(n) for n in range(len(passage.sentences))]
    assert settings.data_dir.name.startswith("scale-700-")
    index.close()


def test_it_can_be_asked_and_is_not_built_again(small: Any, word_embedder: Any) -> None:
    index, settings = small
    retriever = Retriever(index, word_embedder, 0.5)
    assert len(retriever.search(understand("Who won the Super Bowl?"), 10, Filters())) == 10
    above = settings.model_copy(update={"data_dir": settings.data_dir.parents[1]})
    again, _ = open_scaled(700, above, word_embedder)
    assert again.header.fingerprint == index.header.fingerprint
    index.close()
    again.close()
