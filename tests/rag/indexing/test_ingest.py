"""ARCHITECTURE, invariant 5, against the real Chroma and BM25; only the embedder is a stand-in."""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from rag.errors import CorpusError, IndexMismatch, StorageError
from rag.indexing import sentence_vectors
from rag.indexing.begun import Begun
from rag.indexing.current import current_generation, index_folder, publish
from rag.indexing.generation import mean_vectors
from rag.indexing.index import Index, is_current, open_index, read_index
from rag.indexing.ingest import IngestReport, ingest
from rag.indexing.passages import cut_passages
from rag.indexing.vectors import VectorStore
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus

Ingest = Callable[[], IngestReport]
Open = Callable[[], Index]
TESTS = Path(__file__).parents[2]

MODERATOR = ("Lin Mei", "Welcome to the briefing. The floor is open for questions.")
HARBOUR = ("Chen Tao", "The harbour opening is in May. The budget is 3.5 billion yuan.")
PARK = ("Wu Lan", "The park hosts two university laboratories. It is large.")


@pytest.fixture
def corpus(settings: Settings, page: Any) -> Path:
    """Two transcripts of a page each."""
    folder = settings.corpus_dir
    page(folder / "harbour-p2.txt", MODERATOR, HARBOUR)
    page(folder / "park.txt", MODERATOR, PARK)
    return folder


def generations(settings: Settings) -> set[str]:
    return {path.name for path in index_folder(settings.data_dir).iterdir() if path.is_dir()}


def contents(folder: Path) -> dict[str, bytes]:
    """The files by name; Chroma fills up its own with arbitrary bytes whenever it is opened."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "chroma" not in path.parts
    }


def check_whole(index: Index) -> None:
    """All parts of an index speak of the same passages."""
    ids = [passage.id for passage in index.passages]
    # What is near is approximate; that all are there is asked of Chroma itself.
    assert set(index.vectors._collection().get(include=[])["ids"]) == set(ids)
    assert len(index.matrices.sentences) == sum(len(p.sentences) for p in index.passages)
    assert set(index.vocabulary.people) == {p.speaker for p in index.passages}
    assert index.words.size == len(ids)
    for passage in index.passages:
        text = index.transcripts[passage.transcript_id].text
        assert passage.text == text[passage.start : passage.end]


def test_the_first_ingest_reports_what_it_read(corpus: Path, ingest_folder: Ingest) -> None:
    report = ingest_folder()
    assert (report.transcripts, report.turns, report.added) == (2, 4, 2)
    assert (report.updated, report.unchanged, report.removed, report.skipped) == (0, 0, 0, ())


def test_the_same_corpus_again_changes_nothing_and_embeds_nothing(
    corpus: Path, ingest_folder: Ingest, opened: Open, settings: Settings, word_embedder: Any
) -> None:
    ingest_folder()
    before = contents(index_folder(settings.data_dir))
    assert len(before) > 5
    report = ingest_folder()
    assert (report.added, report.updated, report.unchanged, report.removed) == (0, 0, 2, 0)
    assert word_embedder.embedded == []
    assert contents(index_folder(settings.data_dir)) == before
    check_whole(opened())


def test_a_changed_file_renews_its_passages_and_no_other(
    corpus: Path, page: Any, ingest_folder: Ingest, opened: Open, word_embedder: Any
) -> None:
    ingest_folder()
    before = {p.id: p.text for p in opened().passages}
    page(corpus / "park.txt", MODERATOR, ("Wu Lan", "The park has closed."))
    report = ingest_folder()
    after = {p.id: p.text for p in opened().passages}
    assert (report.updated, report.unchanged) == (1, 1)
    assert [before[id_] for id_ in before.keys() - after.keys()] == [PARK[1]]
    assert [after[id_] for id_ in after.keys() - before.keys()] == ["The park has closed."]
    assert word_embedder.embedded == ["The park has closed."]
    check_whole(opened())


def test_vectors_taken_over_are_those_that_were_stored(
    corpus: Path, page: Any, ingest_folder: Ingest, opened: Open
) -> None:
    ingest_folder()
    index = opened()
    kept = [p.id for p in index.passages if p.transcript_id == "harbour"]
    page(corpus / "another.txt", MODERATOR, ("Wu Lan", "Another park. It is small."))
    ingest_folder()
    after = opened()
    assert [after.passages.row(id_) for id_ in kept] != [index.passages.row(id_) for id_ in kept]
    for id_ in kept:
        before, now = (each.passages.row(id_) for each in (index, after))
        np.testing.assert_array_equal(
            after.matrices.passages[[now]], index.matrices.passages[[before]]
        )
        np.testing.assert_array_equal(
            after.matrices.sentences_of(now), index.matrices.sentences_of(before)
        )


def test_of_a_changed_speech_only_the_new_sentences_are_embedded(
    corpus: Path, page: Any, ingest_folder: Ingest, opened: Open, word_embedder: Any
) -> None:
    ingest_folder()
    page(corpus / "park.txt", MODERATOR, (PARK[0], f"{PARK[1]} It is large. It is green."))
    ingest_folder()
    assert word_embedder.embedded == ["It is green."]
    check_whole(opened())


def test_a_passage_is_the_mean_of_its_sentences_by_their_length(
    make: Any, word_embedder: Any
) -> None:
    text = "Parks open. The harbour of the old university closes in May."
    (passage,) = cut_passages(
        make(("Wu Lan", "official", text)), max_tokens=60, count_tokens=word_embedder.count_tokens
    )
    sentences = np.array([[1, 0], [0, 1]], dtype=np.float32)
    (mean,) = mean_vectors(sentences, [passage])
    short, long = (end - start for start, end in passage.sentences)
    np.testing.assert_allclose(mean, np.array([short, long]) / np.hypot(short, long), rtol=1e-6)
    alone = mean_vectors(sentences[:1], [replace(passage, sentences=passage.sentences[:1])])
    np.testing.assert_array_equal(alone, sentences[:1])


def test_questions_given_by_the_manifest_renew_the_index_and_embed_nothing(
    corpus: Path, settings: Settings, ingest_folder: Ingest, opened: Open, word_embedder: Any
) -> None:
    ingest_folder()
    before = current_generation(settings.data_dir)
    entry = {"id": "park", "pages": [{"file": "park.txt"}], "questions": ["Is the park large?"]}
    (corpus / "manifest.json").write_text(json.dumps({"transcripts": [entry]}), encoding="utf-8")
    with_questions = read_corpus((corpus,))
    with contextlib.closing(opened()) as index:
        assert not is_current(index, settings, word_embedder.id, with_questions)
    ingest_folder()
    assert current_generation(settings.data_dir) != before
    assert word_embedder.embedded == []
    with contextlib.closing(opened()) as index:
        assert is_current(index, settings, word_embedder.id, with_questions)
        assert index.transcripts["park"].questions == ("Is the park large?",)


def test_a_removed_file_takes_exactly_its_passages_along(
    corpus: Path, ingest_folder: Ingest, opened: Open, word_embedder: Any
) -> None:
    ingest_folder()
    (corpus / "park.txt").unlink()
    report = ingest_folder()
    assert (report.removed, report.unchanged) == (1, 1)
    assert {p.transcript_id for p in opened().passages} == {"harbour"}
    assert word_embedder.embedded == []
    check_whole(opened())


def test_a_page_put_before_another_keeps_the_passages_of_that_one(
    corpus: Path, page: Any, ingest_folder: Ingest, opened: Open, word_embedder: Any
) -> None:
    ingest_folder()
    before = {p.id for p in opened().passages if p.transcript_id == "harbour"}
    page(corpus / "harbour-p1.txt", ("Chen Tao", "The university is old."))
    ingest_folder()
    pages = {p.id: p.page for p in opened().passages if p.transcript_id == "harbour"}
    assert before < pages.keys()
    assert {pages[id_] for id_ in before} == {2}
    assert all("The university is old." in text for text in word_embedder.embedded)


def test_other_settings_build_the_index_anew(
    corpus: Path, settings: Settings, ingest_folder: Ingest, word_embedder: Any
) -> None:
    ingest_folder()
    before = current_generation(settings.data_dir)
    other = settings.model_copy(update={"question_context": False})
    ingest(read_corpus((corpus,)), other, word_embedder)
    assert open_index(other, word_embedder.id).generation != before


def test_another_model_takes_over_no_vector(
    corpus: Path, settings: Settings, ingest_folder: Ingest, word_embedder: Any
) -> None:
    ingest_folder()
    first = len(word_embedder.embedded)
    other = type(word_embedder)("words@2")
    ingest(read_corpus((corpus,)), settings, other)
    assert len(other.embedded) == first
    check_whole(open_index(settings, "words@2"))


def test_a_rebuild_embeds_everything_anew(
    corpus: Path, settings: Settings, ingest_folder: Ingest, word_embedder: Any
) -> None:
    ingest_folder()
    first = len(word_embedder.embedded)
    ingest(read_corpus((corpus,)), settings, word_embedder, rebuild=True)
    assert len(word_embedder.embedded) == 2 * first


@pytest.mark.parametrize("damage", [b"damage", b"\xff\xfe\0", b""])
@pytest.mark.parametrize(
    "damaged",
    [
        "header.json",
        "passages.npz",
        "vocabulary.json",
        "bm25/frequencies.json",
        "chroma/chroma.sqlite3",
        "CURRENT",
    ],
)
def test_an_ingest_mends_a_damaged_index(
    corpus: Path, settings: Settings, ingest_folder: Ingest, opened: Open, damaged: str,
    damage: bytes,
) -> None:  # fmt: skip
    ingest_folder()
    folder = index_folder(settings.data_dir)
    place = folder / "" if damaged == "CURRENT" else folder / next(iter(generations(settings)))
    (place / damaged).write_bytes(damage)
    ingest_folder()
    check_whole(opened())


def test_passages_and_vectors_of_two_indexes_are_never_mixed(
    corpus: Path, settings: Settings, ingest_folder: Ingest, opened: Open, page: Any
) -> None:
    ingest_folder()
    first = opened()
    page(corpus / "park.txt", MODERATOR, ("Wu Lan", "The park has closed."))
    ingest_folder()
    # A reader that opened the old index before still reads the whole old index.
    check_whole(first)
    assert any(p.text == PARK[1] for p in first.passages)
    assert generations(settings) == {first.generation, opened().generation}


def test_only_the_index_in_force_and_the_one_before_are_kept(
    corpus: Path, settings: Settings, ingest_folder: Ingest, page: Any
) -> None:
    for number in range(4):
        page(corpus / "park.txt", MODERATOR, ("Wu Lan", f"The park has {number} gates."))
        ingest_folder()
    assert len(generations(settings)) == 2
    ingest_folder()
    assert generations(settings) == {current_generation(settings.data_dir)}


@pytest.mark.parametrize("name", ["empty.txt", "binary.txt", "gb.txt", "folder.txt", "link.txt"])
def test_a_file_that_cannot_be_read_is_skipped_with_a_reason_and_the_rest_is_read(
    corpus: Path, ingest_folder: Ingest, name: str
) -> None:
    broken = corpus / name
    if name == "folder.txt":
        broken.mkdir()
        (broken / "inner.txt").write_bytes(b"")
    elif name == "link.txt":
        broken.symlink_to(corpus / "nowhere.txt")
    else:
        contents = {"empty": b"", "binary": bytes(range(256)) * 9, "gb": "发布会".encode("gb18030")}
        broken.write_bytes(contents[broken.stem])
    report = ingest_folder()
    assert report.transcripts == 2
    (skipped,) = report.skipped
    assert Path(skipped.path).is_relative_to(broken)
    assert skipped.reason.endswith((".", "NEW.txt"))


def test_a_page_given_twice_is_read_once_and_told(corpus: Path, ingest_folder: Ingest) -> None:
    (corpus / "twin.txt").write_bytes((corpus / "park.txt").read_bytes())
    report = ingest_folder()
    assert report.transcripts == 2
    assert "the same, byte for byte, as" in report.skipped[0].reason


def test_a_corpus_folder_that_is_not_there_is_told(settings: Settings) -> None:
    with pytest.raises(CorpusError, match=r"There is no file or folder .*corpus"):
        read_corpus((settings.corpus_dir,))


def test_a_corpus_without_a_transcript_leaves_the_index_as_it_is(
    corpus: Path, settings: Settings, ingest_folder: Ingest, opened: Open
) -> None:
    ingest_folder()
    before = opened().generation
    for file in corpus.iterdir():
        file.write_bytes(b"")
    with pytest.raises(CorpusError, match=r"left as it is\. .*It is empty"):
        ingest_folder()
    assert opened().generation == before


@pytest.mark.parametrize("place", ["file", "/proc/hetao"])
def test_a_data_directory_that_cannot_be_written_is_told(
    corpus: Path, settings: Settings, word_embedder: Any, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    data_dir = tmp_path / place
    unwritable = settings.model_copy(update={"data_dir": data_dir})
    with pytest.raises(StorageError, match=r"cannot be (written|read).*HETAO_DATA_DIR"):
        ingest(read_corpus((corpus,)), unwritable, word_embedder)


def test_two_ingests_at_once_are_refused_and_the_index_stays(
    corpus: Path, settings: Settings, ingest_folder: Ingest, opened: Open
) -> None:
    ingest_folder()
    before = opened().generation
    with (
        FileLock(index_folder(settings.data_dir) / ".lock"),
        pytest.raises(StorageError, match=r"Another ingest is writing.*wait until it has finished"),
    ):
        ingest_folder()
    assert opened().generation == before
    ingest_folder()


def test_an_interrupt_while_embedding_leaves_the_old_index_and_no_stray(
    corpus: Path, settings: Settings, ingest_folder: Ingest, page: Any, word_embedder: Any
) -> None:
    ingest_folder()
    before = current_generation(settings.data_dir)
    page(corpus / "park.txt", MODERATOR, ("Wu Lan", "The park has closed."))

    class Interrupted(type(word_embedder)):  # type: ignore[misc]
        def embed_passages(self, texts: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(read_corpus((corpus,)), settings, Interrupted())
    assert current_generation(settings.data_dir) == before
    assert generations(settings) == {before}


def test_an_ingest_that_was_broken_off_is_gone_on_with_and_not_begun_anew(
    corpus: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, word_embedder: Any
) -> None:
    monkeypatch.setattr(sentence_vectors, "_AT_ONCE", 2)
    settings = settings.model_copy(update={"embedding_batch_size": 1})
    calls: list[int] = []

    class Interrupted(type(word_embedder)):  # type: ignore[misc]
        def embed_passages(self, texts: Any) -> Any:
            calls.append(len(texts))
            if len(calls) == 3:
                raise KeyboardInterrupt
            return super().embed_passages(texts)

    with pytest.raises(KeyboardInterrupt):
        ingest(read_corpus((corpus,)), settings, Interrupted())
    assert current_generation(settings.data_dir) is None
    embedder = type(word_embedder)()
    ingest(read_corpus((corpus,)), settings, embedder)
    assert len(embedder.embedded) == 2
    assert not (settings.data_dir / "begun").exists()

    other = Interrupted("others@1")
    calls.clear()
    with pytest.raises(KeyboardInterrupt):
        ingest(read_corpus((corpus,)), settings, other, rebuild=True)
    ingest(read_corpus((corpus,)), settings, embedder, rebuild=True)
    assert len(embedder.embedded) == 2 + 6


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut short"])
def test_what_a_kill_left_of_a_kept_file_is_passed_over(tmp_path: Path, damage: bytes) -> None:
    begun = Begun(tmp_path, "words@1")
    begun.keep(["a", "b"], np.eye(2, dtype=np.float32))
    (kept,) = (tmp_path / "begun").iterdir()
    kept.with_name(f"{kept.stem}0.npz").write_bytes(damage)
    assert begun.vectors(["b", "c"])["b"].tolist() == [0, 1]
    assert Begun(tmp_path, "others@1").vectors(["a"]) == {}


@pytest.mark.parametrize(
    "step", ["ingest.embed_sentences", "generation.write_files", "generation.publish"]
)
def test_a_disk_that_is_full_at_any_step_leaves_the_old_index_and_no_stray(
    corpus: Path, settings: Settings, ingest_folder: Ingest, opened: Open, page: Any,
    monkeypatch: pytest.MonkeyPatch, step: str,
) -> None:  # fmt: skip
    ingest_folder()
    before = opened().generation
    page(corpus / "park.txt", MODERATOR, ("Wu Lan", "The park has closed."))

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(f"rag.indexing.{step}", refuse)
        with pytest.raises(StorageError, match=r"the disk is full\. The index in force was kept"):
            ingest_folder()
    assert generations(settings) == {before}
    assert opened().generation == before
    check_whole(opened())


def test_an_interrupt_just_after_the_new_index_is_in_force_keeps_it(
    corpus: Path, settings: Settings, ingest_folder: Ingest, opened: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def interrupted(data_dir: Path, generation: str) -> None:
        publish(data_dir, generation)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("rag.indexing.generation.publish", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ingest_folder()
    check_whole(opened())
    assert ingest_folder().unchanged == 2


# Run in a process of its own. The forked child ingests and is killed after a while, or is
# refused to write files over a size; the parent holds no thread and no open index.
SCRIPT = """
import json, os, random, resource, shutil, signal, sys, time
from pathlib import Path
tests, job = sys.argv[1], json.loads(sys.argv[2])
sys.path.insert(0, tests)
from conftest import WordEmbedder
from rag.transcripts.corpus import read_corpus
from rag.errors import HetaoError
from rag.indexing.ingest import ingest
from rag.indexing.passages import cut_passages
from rag.settings import Settings

def child(data_dir, limit=None):
    pid = os.fork()
    if pid:
        return pid
    try:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        settings = Settings(_env_file=None, data_dir=data_dir, passage_tokens=60)
        ingest(read_corpus([Path(job["corpus"])]), settings, WordEmbedder())
        os._exit(0)
    except HetaoError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\\n")
        os._exit(1)
    except BaseException as error:
        sys.stderr.write(f"escaped: {error!r}\\n")
        os._exit(9)

def copy(number):
    return Path(shutil.copytree(job["data"], f"{job['data']}-{number}"))

started = time.monotonic()
os.waitpid(child(copy("whole")), 0)
whole = time.monotonic() - started
for number, limit in enumerate(job["limits"]):
    _, status = os.waitpid(child(copy(number), limit), 0)
    print(os.waitstatus_to_exitcode(status))
for number in range(job["kills"]):
    pid = child(copy(number))
    time.sleep(1.3 * whole * (number + random.random()) / job["kills"])
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
"""


def run_script(settings: Settings, **job: object) -> subprocess.CompletedProcess[str]:
    told = {"corpus": str(settings.corpus_dir), "data": str(settings.data_dir), **job}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(TESTS), json.dumps(told)],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip


@pytest.fixture
def larger(corpus: Path, ingest_folder: Ingest, page: Any) -> set[str]:
    """A corpus larger than the index in force; gives the texts of that index."""
    ingest_folder()
    old = {HARBOUR[1], PARK[1]}
    words = " ".join(f"The harbour has berth {n} and the park has gate {n}." for n in range(150))
    page(corpus / "new.txt", MODERATOR, ("Chen Tao", words))
    return old


def test_a_kill_at_any_moment_leaves_the_old_index_or_the_new_one(
    larger: set[str], settings: Settings, word_embedder: Any
) -> None:
    kills = 6
    run_script(settings, limits=[], kills=kills)
    for number in range(kills):
        copy = settings.model_copy(
            update={"data_dir": settings.data_dir.with_name(f"data-{number}")}
        )
        index = open_index(copy, word_embedder.id)
        check_whole(index)
        assert set(index.transcripts) in ({"harbour", "park"}, {"harbour", "park", "new"})
        assert larger <= {p.text for p in index.passages}
        index.close()
        ingest(read_corpus((settings.corpus_dir,)), copy, word_embedder)
        mended = open_index(copy, word_embedder.id)
        check_whole(mended)
        assert set(mended.transcripts) == {"harbour", "park", "new"}
        assert generations(copy) <= {index.generation, mended.generation}
        assert not list(index_folder(copy.data_dir).glob("CURRENT.*"))
        mended.close()


def test_a_refusal_to_write_leaves_the_old_index_and_is_a_sentence(
    larger: set[str], settings: Settings, word_embedder: Any
) -> None:
    limits = [0, 20_000, 150_000, 200_000]
    finished = run_script(settings, limits=limits, kills=0)
    assert [int(line) for line in finished.stdout.split()] == [1] * len(limits), finished.stderr
    told = [line for line in finished.stderr.splitlines() if line.startswith("StorageError")]
    assert len(told) == len(limits), finished.stderr
    assert all("room" in line for line in told), told
    for number in range(len(limits)):
        copy = settings.data_dir.with_name(f"data-{number}")
        index = read_index(copy)
        assert index is not None
        check_whole(index)
        assert {p.text for p in index.passages} >= larger
        assert {path.name for path in index_folder(copy).iterdir() if path.is_dir()} == {
            index.generation
        }
        index.close()


def test_strays_of_a_killed_ingest_go_even_when_the_corpus_is_as_it_was(
    corpus: Path, settings: Settings, ingest_folder: Ingest
) -> None:
    ingest_folder()
    folder = index_folder(settings.data_dir)
    (folder / "half-written" / "chroma").mkdir(parents=True)
    (folder / "CURRENT.123").write_text("half-written", encoding="utf-8")
    ingest_folder()
    assert generations(settings) == {current_generation(settings.data_dir)}
    assert not (folder / "CURRENT.123").exists()


def test_a_server_holds_the_vectors_and_is_cleared_of_what_a_failed_ingest_left(
    corpus: Path, settings: Settings, word_embedder: Any, page: Any, chroma_address: str
) -> None:
    remote = settings.model_copy(update={"chroma_url": chroma_address})
    ingest(read_corpus((corpus,)), remote, word_embedder)
    first = open_index(remote, word_embedder.id)
    check_whole(first)
    assert not (first.folder / "chroma").exists()
    page(corpus / "park.txt", MODERATOR, ("Wu Lan", "The park has closed."))

    class Failing(type(word_embedder)):  # type: ignore[misc]
        def embed_passages(self, texts: Any) -> Any:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError, match="the disk is full"):
        ingest(read_corpus((corpus,)), remote, Failing())
    check_whole(open_index(remote, word_embedder.id))
    (stray,) = generations(remote) - {first.generation}
    ingest(read_corpus((corpus,)), remote, word_embedder)
    check_whole(open_index(remote, word_embedder.id))
    left = VectorStore.connect(settings.data_dir, stray, chroma_address)
    with pytest.raises(IndexMismatch, match="missing"):
        left.check("", 0)


def test_a_server_and_a_folder_keep_no_generation_that_no_reader_has_open(
    corpus: Path, settings: Settings, word_embedder: Any, page: Any, chroma_address: str
) -> None:
    """That before the one in force may still be read; it goes with the next ingest."""
    for place in (settings.model_copy(update={"chroma_url": chroma_address}), settings):
        known: list[str] = []
        for words in ("The park opens.", "The park grows.", "The park has closed."):
            page(corpus / "park.txt", MODERATOR, ("Wu Lan", words))
            ingest(read_corpus((corpus,)), place, word_embedder)
            known.append(str(current_generation(place.data_dir)))
        assert generations(place) == set(known[-2:])
        ingest(read_corpus((corpus,)), place, word_embedder)
        assert generations(place) == {known[-1]}
        check_whole(open_index(place, word_embedder.id))
        for gone in known[:-1] if place.chroma_url else ():
            store = VectorStore.connect(settings.data_dir, gone, chroma_address)
            with pytest.raises(IndexMismatch, match="missing"):
                store.check("", 0)


def test_a_server_is_cleared_of_an_index_whose_folder_was_deleted_and_of_no_copy(
    corpus: Path, settings: Settings, word_embedder: Any, chroma_address: str
) -> None:
    remote = settings.model_copy(update={"chroma_url": chroma_address})
    ingest(read_corpus((corpus,)), remote, word_embedder)
    gone = str(current_generation(remote.data_dir))
    other = remote.data_dir.with_name("other")
    shutil.copytree(remote.data_dir, other)
    copy = remote.model_copy(update={"data_dir": other})
    ingest(read_corpus((corpus,)), copy, word_embedder, rebuild=True)
    shutil.rmtree(index_folder(remote.data_dir))
    ingest(read_corpus((corpus,)), remote, word_embedder)
    check_whole(open_index(remote, word_embedder.id))
    check_whole(open_index(copy, word_embedder.id))
    with pytest.raises(IndexMismatch, match="missing"):
        VectorStore.connect(settings.data_dir, gone, chroma_address).check("", 0)


def test_an_index_of_an_older_format_is_built_anew(
    corpus: Path, settings: Settings, ingest_folder: Ingest, opened: Open
) -> None:
    ingest_folder()
    old = opened()
    old.close()
    header = json.loads((old.folder / "header.json").read_text(encoding="utf-8"))
    header["recipe"]["format"] -= 1
    (old.folder / "header.json").write_text(json.dumps(header), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="another version of Hetao: run `hetao ingest`"):
        opened()
    ingest_folder()
    assert opened().generation != old.generation
    check_whole(opened())
