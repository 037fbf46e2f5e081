"""A shared index in a real folder: two machines are two data folders."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from rag.cli.doctor import _shared as shared_check
from rag.errors import HetaoError, IndexMismatch, SettingsError, StorageError
from rag.hosts import place_of
from rag.indexing import generation, shared
from rag.indexing.current import current_generation, index_folder
from rag.indexing.index import open_index
from rag.indexing.ingest import IngestReport, ingest
from rag.indexing.shared import SharedIndex, follow, look
from rag.indexing.vectors import VectorStore
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from tests.conftest import WordEmbedder, write_page

HARBOUR = "The harbour opening is in May. The budget is large."


class Machine:
    """One that has nothing in common with another but the shared place."""

    def __init__(self, folder: Path, index_url: str, chroma_url: str = "") -> None:
        self.settings = Settings(
            _env_file=None, data_dir=folder / "data", corpus_dir=folder.parent / "corpus",
            passage_tokens=60, index_url=index_url, chroma_url=chroma_url,
        )  # fmt: skip
        self.embedder = WordEmbedder()

    def say(self, words: str) -> None:
        write_page(self.settings.corpus_dir / "page.txt", ("Wu Lan", words))

    def ingest(self, words: str = "") -> IngestReport:
        if words:
            self.say(words)
        return ingest(read_corpus((self.settings.corpus_dir,)), self.settings, self.embedder)

    @property
    def here(self) -> str:
        return str(current_generation(self.settings.data_dir))

    def reads(self, *, latest: bool = True) -> str:
        """The words of the index, all parts of which are whole."""
        index = open_index(self.settings, self.embedder.id, latest=latest)
        with contextlib.closing(index):
            index.open_parts()
            (found,) = index.vectors.nearest(self.embedder.embed_question("harbour"), 1)
            assert found == index.passages[0].id
            return " ".join(passage.text for passage in index.passages)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "place"


@pytest.fixture
def machine(tmp_path: Path, place: Path) -> Callable[..., Machine]:
    return lambda name, **settings: Machine(tmp_path / name, place.as_uri(), **settings)


@contextlib.contextmanager
def away(place: Path) -> Iterator[None]:
    """The place is there but does not answer."""
    aside = place.with_name("aside")
    place.rename(aside)
    place.mkdir()
    (place / "CURRENT").mkdir()
    yield
    (place / "CURRENT").rmdir()
    place.rmdir()
    aside.rename(place)


def test_a_machine_that_never_ingested_answers_with_what_another_put_there(
    machine: Any, place: Path
) -> None:
    one, two = machine("one"), machine("two")
    one.ingest(HARBOUR)
    assert two.reads() == one.reads() == HARBOUR
    assert two.embedder.embedded == []
    assert {path.name for path in place.iterdir()} == {"CURRENT", f"{one.here}.zip"}
    assert {path.name for path in index_folder(two.settings.data_dir).iterdir()} == {
        "CURRENT", ".lock", one.here,
    }  # fmt: skip


def test_an_ingest_elsewhere_goes_on_from_the_shared_index(machine: Any) -> None:
    one, two = machine("one"), machine("two")
    one.ingest(HARBOUR)
    two.say(HARBOUR)
    assert (two.ingest().unchanged, two.here) == (1, one.here)
    two.ingest(f"{HARBOUR} The park is new.")
    assert two.embedder.embedded == ["The park is new."]
    assert one.reads(latest=False) == HARBOUR
    assert one.reads() == two.reads() == f"{HARBOUR} The park is new."
    with (
        contextlib.closing(open_index(one.settings, "words@1")) as index,
        contextlib.closing(open_index(two.settings, "words@1")) as other,
    ):
        np.testing.assert_array_equal(index.matrices.sentences.rows, other.matrices.sentences.rows)


def test_an_index_from_before_it_was_shared_is_shared_and_embedded_no_second_time(
    machine: Any,
) -> None:
    one, two = machine("one"), machine("two")
    alone = one.settings
    one.settings = alone.model_copy(update={"index_url": ""})
    one.ingest(HARBOUR)
    one.settings = alone
    one.embedder.embedded.clear()
    one.ingest()
    assert one.embedder.embedded == []
    assert two.reads() == HARBOUR


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b.replace(b"harbour", b"HARBOUR")])
def test_what_was_cut_short_or_altered_is_told_never_used_and_fetched_anew(
    machine: Any, place: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[bytes], bytes]
) -> None:
    one, two, three = machine("one"), machine("two"), machine("three")
    one.ingest(HARBOUR)
    assert two.reads() == HARBOUR
    one.ingest("The harbour has closed.")
    file = place / f"{one.here}.zip"
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert two.reads() == HARBOUR
    assert f"{file.name} is not what was put there" in caplog.text
    with pytest.raises(IndexMismatch, match="is damaged"):
        three.reads()
    assert not index_folder(three.settings.data_dir).joinpath("CURRENT").exists()
    file.write_bytes(whole)
    assert two.reads() == three.reads() == "The harbour has closed."


def test_a_damaged_place_is_mended_by_an_ingest(machine: Any, place: Path) -> None:
    one, two = machine("one"), machine("two")
    one.ingest(HARBOUR)
    (place / "CURRENT").write_text("junk", encoding="utf-8")
    with pytest.raises(IndexMismatch, match="CURRENT is not what was put there"):
        two.reads()
    one.ingest()
    assert two.reads() == HARBOUR


@pytest.mark.parametrize("step", ["put_file", "pipe_file", "mv"])
def test_a_place_that_fails_at_any_step_leaves_the_old_index_in_force_everywhere(
    machine: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    one, two = machine("one"), machine("two")
    one.ingest(HARBOUR)
    before = one.here

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("with the password")

    with monkeypatch.context() as patch:
        patch.setattr(f"fsspec.implementations.local.LocalFileSystem.{step}", refuse)
        with pytest.raises(StorageError, match=r"HETAO_INDEX_URL names.*PermissionError") as told:
            one.ingest("The harbour has closed.")
    assert "password" not in str(told.value)
    assert one.here == before
    assert one.reads() == two.reads() == HARBOUR
    one.ingest()
    assert two.reads() == "The harbour has closed."


@pytest.mark.parametrize("server", [False, True])
def test_of_two_ingests_at_once_the_later_is_in_force_and_both_are_whole(
    machine: Any, place: Path, monkeypatch: pytest.MonkeyPatch, server: bool, request: Any
) -> None:
    chroma = {"chroma_url": request.getfixturevalue("chroma_address")} if server else {}
    one, two, reader = (machine(name, **chroma) for name in ("one", "two", "reader"))
    one.ingest(HARBOUR)
    write = generation.write_files

    def meanwhile(*arguments: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(generation, "write_files", write)
            two.ingest("The harbour is old.")
        assert reader.reads() == "The harbour is old."
        write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(generation, "write_files", meanwhile)
        one.ingest("The harbour has closed.")
    assert two.reads(latest=False) == "The harbour is old."
    for each in (one, reader, two):
        assert each.reads() == "The harbour has closed."


@pytest.mark.parametrize("server", [False, True])
def test_only_what_is_in_force_and_what_was_before_lie_there(
    machine: Any, place: Path, request: Any, server: bool
) -> None:
    address = request.getfixturevalue("chroma_address") if server else ""
    machines = [machine(name, chroma_url=address) for name in ("one", "two")]
    others = place / "notes.txt", place / "0123456789ab-abcdef.1"
    known: list[str] = []
    for number in range(4):
        machines[number % 2].ingest(f"The harbour has {number} gates.")
        known.append(machines[number % 2].here)
    for file in others:  # what is not ours; an ingest that was given up
        file.touch()
    machines[0].ingest()
    lying = {path.name for path in place.iterdir()}
    assert lying == {"CURRENT", "notes.txt", others[1].name, *(f"{n}.zip" for n in known[-2:])}
    machines[0].ingest("The harbour has 4 gates.")
    assert not others[1].exists()
    if address:
        owner = generation._owner(machines[0].settings)
        assert owner == generation._owner(machines[1].settings)
        store = VectorStore.connect(place, "", address)
        assert store.generations(owner) == {known[-1], machines[0].here}


def test_a_place_that_does_not_answer_is_told_and_the_copy_here_is_read(
    machine: Any, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = machine("one"), machine("two")
    one.ingest(HARBOUR)
    with away(place):
        assert one.reads() == HARBOUR
        assert "cannot be read or written" in caplog.text
        with pytest.raises(HetaoError, match=r"cannot be read or written.*try again"):
            shared_check(one.settings)
        with pytest.raises(StorageError, match="cannot be read or written"):
            two.reads()
        with pytest.raises(StorageError, match="cannot be read or written"):
            one.ingest("The harbour has closed.")
    assert one.reads() == two.reads() == HARBOUR
    assert one.here in shared_check(two.settings)


def test_while_another_process_of_the_machine_ingests_or_fetches_the_copy_here_is_read(
    machine: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = machine("one"), machine("two")
    one.ingest(HARBOUR)
    look(two.settings)
    one.ingest("The harbour has closed.")
    with FileLock(index_folder(two.settings.data_dir) / ".lock"):
        assert two.reads() == HARBOUR
    assert "Another ingest is writing" in caplog.text
    assert two.reads() == "The harbour has closed."


def test_an_index_by_other_settings_is_not_put_in_force(
    machine: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = machine("one"), machine("two")
    one.ingest(HARBOUR)
    two.settings = two.settings.model_copy(update={"passage_tokens": 50})
    two.ingest("The harbour has closed.")
    assert one.reads() == HARBOUR
    assert "was built with other settings" in caplog.text


def test_a_reader_follows_in_the_background_and_is_told_once_that_it_cannot(
    machine: Any, place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Reader:
        pass

    monkeypatch.setattr(shared, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(shared, "_LOOK_AFTER_FAILURE_SECONDS", 0.02)
    one, two = machine("one"), machine("two")
    one.ingest(HARBOUR)
    look(two.settings)
    before, reader = threading.active_count(), Reader()
    follow(two.settings, reader)
    one.ingest("The harbour has closed.")
    wait_for(lambda: two.here == one.here)
    with away(place):
        wait_for(lambda: "Meanwhile questions are answered" in caplog.text)
        time.sleep(0.1)
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warned) == 1
    with away(place), away(two.settings.data_dir):
        time.sleep(0.1)
    one.ingest("The harbour is open.")
    wait_for(lambda: two.here == one.here)
    del reader
    wait_for(lambda: threading.active_count() == before)


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(500):
        if what():
            return
        time.sleep(0.02)
    pytest.fail("nothing came of it")


def test_an_address_is_shown_without_what_must_stay_secret() -> None:
    assert place_of("s3://me:secret@host/hetao/?sig=secret") == "s3://host/hetao"


@pytest.mark.parametrize(
    "address",
    [
        "nowhere://me:secret@host/x",
        "s3:/me:secret@",
        "s3://",
        "http://host/x",
        "memory://x",
    ],
)
def test_an_address_that_is_none_is_told_with_an_example(address: str) -> None:
    with pytest.raises(SettingsError, match="s3://bucket/hetao") as told:
        SharedIndex(address)
    assert "secret" not in str(told.value)
