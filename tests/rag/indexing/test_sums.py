"""One byte that is another, or a file cut short: told, and mended by the next ingest."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.errors import HetaoError, IndexMismatch
from rag.indexing.index import Index, current_generation, index_folder, open_index
from rag.indexing.ingest import ingest
from rag.questions.question import understand
from rag.search.ranking import Ranker, Wanted
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from rag.types import Filters, Hit

OURS = (
    "header.json", "transcripts.jsonl", "passages.npz", "vocabulary.json", "passages.npy",
    "sentences.npy", "copies.npy", "sums.json", "bm25/frequencies.json", "bm25/params.index.json",
    "bm25/vocab.index.json", "bm25/data.csc.index.npy", "bm25/indices.csc.index.npy",
    "bm25/indptr.csc.index.npy",
)  # fmt: skip
QUESTIONS = ("What is the budget of the harbour?", "When is the opening of the park?")


def flipped(content: bytes) -> bytes:
    place = random.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]


def halved(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.fixture
def built(settings: Settings, page: Any, ingest_folder: Callable[[], Any]) -> Path:
    """The folder of an index of more passages than Chroma keeps out of its own index."""
    words = " ".join(f"The harbour has berth {n} and a budget of {n} yuan." for n in range(40))
    page(settings.corpus_dir / "a.txt", ("Lin Mei", "Welcome to the park."), ("Chen Tao", words))
    ingest_folder()
    random.seed(1)
    return index_folder(settings.data_dir) / str(current_generation(settings.data_dir))


def found(index: Index, embedder: Any) -> list[tuple[Hit, ...]]:
    ranker = Ranker(index, 0.5)
    return [
        ranker.rank(understand(q), embedder.embed_question(q), Wanted(q), 5, Filters())
        for q in QUESTIONS
    ]


@pytest.mark.parametrize("damage", [flipped, halved])
def test_damage_of_any_file_is_told_and_the_next_ingest_mends_it(
    built: Path, settings: Settings, word_embedder: Any, damage: Callable[[bytes], bytes]
) -> None:
    own = {path.relative_to(built).as_posix() for path in built.rglob("*.*") if path.is_file()}
    assert {name for name in own if not name.startswith("chroma/")} == set(OURS)
    for name in OURS:
        whole = (built / name).read_bytes()
        (built / name).write_bytes(damage(whole))
        with pytest.raises(IndexMismatch, match="run `hetao ingest"):
            open_index(settings, word_embedder.id).open_parts()
        (built / name).write_bytes(whole)
    (built / "sentences.npy").write_bytes(damage((built / "sentences.npy").read_bytes()))
    ingest(read_corpus((settings.corpus_dir,)), settings, word_embedder)
    open_index(settings, word_embedder.id).open_parts()


def test_damage_of_chromas_files_is_told_or_gives_no_passage_another_score(
    built: Path, settings: Settings, word_embedder: Any
) -> None:
    index = open_index(settings, word_embedder.id)
    before = found(index, word_embedder)
    index.close()
    files = [path for path in (built / "chroma").rglob("*.*") if path.stat().st_size]
    for number, file in enumerate(files * 3):
        copy = settings.model_copy(update={"data_dir": settings.data_dir.with_name(f"d{number}")})
        shutil.copytree(settings.data_dir, copy.data_dir)
        damaged = copy.data_dir / file.relative_to(settings.data_dir)
        damaged.write_bytes(flipped(damaged.read_bytes()))
        try:
            index = open_index(copy, word_embedder.id)
            index.open_parts()
            got = found(index, word_embedder)
            index.close()
        except HetaoError:
            continue
        for hits, whole in zip(got, before, strict=True):
            scores = {hit.passage.id: hit.score for hit in whole}
            assert all(hit.score == pytest.approx(scores[hit.passage.id]) for hit in hits)
