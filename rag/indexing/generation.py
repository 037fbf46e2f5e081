"""Building one generation of the index: vectors, words, transcripts, and their publication."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Sequence, Set
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from rag.embedders.embedding import Embedder, Vector
from rag.indexing.index import Header, Index, current_generation, index_folder, publish, write_files
from rag.indexing.lexical import LexicalIndex
from rag.indexing.matrix import save_matrix
from rag.indexing.vectors import VectorStore
from rag.reading.passages import embedding_text_within
from rag.settings import Settings
from rag.types import Passage


def build_generation(
    settings: Settings, header: Header, transcripts: bytes, passages: tuple[Passage, ...],
    embedder: Embedder, known: Index | None, progress: bool,
) -> None:  # fmt: skip
    """Build a generation beside the one in force, and put it in force by one rename.

    Args:
        settings: where to write.
        header: what the generation is made of.
        transcripts: as :func:`rag.indexing.index.dump_transcripts` gives them.
        passages: all of them, cut.
        embedder: the one named in the header.
        known: a sound index by the same embedder, to take over the vectors it has.
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
            vectors, sentence_vectors = _embed(passages, texts, embedder, known, progress)
            save_matrix(folder, "passages", vectors)
            save_matrix(folder, "sentences", sentence_vectors)
            store.create(header.fingerprint)
            store.add([passage.id for passage in passages], vectors)
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


def _embed(
    passages: Sequence[Passage], texts: Sequence[str], embedder: Embedder, known: Index | None,
    progress: bool,
) -> tuple[Vector, Vector]:  # fmt: skip
    """The unit vectors of the passages, from these texts, and of all their sentences in order."""
    position = known.position if known else {}
    new = [p for p in passages if p.id not in position]
    words = [text for p, text in zip(passages, texts, strict=True) if p.id not in position]
    said = [p.sentence_text(n) for p in new for n in range(len(p.sentences))]
    fresh = iter(_embed_once("passages", words, embedder, progress))
    fresh_sentences = iter(_embed_once("sentences", said, embedder, progress))
    vectors: list[Vector] = []
    sentences: list[Vector] = []
    for passage in passages:
        if known and passage.id in position:
            row = position[passage.id]
            vectors.append(known.matrices.passages[row])
            sentences.extend(known.matrices.sentences_of(row))
        else:
            vectors.append(next(fresh))
            sentences.extend(islice(fresh_sentences, len(passage.sentences)))
    return np.stack(vectors), np.stack(sentences)


def _embed_once(
    kind: str, texts: Sequence[str], embedder: Embedder, progress: bool
) -> Sequence[Vector]:
    """The vectors of texts; speakers repeat themselves, and the same words are embedded once."""
    once = list(dict.fromkeys(texts))
    if not once:
        return ()
    with tqdm(
        total=len(once), desc=f"Embedding {kind}", mininterval=1, disable=not progress
    ) as bar:
        vectors = dict(zip(once, embedder.embed_passages(once, bar.update), strict=True))
    return [vectors[text] for text in texts]
