"""``make bench``: what an answer costs, cold and warm, and what a corpus costs to index.

``python -m eval.studies.bench --passages 200000`` measures retrieval over that many passages, made
by :mod:`eval.studies.scale`; without it 10,000 are. ``--alone`` measures no more than that, and no
peer, for which a million leave no room. Beside each figure stands that of the pipeline that most
people would write (:mod:`eval.studies.tutorial_pipeline`) and, for retrieval, of txtai, on the same
vectors in the same run. Figures are medians of several runs with their range; compare
ratios, not machines.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.public_sets import read_named_set
from eval.records import SETS
from eval.sources import apart
from eval.studies.peer_chunks import cut_chunks, need_package
from eval.studies.scale import open_scaled, size_on_disk
from eval.studies.tutorial_pipeline import TOP, build_tutorial_embedder
from rag.assistant import open_assistant
from rag.cli.terminal import run_script, say
from rag.embedding.embedder import Embedder, build_embedder
from rag.indexing.index import Index
from rag.indexing.ingest import ingest
from rag.indexing.vectors import VectorStore
from rag.questions.question import understand
from rag.reader.build import build_reader
from rag.search.retrieval import Retriever
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import Corpus, read_corpus
from rag.types import Filters

_QUESTIONS = (
    "How many of the world's top 100 universities does Hong Kong have?",
    "香港有多少所世界百强大学？",
    "What is the population of Brazil?",
)
_ASKED = 200  # questions of XQuAD put to the large indexes
_PAGES = SETS / "practice"
_INGESTED = 5  # of these transcripts that each pipeline indexes


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.studies.bench")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--alone", action="store_true")
    given = parser.parse_args(arguments)
    settings = load_settings()
    say(f"{'':<46}{'n':>5}{'median':>10}   range")
    index, embedder, questions = _measure_retrieval(given.passages, settings)
    if given.alone:
        return
    _measure_peers(index, embedder, questions)
    _measure_ingest(settings)
    _measure_cold()
    assistant = open_assistant(settings)
    answers = [assistant.ask(question) for _ in range(20) for question in _QUESTIONS]
    warm = answers[len(_QUESTIONS) :]
    _row("whole answer, warm (ms)", [answer.timings_ms["total"] for answer in warm])
    unchanged = read_corpus([settings.corpus_dir])
    again = [_seconds(lambda: ingest(unchanged, settings, build_embedder(settings)))]
    _row("ingest, nothing changed (s)", again)


def _measure_retrieval(count: int, settings: Settings) -> tuple[Index, Embedder, list[str]]:
    """Warm retrieval over many passages: time, memory, and what the approximate index misses."""
    embedder = build_embedder(settings)
    chosen, _ = read_named_set("xquad", settings)
    step = max(1, len(chosen.cases) // _ASKED)
    questions = [case.record.question for case in chosen.cases[::step]][:_ASKED]
    index, own = open_scaled(count, settings, embedder)
    retriever = Retriever(index, embedder, own.dense_weight, reader=build_reader(own))
    retriever.gather(understand(questions[0]), Filters())
    name = f"retrieve from {count:,}"
    times = _times(lambda text: retriever.gather(understand(text), Filters()), questions)
    _row(f"{name}: hetao (ms)", times)
    _row(f"{name}: its question vector (ms)", _times(embedder.embed_question, questions))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say(f"{'  peak memory (MB)':<46}{peak / 1000:>15.0f}")
    say(f"{'  on disk (MB)':<46}{size_on_disk(index.folder) / 1e6:>15.0f}")
    say(f"{'  recall@10 of Chroma against exact':<46}{_recall(index, questions, embedder):>15.4f}")
    return index, embedder, questions


def _measure_peers(index: Index, embedder: Embedder, questions: Sequence[str]) -> None:
    name = f"retrieve from {len(index.passages):,}"
    tutorial = build_tutorial_embedder()
    tutorial.embed_question(questions[0])
    peer = _times(lambda q: _ask_chroma(index.vectors, tutorial, q), questions)
    _row(f"{name}: tutorial (ms)", peer)
    search = _txtai(index, embedder)
    _row(f"{name}: txtai (ms)", _times(lambda text: search(text, TOP), questions))
    index.close()


def _recall(index: Index, questions: Sequence[str], embedder: Embedder) -> float:
    """The share of the ten nearest passages that Chroma finds."""
    everything = np.arange(len(index.passages))
    found = 0
    for text in questions:
        vector = embedder.embed_question(text)
        exact = np.argsort(-index.matrices.cosines(everything, vector), kind="stable")[:10]
        near = list(index.vectors.nearest(vector, 100))[:10]
        found += len({index.passages[row].id for row in exact} & set(near))
    return found / (10 * len(questions))


def _ask_chroma(store: VectorStore, embedder: Embedder, question: str) -> None:
    store.nearest(embedder.embed_question(question), TOP)


def _txtai(index: Index, embedder: Embedder) -> Callable[[str, int], Any]:
    """txtai's hybrid search over the same texts, with the same vectors lent to it."""
    rows = iter(index.matrices.passages[:])

    def transform(texts: Sequence[Any]) -> NDArray[np.float32]:
        # While it indexes, it asks for the vectors in order; the questions come afterwards.
        lent = [row for _, row in zip(texts, rows, strict=False)]
        return np.stack(lent or [embedder.embed_question(text) for text in texts])

    embeddings = need_package("txtai").Embeddings(
        method="external", transform=transform, hybrid=True, content=False
    )
    embeddings.index((n, passage.text, None) for n, passage in enumerate(index.passages))
    search: Callable[[str, int], Any] = embeddings.search
    return search


def _measure_ingest(settings: Settings) -> None:
    """Characters indexed a second, models loaded: chunks overlap and differ in length."""
    corpus = read_corpus([_PAGES])
    part = Corpus(corpus.transcripts[:_INGESTED], corpus.files, (), ())
    characters = sum(len(transcript.text) for transcript in part.transcripts)
    tutorial = build_tutorial_embedder()
    own = build_embedder(settings)
    chunks = [chunk.whole.text for chunk in cut_chunks(part.transcripts)]
    runs: tuple[tuple[str, Embedder, Callable[[Path, Embedder], object]], ...] = (
        ("tutorial", tutorial, lambda folder, by: _index_chunks(chunks, folder, by)),
        ("tutorial, hetao's model", own, lambda folder, by: _index_chunks(chunks, folder, by)),
        ("hetao, tutorial's model", tutorial, lambda folder, by: _index(part, folder, by)),
        ("hetao", own, lambda folder, by: _index(part, folder, by)),
    )
    rates: dict[str, list[float]] = {name: [] for name, _, _ in runs}
    for embedder in (tutorial, own):
        embedder.embed_passages(chunks[:1])
    # In turns, so that what else the machine does meanwhile meets all of them.
    for _ in range(5):
        for name, embedder, work in runs:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                rates[name].append(characters / _seconds(lambda: work(Path(folder), embedder)))  # noqa: B023 - called at once
    for name, of_one in rates.items():
        _row(f"ingest: {name} (characters/s)", of_one)
    for ours, theirs in (
        ("hetao, tutorial's model", "tutorial"),
        ("hetao", "tutorial, hetao's model"),
    ):
        ratios = [a / b for a, b in zip(rates[ours], rates[theirs], strict=True)]
        _row(f"  {ours} / {theirs}", ratios)


def _index_chunks(texts: Sequence[str], folder: Path, embedder: Embedder) -> None:
    store = VectorStore.connect(folder, "tutorial")
    store.create("tutorial")
    vectors = embedder.embed_passages(texts)
    store.add([str(n) for n in range(len(texts))], vectors, texts)
    store.close()


def _index(corpus: Corpus, folder: Path, embedder: Embedder) -> None:
    ingest(corpus, apart(load_settings(), folder), embedder)


def _measure_cold() -> None:
    """From the command to the first answer, each in a process of its own."""
    command = [str(Path(sys.executable).with_name("hetao")), "ask", _QUESTIONS[0], "--json"]
    own = [_seconds(lambda: _run(command)) for _ in range(5)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        script = [
            sys.executable,
            "-m",
            "eval.studies.tutorial_pipeline",
            f"{folder}/chroma",
            _QUESTIONS[0],
        ]
        _run(script)
        tutorial = [_seconds(lambda: _run(script)) for _ in range(5)]
    _row("ask, from cold: hetao (s)", own)
    _row("ask, from cold: tutorial (s)", tutorial)
    ratio = statistics.median(own) / statistics.median(tutorial)
    say(f"{'  ratio':<46}{ratio:>15.2f}")


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own commands


def _times(work: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    """The milliseconds that each question takes."""
    return [1000 * _seconds(lambda: work(text)) for text in questions]  # noqa: B023 - called at once


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _row(name: str, values: Sequence[float]) -> None:
    p95 = f", p95 {np.quantile(values, 0.95):.2f}" if len(values) >= 20 else ""
    say(
        f"{name:<46}{len(values):>5}{statistics.median(values):>10.2f}   "
        f"{min(values):.2f} to {max(values):.2f}{p95}"
    )


if __name__ == "__main__":
    run_script(lambda: main(sys.argv[1:]))
