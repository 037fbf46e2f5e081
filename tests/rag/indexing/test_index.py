from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.errors import IndexMismatch, IndexMissing, StorageError
from rag.indexing.current import current_generation, index_folder, publish
from rag.indexing.header import Recipe, fingerprint
from rag.indexing.index import open_index, read_index
from rag.indexing.ingest import IngestReport
from rag.indexing.sums import write_sums
from rag.settings import Settings

Ingest = Callable[[], IngestReport]
RECIPE = Recipe(1, "words@1", 60, True)


@pytest.fixture
def built(settings: Settings, ingest_folder: Ingest, page: Any) -> Path:
    """The folder of a small index."""
    page(settings.corpus_dir / "a.txt", ("Lin Mei", "Welcome."), ("Chen Tao", "The park opens."))
    ingest_folder()
    return index_folder(settings.data_dir) / str(current_generation(settings.data_dir))


def test_before_the_first_ingest_there_is_no_index_and_the_command_is_named(
    settings: Settings,
) -> None:
    assert read_index(settings.data_dir) is None
    with pytest.raises(IndexMissing, match=r"There is no index in .*run `hetao ingest`"):
        open_index(settings, "words@1")


def test_an_open_index_holds_what_was_ingested(built: Path, settings: Settings) -> None:
    index = open_index(settings, "words@1")
    assert index.generation == built.name
    assert set(index.transcripts) == {"a"}
    for passage in index.passages:
        text = index.transcripts[passage.transcript_id].text
        assert passage.text == text[passage.start : passage.end]
        assert index.passages[index.passages.row(passage.id)] == passage
    assert index.words.size == len(index.passages)
    ids = [passage.id for passage in index.passages]
    for row, vector in enumerate(index.matrices.passages[:]):
        assert next(iter(index.vectors.nearest(vector, len(ids)))) == ids[row]
    assert "Chen Tao" in index.vocabulary.names
    assert set(index.vocabulary.people) == {"Lin Mei", "Chen Tao"}
    index.close()


def test_an_index_built_by_another_model_is_refused_with_both_names(
    built: Path, settings: Settings
) -> None:
    expected = r"embedder 'words@1', now 'other@2'.*run `hetao ingest`"
    with pytest.raises(IndexMismatch, match=expected):
        open_index(settings, "other@2")


@pytest.mark.parametrize("change", [{"passage_tokens": 90}, {"question_context": False}])
def test_an_index_built_with_other_settings_is_refused_by_their_names(
    built: Path, settings: Settings, change: dict[str, object]
) -> None:
    with pytest.raises(IndexMismatch, match=next(iter(change))):
        open_index(settings.model_copy(update=change), "words@1")


def test_settings_that_change_only_the_answer_leave_the_index_valid(
    built: Path, settings: Settings
) -> None:
    other = {"dense_weight": 0.1, "min_confidence": 0.9, "threads": 1}
    assert open_index(settings.model_copy(update=other), "words@1").generation == built.name


def test_an_index_of_another_version_is_refused(built: Path, settings: Settings) -> None:
    header = json.loads((built / "header.json").read_text(encoding="utf-8"))
    header["recipe"]["format"] = 0
    (built / "header.json").write_text(json.dumps(header), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="another version of Hetao: run `hetao ingest`"):
        read_index(settings.data_dir)


@pytest.mark.parametrize("name", ["header.json", "transcripts.jsonl", "passages.npz"])
@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", None])
def test_a_damaged_file_is_told_with_the_command_that_mends_it(
    built: Path, settings: Settings, name: str, content: bytes | None
) -> None:
    (built / name).unlink()
    if content is not None:
        (built / name).write_bytes(content)
    with pytest.raises(IndexMismatch, match=r"is damaged .*hetao ingest --rebuild"):
        read_index(settings.data_dir)


@pytest.mark.parametrize("name", ["frequencies.json", "data.csc.index.npy", "params.index.json"])
def test_a_damaged_word_index_is_told(built: Path, settings: Settings, name: str) -> None:
    (built / "bm25" / name).write_bytes(b"\x00damage")
    with pytest.raises(IndexMismatch, match="is damaged"):
        _ = open_index(settings, "words@1").words


def test_the_word_index_of_another_index_is_refused(built: Path, settings: Settings) -> None:
    stored = built / "bm25" / "frequencies.json"
    words = json.loads(stored.read_text(encoding="utf-8"))
    stored.write_text(json.dumps({**words, "size": words["size"] + 1}), encoding="utf-8")
    write_sums(built)
    with pytest.raises(IndexMismatch, match="word index is another's"):
        _ = open_index(settings, "words@1").words


def test_a_generation_that_is_gone_is_told(built: Path, settings: Settings) -> None:
    publish(settings.data_dir, "never-there")
    with pytest.raises(IndexMismatch, match="damaged"):
        read_index(settings.data_dir)


def test_a_data_directory_that_is_a_file_is_told(settings: Settings) -> None:
    settings.data_dir.write_text("a file", encoding="utf-8")
    with pytest.raises(StorageError, match="HETAO_DATA_DIR to another folder"):
        current_generation(settings.data_dir)


def test_the_fingerprint_differs_with_whatever_makes_two_indexes_differ() -> None:
    files = {"a.txt": "1", "b.txt": "2"}
    marks = {
        fingerprint(RECIPE, files, b"[]"),
        fingerprint(replace(RECIPE, embedder="other"), files, b"[]"),
        fingerprint(replace(RECIPE, passage_tokens=61), files, b"[]"),
        fingerprint(replace(RECIPE, question_context=False), files, b"[]"),
        fingerprint(RECIPE, {**files, "b.txt": "3"}, b"[]"),
        fingerprint(RECIPE, files, b"[0]"),
    }
    assert len(marks) == 6
    assert fingerprint(RECIPE, {"b.txt": "2", "a.txt": "1"}, b"[]") in marks
