"""Building one generation of the index: vectors, words, transcripts, and their publication."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

import numpy as np
from tqdm import tqdm

from rag.embedders.embedding import Embedder, Vector
from rag.indexing.index import Header, current_generation, index_folder, publish, write_files
from rag.indexing.lexical import LexicalIndex
from rag.indexing.matrix import save_matrix
from rag.indexing.vectors import Kind, VectorStore
from rag.reading.passages import embedding_text_within
from rag.settings import Settings
from rag.types import Passage


def build_generation(
    settings: Settings, header: Header, transcripts: bytes, passages: tuple[Passage, ...],
    embedder: Embedder, known: VectorStore | None, progress: bool,
) -> None:  # fmt: skip
    """Build a generation beside the one in force, and put it in force by one rename.

    Args:
        settings: where to write.
        header: what the generation is made of.
        transcripts: as :func:`rag.indexing.index.dump_transcripts` gives them.
        passages: all of them, cut.
        embedder: the one named in the header.
        known: vectors of the same embedder to take over, by passage and sentence.
        progress: draw a progress bar on standard error.

    Raises StorageError or OSError when it cannot be written; the one in force is kept.
    """
    generation = f"{header.fingerprint[:12]}-{secrets.token_hex(3)}"
    folder = index_folder(settings.data_dir) / generation
    folder.mkdir(parents=True)
    previous = current_generation(settings.data_dir)
    try:
        with contextlib.closing(
            VectorStore.connect(folder / "chroma", generation, settings.chroma_url)
        ) as store:
            texts = [
                embedding_text_within(p, embedder.window_tokens, embedder.count_tokens)
                for p in passages
            ]
            for kind, vectors in _add_vectors(
                store, header.fingerprint, passages, texts, embedder, known, progress
            ):
                save_matrix(folder, kind, vectors)
            write_files(folder, header, transcripts, passages, LexicalIndex.build(texts))
            publish(settings.data_dir, generation)
            # A reader may still have the previous generation open: it goes with the next ingest.
            remove_strays(settings.data_dir, store, {generation, previous})
    except BaseException:
        # An interrupt may come when the new generation is in force already. With a server the
        # folder stays: by its name the next ingest finds what is left there.
        if not settings.chroma_url and current_generation(settings.data_dir) != generation:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def remove_strays(data_dir: Path, store: VectorStore, keep: Set[str | None]) -> None:
    """Remove what killed ingests left, and generations that no reader can still have open."""
    for stray in index_folder(data_dir).iterdir():
        if stray.is_dir() and stray.name not in keep:
            store.drop(stray.name)
            shutil.rmtree(stray, ignore_errors=True)
        elif stray.name.startswith("CURRENT."):
            stray.unlink(missing_ok=True)


def _add_vectors(
    store: VectorStore, mark: str, passages: Sequence[Passage], texts: Sequence[str],
    embedder: Embedder, known: VectorStore | None, progress: bool,
) -> Iterator[tuple[Kind, Vector]]:  # fmt: skip
    sentences = [(p, n) for p in passages for n in range(len(p.sentences))]
    work: tuple[tuple[Kind, list[str], list[str], list[dict[str, str | int]]], ...] = (
        ("passages", [p.id for p in passages], list(texts), [_metadata(p) for p in passages]),
        (
            "sentences",
            [f"{p.id}:{n}" for p, n in sentences],
            [p.sentence_text(n) for p, n in sentences],
            [{**_metadata(p), "passage": p.id} for p, _ in sentences],
        ),
    )
    for kind, ids, todo, metadatas in work:
        store.create(kind, mark)
        vectors = _embed(kind, ids, todo, embedder, known, progress)
        store.add(kind, ids, vectors, metadatas)
        yield kind, vectors


def _embed(
    kind: Kind, ids: Sequence[str], texts: Sequence[str], embedder: Embedder,
    stored: VectorStore | None, progress: bool,
) -> Vector:  # fmt: skip
    known: Mapping[str, Vector] = stored.vectors(kind, ids) if stored else {}
    # Speakers repeat themselves ("Thank you."): the same words are embedded once.
    missing = list(dict.fromkeys(t for i, t in zip(ids, texts, strict=True) if i not in known))
    fresh: dict[str, Vector] = {}
    if missing:
        with tqdm(
            total=len(missing), desc=f"Embedding {kind}", mininterval=1, disable=not progress
        ) as bar:
            embedded = embedder.embed_passages(missing, bar.update)
        fresh = dict(zip(missing, embedded, strict=True))
    return np.stack(
        [known[id_] if id_ in known else fresh[text] for id_, text in zip(ids, texts, strict=True)]
    )


def _metadata(passage: Passage) -> dict[str, str | int]:
    day = int(passage.date.strftime("%Y%m%d")) if passage.date else 0
    return {
        "transcript": passage.transcript_id, "speaker": passage.speaker, "role": passage.role,
        "date": day,
    }  # fmt: skip
