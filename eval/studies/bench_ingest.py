"""What one transcript more costs: ``python -m eval.studies.bench_ingest [--passages 10000]``.

A folder of transcripts is made of XQuAD's paragraphs, repeated with changes as
:mod:`eval.studies.scale` makes them, twenty turns to a page. It is read and ingested whole, then
with one page more, five times, then once more as it is. Each is timed from the files to the
published index, the model loaded. The share of the whole that one page more costs is what counts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import numpy as np

from eval.public_sets import read_named_set
from eval.sources import apart
from eval.studies.scale import changed
from rag.cli.terminal import run_script, say
from rag.embedding.embedder import Embedder, build_embedder
from rag.indexing.ingest import ingest
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import read_corpus

_SEED = 20230905
_TURNS, _MORE = 20, 5
_SPEAKERS = ("Wei Ran", "Harriet Cole", "Daily Courier", "Tom Abara")


def pages(settings: Settings) -> Iterator[str]:
    """Pages without end, each of twenty turns. Raises SetError when the data is missing."""
    _, corpus = read_named_set("xquad", settings)
    random = np.random.default_rng(_SEED)
    turns = _turns([t.text for t in corpus.transcripts], random)
    for number in count():
        said = islice(turns, _TURNS)
        lines = [f"{_SPEAKERS[n % len(_SPEAKERS)]}: {text}" for n, text in enumerate(said)]
        yield "\n\n".join([f"Briefing number {number}", *lines]) + "\n"


def _turns(texts: list[str], random: np.random.Generator) -> Iterator[str]:
    paragraphs = [p.split() for text in texts for p in text.split("\n") if len(p.split()) > 20]
    vocabulary = np.array([word for words in paragraphs for word in words])
    copy = 0
    while True:
        for words in paragraphs:
            yield " ".join(changed(words, vocabulary, copy, random))
        copy += 1


def measure(folder: Path, passages: int, settings: Settings, embedder: Embedder) -> None:
    """Ingest a folder as it grows, and print the seconds."""
    made = pages(settings)
    files = 0

    def grow(count: int) -> None:
        nonlocal files
        for text in islice(made, count):
            (folder / f"page-{files:05}.txt").write_text(text, encoding="utf-8")
            files += 1

    def seconds() -> tuple[float, int]:
        started = time.perf_counter()
        report = ingest(read_corpus([folder]), settings, embedder, progress=True)
        return time.perf_counter() - started, report.passages

    grow(1)
    _, a_page = seconds()
    grow(max(1, round(passages / a_page) - 1))
    whole, reached = seconds()
    say(f"{reached} passages of {files} pages: {whole:.1f} s")
    more = []
    for _ in range(_MORE):
        grow(1)
        more.append(seconds()[0])
    say(f"one page more, {_MORE} times: {told(more)} s")
    say(f"as it is: {seconds()[0]:.1f} s")
    say(f"one page more / the whole: {told([each / whole for each in more])}")


def told(values: list[float]) -> str:
    """The median of some values, and between what they lie."""
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def main() -> None:
    """Measure in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=10_000)
    passages = parser.parse_args().passages
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = load_settings()
        own = apart(settings, Path(folder) / "data")
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        measure(corpus, passages, own, build_embedder(settings))


if __name__ == "__main__":
    run_script(main)
