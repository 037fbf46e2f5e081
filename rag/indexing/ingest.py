"""Bringing the index in line with the corpus: idempotent, atomic, one at a time."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from rag.embedding.embedder import Embedder
from rag.errors import CorpusError, IndexMismatch, ModelError, StorageError
from rag.indexing.begun import Begun
from rag.indexing.current import locked
from rag.indexing.generation import build_generation, remove_strays
from rag.indexing.header import Header, Recipe, fingerprint
from rag.indexing.index import Index, read_index
from rag.indexing.passages import cut_passages
from rag.indexing.sentence_vectors import embed_sentences
from rag.indexing.shared import bring, shared_index
from rag.indexing.texts import dump_transcripts
from rag.settings import Settings
from rag.telemetry import span
from rag.transcripts.corpus import Corpus, Skipped
from rag.transcripts.unnamed import Note
from rag.types import Passage
from rag.workers import HERE, Workers

_MIN_PASSAGE_TOKENS = 32
# Another process of this machine may just be fetching what is shared.
_WAIT_SECONDS = 60.0


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
    workers: Workers = HERE,
) -> IngestReport:
    """Make the index hold exactly this corpus, by these settings.

    A new generation is built beside the old one and put in force by one rename, so a kill at
    any moment leaves the old index or the new one. Vectors of sentences that did not change
    are taken over, as are those that an ingest which was broken off had made. The same corpus
    again changes nothing. A shared index is fetched first, and what was built is put there before
    it is in force here; :mod:`rag.indexing.shared` says what two machines at once do.

    Args:
        corpus: what was read; see :func:`rag.transcripts.corpus.read_corpus`.
        settings: where to write, and how to cut and embed.
        embedder: must be the one that the settings name.
        progress: draw a progress bar with the time left on standard error.
        rebuild: embed everything anew, as after damage.
        workers: cut the passages and embed their sentences; all else is done here.

    Raises CorpusError when there is nothing to ingest (the index in force is kept),
    ModelError when the embedder cannot be loaded or reads too little at a time,
    ClusterError when the workers cannot be reached, and
    StorageError when the data directory cannot be written, is full, or is being ingested to,
    or when a shared index cannot be read or written.
    """
    started = time.perf_counter()
    if not corpus.transcripts:
        reasons = "; ".join(f"{skip.path}: {skip.reason}" for skip in corpus.skipped[:3])
        advice = "Put transcripts into the corpus folder; corpus/README.md says how."
        raise CorpusError(
            f"There is no transcript to ingest; the index was left as it is. {reasons or advice}"
        )
    wait_seconds = _WAIT_SECONDS if settings.index_url else 0
    with locked(settings.data_dir, wait_seconds), _storage_errors(settings.data_dir):
        in_line = _in_line(settings)
        old = _readable(settings)
        recipe = Recipe.of(settings, embedder.id)
        mark = fingerprint(recipe, corpus.files, dump_transcripts(corpus.transcripts))
        begun = Begun(settings.data_dir, embedder.id)
        if rebuild:
            begun.clear()
        usable = old is not None and not rebuild and _sound(old)
        if old is not None and usable and in_line and old.header.fingerprint == mark:
            count = len(old.passages)
            remove_strays(settings, {old.generation})
        else:
            passages = cut_corpus(corpus, settings, embedder, workers)
            count = len(passages)
            header = Header(recipe, dict(corpus.files), count, mark)
            same_model = usable and old is not None and old.header.recipe.embedder == embedder.id
            known = old if same_model else None
            embed = partial(
                embed_sentences, passages, embedder, known, begun, workers,
                settings.embedding_batch_size, progress,
            )  # fmt: skip
            build_generation(settings, header, corpus.transcripts, passages, embed)
            begun.clear()
        if old is not None:
            old.close()
    return _report(corpus, old.header.files if old else {}, count, started)


def cut_corpus(
    corpus: Corpus, settings: Settings, embedder: Embedder, workers: Workers = HERE
) -> tuple[Passage, ...]:
    """The passages of all transcripts. Raises ModelError when the embedder reads too little."""
    if embedder.window_tokens < _MIN_PASSAGE_TOKENS:
        raise ModelError(
            f"The embedding model {embedder.id} reads {embedder.window_tokens} tokens at a time, "
            f"and passages need {_MIN_PASSAGE_TOKENS} at least. Set "
            "HETAO_EMBEDDING_MODEL to another."
        )
    with span("passages", transcripts=len(corpus.transcripts)) as step:
        cut = partial(
            cut_passages,
            max_tokens=min(settings.passage_tokens, embedder.window_tokens),
            count_tokens=embedder.count_tokens,
            question_context=settings.question_context,
        )
        passages = tuple(chain.from_iterable(workers.map(cut, corpus.transcripts)))
        step.note(passages=len(passages))
    return passages


def _in_line(settings: Settings) -> bool:
    """Whether the index here is the shared one, if there is any; it is fetched first."""
    shared = shared_index(settings)
    try:
        return shared is None or bring(settings, shared)
    except IndexMismatch:
        return False  # of other settings, or damaged: it is replaced


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
