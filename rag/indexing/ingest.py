"""Bringing the index in line with the corpus: idempotent, atomic, one at a time."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from rag.embedding.embedder import Embedder
from rag.errors import CorpusError, IndexMismatch, ModelError, StorageError
from rag.indexing.begun import Begun
from rag.indexing.generation import build_generation, remove_strays
from rag.indexing.header import Header, Recipe, fingerprint
from rag.indexing.index import Index, dump_transcripts, index_folder, read_index
from rag.indexing.passages import cut_passages
from rag.settings import Settings
from rag.telemetry import span
from rag.transcripts.corpus import Corpus, Skipped
from rag.transcripts.unnamed import Note
from rag.types import Passage

_MIN_PASSAGE_TOKENS = 32


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did. ``added`` to ``removed`` count files, one a page."""

    transcripts: int
    turns: int
    passages: int
    added: int
    updated: int
    unchanged: int
    removed: int
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]
    seconds: float


def ingest(
    corpus: Corpus,
    settings: Settings,
    embedder: Embedder,
    *,
    progress: bool = False,
    rebuild: bool = False,
) -> IngestReport:
    """Make the index hold exactly this corpus, by these settings.

    A new generation is built beside the old one and put in force by one rename, so a kill at
    any moment leaves the old index or the new one. Vectors of sentences that did not change
    are taken over, as are those that an ingest which was broken off had made. The same corpus
    again changes nothing.

    Args:
        corpus: what was read; see :func:`rag.transcripts.corpus.read_corpus`.
        settings: where to write, and how to cut and embed.
        embedder: must be the one that the settings name.
        progress: draw a progress bar with the time left on standard error.
        rebuild: embed everything anew, as after damage.

    Raises CorpusError when there is nothing to ingest (the index in force is kept),
    ModelError when the embedder cannot be loaded or reads too little at a time, and
    StorageError when the data directory cannot be written, is full, or is being ingested to.
    """
    started = time.perf_counter()
    if not corpus.transcripts:
        reasons = "; ".join(f"{skip.path}: {skip.reason}" for skip in corpus.skipped[:3])
        advice = "Put transcripts into the corpus folder; corpus/README.md says how."
        raise CorpusError(
            f"There is no transcript to ingest; the index was left as it is. {reasons or advice}"
        )
    with _locked(settings.data_dir), _storage_errors(settings.data_dir):
        old = _readable(settings)
        recipe = Recipe.of(settings, embedder.id)
        mark = fingerprint(recipe, corpus.files, dump_transcripts(corpus.transcripts))
        if rebuild:
            Begun(settings.data_dir, embedder.id).clear()
        usable = old is not None and not rebuild and _sound(old)
        if old is not None and usable and old.header.fingerprint == mark:
            count = len(old.passages)
            remove_strays(settings, old.vectors, {old.generation})
        else:
            passages = _cut(corpus, settings, embedder)
            count = len(passages)
            header = Header(recipe, dict(corpus.files), count, mark)
            same_model = usable and old is not None and old.header.recipe.embedder == embedder.id
            known = old if same_model else None
            build_generation(
                settings, header, corpus.transcripts, passages, embedder, known, progress
            )
        if old is not None:
            old.close()
    return _report(corpus, old.header.files if old else {}, count, started)


def _cut(corpus: Corpus, settings: Settings, embedder: Embedder) -> tuple[Passage, ...]:
    if embedder.window_tokens < _MIN_PASSAGE_TOKENS:
        raise ModelError(
            f"The embedding model {embedder.id} reads {embedder.window_tokens} tokens at a time, "
            f"and passages need {_MIN_PASSAGE_TOKENS} at least. Set "
            "HETAO_EMBEDDING_MODEL to another."
        )
    with span("passages", transcripts=len(corpus.transcripts)) as step:
        passages = tuple(
            passage
            for transcript in corpus.transcripts
            for passage in cut_passages(
                transcript,
                max_tokens=min(settings.passage_tokens, embedder.window_tokens),
                count_tokens=embedder.count_tokens,
                question_context=settings.question_context,
            )
        )
        step.note(passages=len(passages))
    return passages


def _readable(settings: Settings) -> Index | None:
    """The old index, for the vectors to take over; a damaged one is as good as none."""
    try:
        return read_index(settings.data_dir, settings.chroma_url)
    except IndexMismatch:
        return None


def _sound(index: Index) -> bool:
    try:
        index.open_parts()
    except (IndexMismatch, StorageError):
        return False
    return True


def _report(
    corpus: Corpus, before: Mapping[str, str], passages: int, started: float
) -> IngestReport:
    now = corpus.files
    both = now.keys() & before.keys()
    updated = sum(now[name] != before[name] for name in both)
    return IngestReport(
        transcripts=len(corpus.transcripts),
        turns=sum(len(transcript.turns) for transcript in corpus.transcripts),
        passages=passages,
        added=len(now.keys() - before.keys()),
        updated=updated,
        unchanged=len(both) - updated,
        removed=len(before.keys() - now.keys()),
        skipped=corpus.skipped,
        notes=corpus.notes,
        seconds=round(time.perf_counter() - started, 3),
    )


@contextlib.contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    folder = index_folder(data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StorageError(
            f"Another ingest is writing to {data_dir}: wait until it has finished, then run "
            "this one again."
        ) from error
    except OSError as error:
        raise StorageError(
            f"The data directory {data_dir} cannot be written ({error.strerror or error}). "
            "Check its permissions, or set HETAO_DATA_DIR to a folder you may write to."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _storage_errors(data_dir: Path) -> Iterator[None]:
    """A full disk, or another refusal to write, as a sentence; the index in force stays."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else (error.strerror or str(error))
        raise StorageError(
            f"The index could not be written to {data_dir}: {why}. The index in force was "
            "kept. Make room there, or set HETAO_DATA_DIR to another folder, and ingest again."
        ) from error
