"""What an open index takes of memory and disk, part by part, in MB.

``python -m eval.studies.memory --passages 200000`` opens an index that
:mod:`eval.studies.scale` makes. "Own" is what no file stands behind: it counts for each process
anew, and the rest is shared by all that map the same files. Run it again after it has made one:
what making it took is used again. Linux alone tells it.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.public_sets import read_named_set
from eval.studies.scale import build_scaled, size_on_disk
from rag.cli.terminal import run_script, say
from rag.embedding.embedder import build_embedder
from rag.indexing.index import open_index
from rag.questions.question import understand
from rag.reader.build import build_reader
from rag.search.retrieval import Retriever
from rag.settings import load_settings
from rag.types import Filters

_ASKED = 60


class _Parts:
    """Prints what each part added to this process."""

    def __init__(self) -> None:
        self._before = _megabytes()

    def tell(self, name: str) -> None:
        gc.collect()
        now = _megabytes()
        added = [after - before for after, before in zip(now, self._before, strict=True)]
        say(f"{name:<34}{added[0]:>8,}{added[1]:>8,}")
        self._before = now


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.studies.memory")
    parser.add_argument("--passages", type=int, default=10_000)
    count = parser.parse_args(arguments).passages
    settings = load_settings()
    embedder = build_embedder(settings)
    own = build_scaled(count, settings, embedder)
    say(f"{count:,} passages, {size_on_disk(own.data_dir) // 1024**2:,} MB on disk")
    say(f"{'':<34}{'MB':>8}{'own':>8}")
    parts = _Parts()
    index = open_index(own, embedder.id)
    parts.tell("transcripts and passages")
    index.vectors.nearest(embedder.embed_question("Who won?"), 10)
    parts.tell("Chroma, and the question's vector")
    _ = index.words, index.vocabulary
    parts.tell("words")
    _ = index.matrices, index.copies
    retriever = Retriever(index, embedder, own.dense_weight, reader=build_reader(own))
    parts.tell("vectors mapped, the retriever")
    chosen, _ = read_named_set("xquad", settings)
    for case in chosen.cases[:: max(1, len(chosen.cases) // _ASKED)][:_ASKED]:
        asked = retriever.read(understand(case.record.question, ()), Filters())
        retriever.gather(asked, Filters())
    parts.tell(f"{_ASKED} questions, with the reader")
    whole = _megabytes()
    say(f"{'the process':<34}{whole[0]:>8,}{whole[1]:>8,}")


def _megabytes() -> tuple[int, int]:
    """What this process holds in memory, and what of it no file stands behind."""
    lines = (line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    told = {name: words.split() for name, words in lines}
    resident, own = (int(told[name][0]) // 1024 for name in ("VmRSS", "RssAnon"))
    return resident, own


if __name__ == "__main__":
    run_script(lambda: main(sys.argv[1:]))
