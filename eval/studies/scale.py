"""Indexes of a chosen size, to measure speed by: XQuAD's passages, repeated with changes.

Each copy of a paragraph has some of its words replaced by others of the same texts, or by new
ones, as a larger corpus brings some; the numbers are drawn from a seeded generator. Its vectors
are not embedded, which would take hours on two cores: they are the real ones with noise, of
length 1 again. So ranks mean nothing here, and time, memory and what an approximate search
misses can be measured.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from eval.public_sets import read_named_set
from eval.runs import corpus_hash
from eval.sources import apart, corpus_settings
from rag.embedding.embedder import Embedder
from rag.indexing.current import index_folder, publish
from rag.indexing.generation import store_passages
from rag.indexing.header import FORMAT, Header, fingerprint
from rag.indexing.index import Index, open_index, write_files
from rag.indexing.ingest import ingest
from rag.indexing.lexical import LexicalIndex
from rag.indexing.matrix import Packed, packed_type
from rag.indexing.texts import dump_transcripts
from rag.indexing.vectors import VectorStore
from rag.settings import Settings
from rag.transcripts.corpus import Corpus
from rag.types import Page, Passage, Range, Transcript, Turn

_SEED = 20230905
# The noise's length beside a vector's: copies have a cosine of .89 to their original, about as
# near as two paragraphs of one article.
_NOISE = 0.5
_REPLACED, _NEW = 0.3, 0.01
_PER_TRANSCRIPT = 40


def open_scaled(
    count: int, settings: Settings, embedder: Embedder, beside: Corpus | None = None
) -> tuple[Index, Settings]:
    """An index of ``count`` passages and its settings; see :func:`build_scaled`."""
    own = build_scaled(count, settings, embedder, beside)
    return open_index(own, embedder.id), own


def build_scaled(
    count: int, settings: Settings, embedder: Embedder, beside: Corpus | None = None
) -> Settings:
    """The settings of an index of ``count`` passages; built once for a format and kept.

    The last of them are those of ``beside``, all of them as they are, so that its questions find
    their answers.
    Raises SetError when the data is missing.
    """
    name = f"scale-{count}-of-{_PER_TRANSCRIPT}-format-{FORMAT}"
    if beside:
        name += f"-{corpus_hash(beside.transcripts)[:8]}"
    own = apart(settings, settings.data_dir / "eval-index" / name)
    if not (index_folder(own.data_dir) / "CURRENT").exists():
        _, corpus = read_named_set("xquad", settings)
        sources = [_source(each, settings, embedder) for each in (corpus, beside) if each]
        _build(sources, count, own)
    return own


def _source(corpus: Corpus, settings: Settings, embedder: Embedder) -> Index:
    own = corpus_settings(corpus, settings)
    ingest(corpus, own, embedder, progress=True)
    return open_index(own, embedder.id)


def _build(sources: Sequence[Index], count: int, settings: Settings) -> None:
    """Copies of the first source, and the other as it is."""
    random = np.random.default_rng(_SEED)
    source, *beside = sources
    copied = max(0, count - sum(len(index.passages) for index in beside))
    transcripts, passages = _copies(source, copied, random)
    for index in beside:
        transcripts += tuple(index.transcripts.values())
        passages += tuple(index.passages)
    recipe = source.header.recipe
    files = {page.file: "" for transcript in transcripts for page in transcript.pages}
    stored = dump_transcripts(transcripts)
    mark = fingerprint(recipe, files, stored)
    header = Header(recipe, files, len(passages), mark)
    folder = index_folder(settings.data_dir) / "scaled"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    counts = sum(len(passage.sentences) for passage in passages[:copied])
    for kind, rows in (("passages", copied), ("sentences", counts)):
        original, *others = (getattr(index.matrices, kind) for index in sources)
        _save_noisy(folder / f"{kind}.npy", original, rows, others, random)
    vectors = Packed(np.load(folder / "passages.npy", mmap_mode="r"))
    with contextlib.closing(VectorStore.connect(folder / "chroma", folder.name)) as store:
        store.create(mark, recipe.embedder)
        by_id = {transcript.id: transcript for transcript in transcripts}
        for first in tqdm(
            range(0, len(passages), 5000), desc="Indexing", unit="batch", disable=None
        ):
            part = slice(first, first + 5000)
            store_passages(store, passages[part], vectors[part], by_id)
    words = LexicalIndex.build([passage.text for passage in passages])
    write_files(folder, header, transcripts, passages, words)
    publish(settings.data_dir, folder.name)


def _copies(
    source: Index, count: int, random: np.random.Generator
) -> tuple[tuple[Transcript, ...], tuple[Passage, ...]]:
    """As many passages as wanted in the source's order, each a turn of a transcript of forty."""
    vocabulary = np.array([word for p in source.passages for word in p.text.split()])
    transcripts: list[Transcript] = []
    passages: list[Passage] = []
    for first in range(0, count, _PER_TRANSCRIPT):
        known_as, title = f"scaled-{first}", source.passages[first % len(source.passages)].title
        texts: list[str] = []
        turns: list[Turn] = []
        start = 0
        for number in range(first, min(count, first + _PER_TRANSCRIPT)):
            copy, row = divmod(number, len(source.passages))
            original = source.passages[row]
            sentences = [
                " ".join(changed(original.sentence_text(n).split(), vocabulary, copy, random))
                for n in range(len(original.sentences))
            ]
            texts.append(" ".join(sentences))
            end, turn = start + len(texts[-1]), len(texts)
            runs = tuple(Range(start + run.start, start + run.end) for run in _ranges(sentences))
            turns.append(Turn(turn, original.speaker, original.role, 1, (Range(start, end),)))
            passages.append(
                replace(
                    original, id=f"{original.id}-{copy}", transcript_id=known_as, title=title,
                    turn=turn, start=start, end=end, text=texts[-1], sentences=runs,
                )
            )  # fmt: skip
            start = end + 1
        text = "\n".join(texts)
        page = Page(1, f"{known_as}.txt", "", 0, len(text))
        transcripts.append(Transcript(known_as, title, None, "", "", text, (page,), tuple(turns)))
    return tuple(transcripts), tuple(passages)


def changed(
    words: list[str], vocabulary: NDArray[np.str_], copy: int, random: np.random.Generator
) -> list[str]:
    """The words of a text, some of them replaced; copy 0 is the text itself."""
    if copy == 0:
        return words
    chance = random.random(len(words))
    others = vocabulary[random.integers(len(vocabulary), size=len(words))]
    return [
        f"{word}{copy:x}x" if draw < _NEW else str(other) if draw < _REPLACED else word
        for word, other, draw in zip(words, others, chance, strict=True)
    ]


def _ranges(sentences: Sequence[str]) -> Iterator[Range]:
    start = 0
    for sentence in sentences:
        yield Range(start, start + len(sentence))
        start += len(sentence) + 1


def _save_noisy(
    file: Path, originals: Packed, count: int, others: Sequence[Packed], random: np.random.Generator
) -> None:
    """Write the vectors over and over, ``count`` rows, each time with other noise; then others."""
    row, length = packed_type(originals.dimension), count + sum(map(len, others))
    # Written row by row: a million passages' sentences would not fit twice into memory.
    kept = np.lib.format.open_memmap(file, mode="w+", dtype=row, shape=(length,))
    for first in range(0, count, len(originals)):
        part = originals[: count - first]
        noise = random.standard_normal(part.shape, dtype=np.float32)
        changed = part + (_NOISE / np.sqrt(part.shape[1])) * noise
        units = changed / np.linalg.norm(changed, axis=1, keepdims=True)
        kept[first : first + len(part)] = Packed.of(units).rows
    for other in others:
        kept[count : count + len(other)] = other.rows
        count += len(other)
    kept.flush()


def size_on_disk(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
