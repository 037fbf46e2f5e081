"""The real Chroma: embedded in a folder, and as a server in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import IndexMismatch, SettingsError, StorageError
from rag.indexing.metadata import Metadata
from rag.indexing.vectors import VectorStore

VECTORS = np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0, 1]], dtype=np.float32)
IDS = ["a", "b", "c"]
TEXTS = ["The harbour opens.", "The harbour grows.", "大学将开放。"]
METADATA: list[Metadata] = [{"speaker": "Wu Lan"}, {"speaker": "Wu Lan"}, {"speaker": "Chen Tao"}]


def fill(store: VectorStore) -> None:
    store.create("mark")
    store.add(IDS, VECTORS, TEXTS, METADATA)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VectorStore]:
    store = VectorStore.connect(tmp_path / "chroma", "one")
    fill(store)
    yield store
    store.close()


def test_the_nearest_come_first_with_their_cosines(store: VectorStore) -> None:
    found = store.nearest(np.array([1, 0, 0], dtype=np.float32), 2)
    assert list(found) == ["a", "b"]
    assert found == pytest.approx({"a": 1.0, "b": 0.6}, abs=1e-6)


def test_more_than_there_are_gives_all_there_are(store: VectorStore) -> None:
    assert set(store.nearest(VECTORS[0], 50)) == set(IDS)


def test_a_filter_leaves_out_the_rest(store: VectorStore) -> None:
    where = {"speaker": {"$in": ["Chen Tao"]}}
    assert list(store.nearest(VECTORS[0], 3, where)) == ["c"]


def test_a_store_reopened_holds_what_was_written(tmp_path: Path, store: VectorStore) -> None:
    store.close()
    again = VectorStore.connect(tmp_path / "chroma", "one")
    again.check("mark", 3)
    assert list(again.nearest(VECTORS[2], 1)) == ["c"]
    again.close()


@pytest.mark.parametrize(("mark", "count"), [("other", 3), ("mark", 2)])
def test_the_vectors_of_another_index_are_refused(
    store: VectorStore, mark: str, count: int
) -> None:
    with pytest.raises(IndexMismatch, match="do not belong to this index: run `hetao ingest`"):
        store.check(mark, count)


def test_vectors_that_are_not_there_are_told(store: VectorStore) -> None:
    with pytest.raises(IndexMismatch, match=r"of this index are missing.*ingest"):
        VectorStore(store._client, "another", store._place).check("mark", 0)


def test_more_vectors_than_one_batch_takes_are_all_stored(tmp_path: Path) -> None:
    store = VectorStore.connect(tmp_path / "chroma", "large")
    store.create("mark")
    size = store._client.get_max_batch_size() + 10
    vectors = np.tile(VECTORS[:1], (size, 1))
    store.add([str(n) for n in range(size)], vectors, [""] * size)
    store.check("mark", size)
    store.close()


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://host", "http://", "http://host:x"])
def test_an_address_that_is_none_is_refused_with_an_example(tmp_path: Path, address: str) -> None:
    with pytest.raises((SettingsError, StorageError), match=r"http://localhost:8000|hetao doctor"):
        VectorStore.connect(tmp_path, "one", address)


def test_a_folder_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "chroma").write_text("a file", encoding="utf-8")
    with pytest.raises(StorageError, match=r"cannot be read or written.*Make room on the disk"):
        VectorStore.connect(tmp_path / "chroma", "one")


def test_a_server_holds_the_vectors_as_a_folder_does(tmp_path: Path, chroma_address: str) -> None:
    store = VectorStore.connect(tmp_path, "one", chroma_address)
    fill(store)
    store.check("mark", 3)
    assert list(store.nearest(VECTORS[0], 2)) == ["a", "b"]
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_dropping_a_generation_leaves_the_others_and_passes_over_what_is_not_there(
    tmp_path: Path, chroma_address: str
) -> None:
    old = VectorStore.connect(tmp_path, "old", chroma_address)
    fill(old)
    new = VectorStore.connect(tmp_path, "new", chroma_address)
    fill(new)
    new.drop({"old", "never"})
    new.check("mark", 3)
    with pytest.raises(IndexMismatch, match="missing"):
        VectorStore.connect(tmp_path, "old", chroma_address).check("mark", 3)


def test_the_generations_of_an_owner_are_told_and_nobody_elses(
    tmp_path: Path, chroma_address: str
) -> None:
    for name, owner in (("mine-1", "me"), ("mine-2", "me"), ("yours", "you"), ("old-form", "")):
        VectorStore.connect(tmp_path, name, chroma_address).create("mark", owner=owner)
    store = VectorStore.connect(tmp_path, "", chroma_address)
    assert store.generations("me") == {"mine-1", "mine-2"}
    assert store.generations("nobody") == set()


def test_a_server_that_does_not_answer_is_told_with_its_address_and_without_its_password(
    tmp_path: Path,
) -> None:
    with pytest.raises(StorageError, match=r"server at 127\.0\.0\.1:9,.*hetao doctor") as told:
        VectorStore.connect(tmp_path, "one", "http://user:secret@127.0.0.1:9")
    assert "secret" not in str(told.value)
    assert "disk" not in str(told.value)


def test_a_server_that_stops_is_told_when_it_is_read_and_when_it_is_written(
    tmp_path: Path, start_chroma: Any
) -> None:
    with start_chroma(tmp_path / "server") as (address, process):
        store = VectorStore.connect(tmp_path, "one", address)
        fill(store)
        process.kill()
        process.wait(timeout=20)
    wanted = f"Chroma server at {address[7:]}, .*does not answer.*Start it"
    with pytest.raises(StorageError, match=wanted) as told:
        store.nearest(VECTORS[0], 1)
    assert "disk" not in str(told.value)
    with pytest.raises(StorageError, match=wanted):
        store.create("mark")
