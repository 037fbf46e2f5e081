from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.cli.doctor import _CHECKS, Check, examine
from rag.indexing.current import current_generation, index_folder
from rag.reader.bundled import BundledModel
from rag.settings import Settings


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)

    def run(settings: Settings, **others: str) -> dict[str, Check]:
        monkeypatch.setenv("HETAO_DATA_DIR", str(settings.data_dir))
        monkeypatch.setenv("HETAO_CORPUS_DIR", str(settings.corpus_dir))
        for name, value in others.items():
            monkeypatch.setenv(name, value)
        return {check.name: check for check in examine()}

    return run


class Stub:
    """Stands in for the bundled reader."""

    id = "bundled@1"

    def answers(self, question: str, texts: Any) -> Any:
        return [np.full(len(text.sentences), 0.5) for text in texts]


@pytest.mark.model
def test_an_index_that_is_sound_is_said_to_be(
    real_settings: Settings, checks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.cli.doctor.bundled_reader", lambda settings: Stub())
    found = checks(real_settings)
    assert all(check.ok for name, check in found.items() if name != "corpus")
    assert found["tracing"].detail == "off: no step is recorded"
    assert "384 dimensions, reads 512 tokens" in found["embedding model"].detail
    detail = found["index"].detail
    generation = str(current_generation(real_settings.data_dir))
    folder = index_folder(real_settings.data_dir) / generation / "chroma"
    assert f"sound; Chroma folder {folder}, collection hetao-{generation}" in detail


@pytest.mark.model
def test_a_corpus_that_changed_after_it_was_indexed_is_told(
    real_copy: Settings, checks: Any, page: Any
) -> None:
    page(real_copy.corpus_dir / "new.txt", ("Wu Lan", "The park is new."))
    check = checks(real_copy)["corpus"]
    assert not check.ok
    assert "has changed since it was indexed: run `hetao ingest`" in check.detail


def test_what_is_missing_is_told_with_the_command_that_mends_it(
    settings: Settings, checks: Any
) -> None:
    found = checks(settings)
    assert found["data directory"].ok
    assert not found["index"].ok
    assert "run `hetao ingest`" in found["index"].detail
    assert not found["corpus"].ok


def test_a_package_that_is_missing_is_named(
    settings: Settings, checks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.cli.doctor._PACKAGES", ("chromadb", "a-package-that-nobody-made"))
    check = checks(settings)["packages"]
    assert (check.ok, check.detail) == (False, "not installed: a-package-that-nobody-made")
    assert "make setup" in check.fix


@pytest.mark.model
def test_a_damaged_index_is_told(real_copy: Settings, checks: Any) -> None:
    generation = str(current_generation(real_copy.data_dir))
    (index_folder(real_copy.data_dir) / generation / "passages.npz").write_bytes(b"{")
    check = checks(real_copy)["index"]
    assert not check.ok
    assert "hetao ingest --rebuild" in check.detail


def test_a_data_directory_that_cannot_be_written_is_told(settings: Settings, checks: Any) -> None:
    settings.data_dir.write_text("a file", encoding="utf-8")
    check = checks(settings)["data directory"]
    assert not check.ok
    assert check.fix


def test_a_setting_that_cannot_be_used_ends_the_examination(
    settings: Settings, checks: Any
) -> None:
    found = checks(settings, HETAO_PORT="80")
    assert list(found) == ["Python", "packages", "settings"]
    assert "HETAO_PORT cannot be used" in found["settings"].detail


def test_a_model_that_is_not_there_is_told_with_the_setting(
    settings: Settings, checks: Any
) -> None:
    check = checks(settings, HETAO_EMBEDDING_MODEL=str(settings.data_dir / "nowhere"))
    assert not check["embedding model"].ok
    assert "HETAO_EMBEDDING_MODEL" in check["embedding model"].detail


def test_the_doctor_names_the_log_and_says_what_is_in_it(settings: Settings, checks: Any) -> None:
    file = settings.data_dir / "hetao.log"
    none = checks(settings)["log"]
    assert none.ok
    assert f"{file}, without what was asked or said; none so far" in none.detail
    file.write_text("x" * 1234, encoding="utf-8")
    found = checks(settings, HETAO_LOG_DETAIL="true")["log"]
    assert f"{file}, with their messages; 1,234 bytes" in found.detail


def test_without_a_chat_model_the_doctor_says_that_answers_quote(
    settings: Settings, checks: Any
) -> None:
    check = checks(settings)["chat model"]
    assert (check.ok, check.detail) == (True, "none: answers quote the speakers' own words")


def test_a_chat_model_is_tried_and_where_passages_go_is_told(
    settings: Settings, checks: Any, obeying_model: Any
) -> None:
    address = f"http://127.0.0.1:{obeying_model.server_address[1]}/v1"
    chat = {"HETAO_CHAT_MODEL": "openai:m", "HETAO_CHAT_API_KEY": "k", "NO_PROXY": "127.0.0.1"}
    found = checks(settings, **chat, HETAO_CHAT_BASE_URL=address)["chat model"]
    assert found.ok
    assert "nothing leaves this machine" in found.detail
    refused = checks(settings, **chat, HETAO_CHAT_BASE_URL="http://127.0.0.1:9/v1")["chat model"]
    assert not refused.ok
    assert "cannot be reached" in refused.detail


def test_the_reader_is_tried_and_where_passages_go_is_told(
    settings: Settings, checks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.cli.doctor.bundled_reader", lambda settings: Stub())
    found = checks(settings, HETAO_READER_MODEL="bundled")["reader"]
    assert found.ok
    assert "The bundled reader reads the passages, on this machine. bundled@1 read" in found.detail
    here = {"HETAO_READER_MODEL": "systemone:m", "HETAO_READER_BASE_URL": "http://127.0.0.1:9"}
    refused = checks(settings, **here)["reader"]
    assert not refused.ok
    assert "m on this machine cannot be reached" in refused.detail


def test_a_reader_whose_weights_are_missing_is_told(
    settings: Settings, checks: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = BundledModel(1, tmp_path / "nowhere.onnx")
    monkeypatch.setattr("rag.reader.build._bundled_model", lambda threads: model)
    found = checks(settings, HETAO_READER_MODEL="bundled")["reader"]
    assert not found.ok
    assert "Reinstall hetao-rag" in found.detail


@pytest.mark.model
def test_a_reader_that_is_served_here_is_tried(
    settings: Settings, checks: Any, decision_model: Any
) -> None:
    found = checks(
        settings, HETAO_READER_MODEL="systemone:m", HETAO_READER_TIMEOUT_SECONDS="300",
        HETAO_READER_BASE_URL=decision_model.base_url,
        HETAO_READER_API_KEY=decision_model.api_key,
    )["reader"]  # fmt: skip
    assert found.ok
    assert "systemone:m reads the passages, on this machine." in found.detail
    assert "systemone:m read a passage in " in found.detail
    assert decision_model.api_key not in found.detail


def save_cross_encoder(folder: Path) -> Path:
    """A cross-encoder that has learnt nothing, and gives one score for a pair of texts."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    words = {word: number for number, word in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "is"))}
    config = BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
        intermediate_size=8, max_position_embeddings=64, num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizer(vocab=words, model_max_length=64).save_pretrained(folder)
    return folder


def test_a_reranker_is_tried_and_its_absence_is_said_plainly(
    settings: Settings, checks: Any, tmp_path: Path
) -> None:
    none = checks(settings)["reranker"]
    assert (none.ok, none.detail) == (True, "none: passages stay in the order of the search")
    folder = save_cross_encoder(tmp_path / "reranker")
    tried = checks(settings, HETAO_RERANKER_MODEL=str(folder))["reranker"]
    assert tried.ok
    assert tried.detail.startswith(f"{folder} loaded and scored a pair in ")
    missing = checks(settings, HETAO_RERANKER_MODEL=str(tmp_path / "nowhere"))["reranker"]
    assert not missing.ok
    assert "Set HETAO_RERANKER_MODEL to" in missing.detail


def test_a_package_that_cannot_be_imported_fails_its_own_check_alone(
    settings: Settings, checks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_settings: Settings) -> str:
        raise ImportError("no such symbol", name="torch")

    monkeypatch.setitem(_CHECKS, "reranker", broken)
    found = checks(settings)
    assert found["reranker"].detail.startswith("torch cannot be loaded: run `make setup`")
    assert found["tracing"].ok
