"""The index on disk: one folder a generation, published by one atomic rename.

::

    <data_dir>/index/CURRENT            the name of the generation in force
    <data_dir>/index/<generation>/      header.json  transcripts.jsonl  passages.npz
                                        vocabulary.json  passages.npy  sentences.npy  copies.npy
                                        bm25/  sums.json
                                        chroma/ (unless a server holds the vectors)

A generation is never changed after CURRENT names it, so a reader sees one whole index.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter, ValidationError

from rag.errors import IndexMismatch, IndexMissing
from rag.indexing.current import current_generation, index_folder
from rag.indexing.header import FORMAT, Header, Recipe, fingerprint
from rag.indexing.shared import look
from rag.indexing.sums import check_sums, write_sums
from rag.indexing.table import PASSAGES_FILE, Passages, save_passages
from rag.indexing.texts import TRANSCRIPTS_FILE, dump_transcripts, open_transcripts
from rag.indexing.vocabulary import Vocabulary, learn
from rag.settings import Settings
from rag.types import Copy, Passage, Spanned, Transcript

if TYPE_CHECKING:
    from rag.indexing.copies import Copies
    from rag.indexing.lexical import LexicalIndex
    from rag.indexing.matrix import Matrices
    from rag.indexing.vectors import VectorStore
    from rag.transcripts.corpus import Corpus

_Part = TypeVar("_Part")
_VOCABULARY = TypeAdapter(Vocabulary)
_HEADER_FILE, _VOCABULARY_FILE = "header.json", "vocabulary.json"


def is_current(index: Index | None, settings: Settings, embedder_id: str, corpus: Corpus) -> bool:
    """Whether an index holds just this corpus, by these settings; its vectors are not opened."""
    recipe = Recipe.of(settings, embedder_id)
    mark = fingerprint(recipe, corpus.files, dump_transcripts(corpus.transcripts))
    return index is not None and index.header.fingerprint == mark


class Index:
    """One generation, open for reading. Built by :func:`open_index` or :func:`read_index`."""

    def __init__(
        self, folder: Path, header: Header, transcripts: tuple[Transcript, ...],
        passages: Passages, chroma_url: str,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.header = header
        self.transcripts = {transcript.id: transcript for transcript in transcripts}
        self.passages = passages
        self._chroma_url = chroma_url

    @property
    def generation(self) -> str:
        """The generation's name."""
        return self.folder.name

    def previous_in_turn(self, passage: Passage) -> Passage | None:
        """The passage with which the same turn goes before."""
        row = self.passages.row(passage.id)
        other = self.passages[row - 1] if row else None
        same = other and (other.transcript_id, other.turn) == (passage.transcript_id, passage.turn)
        return other if same else None

    @cached_property
    def vectors(self) -> VectorStore:
        """The vectors; raises IndexMismatch when they are not this index's own."""
        from rag.indexing.vectors import VectorStore

        store = VectorStore.connect(self.folder / "chroma", self.generation, self._chroma_url)
        store.check(self.header.fingerprint, self.header.passages)
        return store

    @cached_property
    def matrices(self) -> Matrices:
        """The vectors as matrices; raises IndexMismatch when they are damaged or another's."""
        from rag.indexing.matrix import Matrices

        names = ("passages.npy", "sentences.npy")
        return self._read(lambda: Matrices.open(self.folder, self.passages.counts), *names)

    @cached_property
    def copies(self) -> Copies:
        """What stands in several places; raises IndexMismatch when damaged or another's."""
        from rag.indexing.copies import Copies

        return self._read(
            lambda: Copies.open(self.folder, self.passages, self.transcripts), "copies.npy"
        )

    def copies_of(self, passage_id: str, words: Spanned) -> tuple[Copy, ...]:
        """The other places where words of a passage stand, these being whole sentences of it."""
        return self.copies.elsewhere(self.passages.row(passage_id), words.start, words.end)

    @cached_property
    def words(self) -> LexicalIndex:
        """The word index; raises IndexMismatch when it is damaged or another's."""
        from rag.indexing.lexical import LexicalIndex

        words = self._read(lambda: LexicalIndex.load(self.folder / "bm25"), "bm25/")
        if words.size != self.header.passages:
            raise IndexMismatch(_damaged(self.folder, "the word index is another's"))
        return words

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the corpus calls things; raises IndexMismatch when the file is damaged."""
        file = self.folder / _VOCABULARY_FILE
        return self._read(lambda: _VOCABULARY.validate_json(file.read_bytes()), _VOCABULARY_FILE)

    def _read(self, part: Callable[[], _Part], *files: str) -> _Part:
        try:
            check_sums(self.folder, *files)
            return part()
        except (OSError, ValueError, KeyError) as error:
            raise IndexMismatch(_damaged(self.folder, error)) from error

    def open_parts(self) -> None:
        """Open every part now, so that damage is met here: raises IndexMismatch or StorageError."""
        _ = self.vectors, self.matrices, self.words, self.vocabulary, self.copies

    def close(self) -> None:
        """Let go of the vector store, if it was opened."""
        if "vectors" in self.__dict__:
            self.vectors.close()


def read_index(data_dir: Path, chroma_url: str = "") -> Index | None:
    """The index in force whatever its recipe, or None before the first ingest.

    Raises IndexMismatch when it is damaged or of another version of Hetao.
    """
    generation = current_generation(data_dir)
    if generation is None:
        return None
    folder = index_folder(data_dir) / generation
    try:
        stored = json.loads((folder / _HEADER_FILE).read_text(encoding="utf-8"))
        recipe = Recipe(**stored.pop("recipe"))
        if recipe.format != FORMAT:
            raise IndexMismatch(
                "The index was made by another version of Hetao: run `hetao ingest` to build "
                "it anew from the corpus."
            )
        check_sums(folder, _HEADER_FILE, TRANSCRIPTS_FILE, PASSAGES_FILE)
        transcripts = open_transcripts(folder)
        passages = Passages.open(folder, transcripts, question_context=recipe.question_context)
        return Index(folder, Header(recipe=recipe, **stored), transcripts, passages, chroma_url)
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise IndexMismatch(_damaged(folder, error)) from error


def require_index(settings: Settings, *, latest: bool = True) -> Index:
    """:func:`read_index`, which must find one. Raises IndexMissing before the first ingest.

    ``latest`` fetches what is in force in a shared index first; see
    :func:`rag.indexing.shared.look`, also for what that raises.
    """
    if latest:
        look(settings)
    index = read_index(settings.data_dir, settings.chroma_url)
    if index is None:
        raise IndexMissing(
            f"There is no index in {settings.data_dir} yet: run `hetao ingest` to read the corpus."
        )
    return index


def open_index(settings: Settings, embedder_id: str, *, latest: bool = True) -> Index:
    """The index in force, if it was made by the settings in force; see :func:`require_index`.

    Raises IndexMissing before the first ingest and IndexMismatch when settings or model
    differ, or when the parts of the index disagree.
    """
    index = require_index(settings, latest=latest)
    wanted, found = asdict(Recipe.of(settings, embedder_id)), asdict(index.header.recipe)
    differing = [f"{name} {found[name]!r}, now {wanted[name]!r}" for name in wanted
                 if wanted[name] != found[name]]  # fmt: skip
    if differing:
        raise IndexMismatch(
            f"The index was built with other settings ({'; '.join(differing)}): run `hetao "
            "ingest` to build it anew, or set the settings back."
        )
    return index


def write_files(
    folder: Path, header: Header, transcripts: tuple[Transcript, ...],
    passages: tuple[Passage, ...], words: LexicalIndex,
) -> None:  # fmt: skip
    """Write all of a generation but its vectors, then the sums of both."""
    from rag.indexing.copies import save_copies

    save_copies(folder, passages)
    words.save(folder / "bm25")
    (folder / TRANSCRIPTS_FILE).write_bytes(dump_transcripts(transcripts))
    save_passages(folder, passages, transcripts)
    (folder / _VOCABULARY_FILE).write_bytes(_VOCABULARY.dump_json(learn(passages)))
    (folder / _HEADER_FILE).write_text(json.dumps(asdict(header), indent=1), encoding="utf-8")
    write_sums(folder)


def _damaged(folder: Path, error: object) -> str:
    reason = str(error).split("\n", 1)[0]
    return (
        f"The index in {folder} is damaged ({reason}): run `hetao ingest --rebuild` to build it "
        "anew from the corpus."
    )
