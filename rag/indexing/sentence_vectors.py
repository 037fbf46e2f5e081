"""The vectors of all sentences, of which as few as can be are made anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rag.embedding.embedder import Embedder, Vector
from rag.indexing.begun import Begun
from rag.indexing.index import Index
from rag.indexing.matrix import Packed
from rag.progress import progress_bar
from rag.telemetry import span
from rag.types import Passage
from rag.workers import Workers

# So many sentences a worker embeds at a time, some seconds' work, and whole batches where these are
# larger; then they are kept, lest the ingest is broken off.
_AT_ONCE = 64


def embed_sentences(
    passages: Sequence[Passage], embedder: Embedder, known: Index | None, begun: Begun,
    workers: Workers, at_least: int, progress: bool,
) -> Vector:  # fmt: skip
    """The unit vectors of all sentences in order; the same words are embedded once.

    Args:
        passages: what the sentences make up.
        embedder: what embeds those that have no vector yet.
        known: a sound index by the same embedder, to take over the vectors of its sentences.
        begun: the vectors that an ingest which was broken off had made; new ones are added.
        workers: embed.
        at_least: so many sentences are given to a worker at a time.
        progress: draw a progress bar on standard error.

    Returns shape (sentences, dimension).
    """
    vectors = _known_vectors(known) if known else {}
    texts = _sentences(passages)
    missing = [text for text in dict.fromkeys(texts) if text not in vectors]
    made = begun.vectors(missing)
    vectors |= made
    missing = [text for text in missing if text not in made]
    # Longest first, as the embedder takes them: what is left then takes no longer than it says.
    missing.sort(key=len, reverse=True)
    shown = progress and bool(missing)
    step = span("embed", operation="embeddings", model=embedder.id, sentences=len(texts))
    step.note(embedded=len(missing))
    with step, progress_bar(len(missing), "Embedding sentences", shown=shown) as bar:
        at_once = max(_AT_ONCE, at_least)
        parts = [missing[n : n + at_once] for n in range(0, len(missing), at_once)]
        for some, fresh in zip(parts, workers.map(embedder.embed_passages, parts), strict=True):
            vectors.update(zip(some, fresh, strict=True))
            begun.keep(some, fresh)
            bar.update(len(some))
    # As they are kept, so that those taken over later are the same.
    return Packed.of(np.stack([vectors[text] for text in texts]))[:]


def _known_vectors(index: Index) -> dict[str, Vector]:
    return dict(zip(_sentences(index.passages), index.matrices.sentences[:], strict=True))


def _sentences(passages: Iterable[Passage]) -> list[str]:
    return [p.sentence_text(n) for p in passages for n in range(len(p.sentences))]
