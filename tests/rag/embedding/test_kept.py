from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.embedding.embedder import Vector
from rag.embedding.kept import RememberingEmbedder, kept_vectors

TEXTS = ("the harbour", "the park")


@pytest.fixture
def counting(word_embedder: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The word embedder, with ``asked``: the questions that it was given."""
    plain = word_embedder.embed_question
    word_embedder.asked = []

    def embed(text: str) -> Vector:
        word_embedder.asked.append(text)
        return np.array(plain(text))

    monkeypatch.setattr(word_embedder, "embed_question", embed)
    return word_embedder


def test_vectors_are_made_once_for_a_model(tmp_path: Path, counting: Any) -> None:
    made = kept_vectors(tmp_path / "new", counting, TEXTS)
    assert np.array_equal(made, np.stack([counting.embed_question(text) for text in TEXTS]))
    counting.asked.clear()
    assert np.array_equal(kept_vectors(tmp_path / "new", counting, TEXTS), made)
    assert counting.asked == []
    counting.id = "words@2"
    kept_vectors(tmp_path / "new", counting, TEXTS)
    assert counting.asked == list(TEXTS)


def test_a_damaged_file_is_made_anew(tmp_path: Path, counting: Any) -> None:
    made = kept_vectors(tmp_path, counting, TEXTS)
    (file,) = tmp_path.glob("*.npy")
    file.write_bytes(b"no matrix")
    assert np.array_equal(kept_vectors(tmp_path, counting, TEXTS), made)
    assert np.array_equal(np.load(file), made)


def test_what_cannot_be_kept_is_made_all_the_same(tmp_path: Path, counting: Any) -> None:
    (tmp_path / "file").write_text("in the way")
    assert len(kept_vectors(tmp_path / "file", counting, TEXTS)) == len(TEXTS)


def test_a_question_asked_twice_in_a_row_is_embedded_once(counting: Any) -> None:
    remembering = RememberingEmbedder(counting)
    first = remembering.embed_question("the harbour")
    assert remembering.embed_question("the harbour") is first
    assert counting.asked == ["the harbour"]
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1
    assert (remembering.id, remembering.window_tokens) == (counting.id, counting.window_tokens)
