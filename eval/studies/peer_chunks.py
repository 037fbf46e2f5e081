"""Chunks as most people would cut them, and the two indexes that the peers keep of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from eval.errors import SetError
from rag.embedding.embedder import Embedder, Vector
from rag.indexing.metadata import Metadata
from rag.indexing.vectors import VectorStore
from rag.text.sentences import split_sentences
from rag.types import Passage, Range, Transcript

CHUNK_CHARACTERS, OVERLAP_CHARACTERS = 1_000, 200

# From a question, its vector, a count and the transcripts allowed (empty: all) to the chunks
# found, best first, by their number, each with its score.
Rank = Callable[[str, Vector, int, tuple[str, ...]], list[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a transcript as the splitter cut it, and its sentences turn by turn.

    ``whole`` is what is retrieved; ``parts`` hold no more than one speaker's words each.
    """

    whole: Passage
    parts: tuple[Passage, ...]


def cut_chunks(transcripts: Sequence[Transcript]) -> Iterator[Chunk]:
    """Chunks by LangChain's recursive splitter, with its own offsets."""
    splitter = need_package("langchain_text_splitters").RecursiveCharacterTextSplitter(
        chunk_size=CHUNK_CHARACTERS, chunk_overlap=OVERLAP_CHARACTERS, add_start_index=True
    )
    for transcript in transcripts:
        for document in splitter.create_documents([transcript.text]):
            start = document.metadata["start_index"]
            yield _chunk(transcript, Range(start, start + len(document.page_content)))


def chroma_rank(chunks: Sequence[Chunk], embedder: Embedder, folder: Path) -> Rank:
    """Nearest chunks by Chroma."""
    store = VectorStore.connect(folder, "peer")
    store.create("peer")
    texts = [chunk.whole.text for chunk in chunks]
    vectors = embedder.embed_passages(texts)
    where_from: list[Metadata] = [{"transcript": chunk.whole.transcript_id} for chunk in chunks]
    store.add([str(i) for i in range(len(chunks))], vectors, texts, where_from)

    def rank(
        _question: str, vector: Vector, k: int, allowed: tuple[str, ...]
    ) -> list[tuple[int, float]]:
        where = {"transcript": {"$in": list(allowed)}} if allowed else None
        found = store.nearest(vector, min(k, len(chunks)), where)
        return [(int(id_), cosine) for id_, cosine in found.items()]

    return rank


def txtai_rank(chunks: Sequence[Chunk], model: Path) -> Rank:
    """Best chunks by txtai's hybrid index."""
    embeddings = need_package("txtai").Embeddings(path=str(model), hybrid=True)
    embeddings.index([(i, chunk.whole.text, None) for i, chunk in enumerate(chunks)])

    def rank(
        question: str, _vector: Vector, k: int, allowed: tuple[str, ...]
    ) -> list[tuple[int, float]]:
        # Without a database behind it txtai cannot filter, so all are ranked and then chosen.
        found = embeddings.search(question, len(chunks) if allowed else k)
        kept = [
            (int(i), float(score))
            for i, score in found
            if not allowed or chunks[int(i)].whole.transcript_id in allowed
        ]
        return kept[:k]

    return rank


def need_package(package: str) -> ModuleType:
    """The package, if it is there. Raises SetError that says how to get it."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise SetError(
            f"The peers need {package.replace('_', '-')}, which is not installed. It is part of "
            "the development extra: run `make setup`."
        ) from error


def _chunk(transcript: Transcript, place: Range) -> Chunk:
    parts = []
    for turn in transcript.turns:
        for block in turn.blocks:
            start, end = max(block.start, place.start), min(block.end, place.end)
            sentences = split_sentences(transcript.text, start, end) if start < end else ()
            if sentences:
                whole = Range(sentences[0].start, sentences[-1].end)
                part = _passage(transcript, whole, sentences)
                said = replace(part, turn=turn.number, exchange=turn.exchange, page=turn.page)
                parts.append(replace(said, speaker=turn.speaker, role=turn.role))
    return Chunk(_passage(transcript, place, (place,)), tuple(parts))


def _passage(transcript: Transcript, place: Range, sentences: tuple[Range, ...]) -> Passage:
    return Passage(
        id=f"{transcript.id}:{place.start}-{place.end}", transcript_id=transcript.id,
        title=transcript.title, date=transcript.date, page=transcript.pages[0].number, turn=0,
        exchange=None, speaker="", role="narrator", start=place.start, end=place.end,
        text=transcript.text[place.start : place.end], question="", sentences=sentences,
    )  # fmt: skip
