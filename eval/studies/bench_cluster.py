"""What machines gain an ingest: ``python -m eval.studies.bench_cluster [--passages 300]``.

A Ray cluster of one node and one of two, each with one processor of this machine and one worker of
one thread, take turns: they read, cut and embed the same pages (:mod:`eval.studies.bench_ingest`),
few and many. Their difference is what the passages between cost, apart from starting workers and
loading the model. From that and from ``--written``, the seconds that the one process which writes
takes a passage, it is reckoned what a million passages and a hundred million take on how many
machines.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eval.studies.bench_ingest import pages, told
from eval.studies.peer_chunks import need_package
from rag.cli.terminal import run_script, say
from rag.embedding.embedder import build_embedder
from rag.indexing.begun import Begun
from rag.indexing.ingest import cut_corpus
from rag.indexing.sentence_vectors import embed_sentences
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import read_corpus
from rag.workers import open_workers

_FEW = 60
# What a processor's hour costs where machines are lent, in dollars; a round figure.
_AN_HOUR = 0.04
_PROCESSORS = 16


def main(arguments: Sequence[str]) -> None:
    """Print passages a second for one and two nodes, and what many would take."""
    parser = argparse.ArgumentParser(prog="python -m eval.studies.bench_cluster")
    parser.add_argument("--passages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--written", type=float, help="seconds a passage, to reckon with")
    given = parser.parse_args(arguments)
    settings = load_settings(threads=1)
    rates: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        few, many = Path(folder, "few"), Path(folder, "many")
        made = pages(settings)
        for place, wanted in ((few, _FEW), (many, given.passages + _FEW)):
            place.mkdir()
            for number in range(wanted // 20):
                (place / f"page-{number}.txt").write_text(next(made), encoding="utf-8")
        for _ in range(given.rounds):
            for nodes, of_one in rates.items():
                with _cluster(nodes) as address:
                    own = settings.model_copy(update={"ray_address": address})
                    (less, start), (more, end) = (_spread(each, own) for each in (few, many))
                of_one.append((more - less) / (end - start))
                say(f"{nodes} node(s): {less} passages {start:.1f} s, {more} {end:.1f} s")
    for nodes, of_one in rates.items():
        say(f"{nodes} node(s): {told(of_one)} passages/s")
    say(f"two / one: {told([b / a for a, b in zip(rates[1], rates[2], strict=True)])}")
    if given.written:
        _reckon(statistics.median(rates[1]), given.written)


def _spread(folder: Path, settings: Settings) -> tuple[int, float]:
    """Passages, and seconds until all of their sentences have vectors; nothing is written."""
    embedder = build_embedder(settings)
    with (
        tempfile.TemporaryDirectory() as apart,
        open_workers(settings) as workers,
    ):
        started = time.perf_counter()
        passages = cut_corpus(read_corpus([folder], workers=workers), settings, embedder, workers)
        begun = Begun(Path(apart), embedder.id)
        batch = settings.embedding_batch_size
        embed_sentences(passages, embedder, None, begun, workers, batch, progress=True)
        return len(passages), time.perf_counter() - started


@contextmanager
def _cluster(nodes: int) -> Iterator[str]:
    """The address of a cluster of so many nodes, each with one processor."""
    cluster = need_package("ray.cluster_utils").Cluster()
    for _ in range(nodes):
        cluster.add_node(num_cpus=1, include_dashboard=False)
    try:
        yield str(cluster.address)
    finally:
        cluster.shutdown()


def _reckon(a_second: float, written: float) -> None:
    say(
        f"reckoned with {a_second:.2f} passages a second and processor, "
        f"{1000 * written:.1f} ms to write one"
    )
    for passages in (10**6, 10**8):
        hours = passages / a_second / 3600
        to_write = passages * written / 3600
        for machines in (1, 10, 100):
            done = hours / (machines * _PROCESSORS)
            say(
                f"{passages:>11,} passages, {machines:>3} machines of {_PROCESSORS} processors: "
                f"{done:,.1f} h to embed, {to_write:,.1f} h to write, "
                f"{hours * _AN_HOUR:,.0f} dollars at {_AN_HOUR} a processor and hour"
            )


if __name__ == "__main__":
    run_script(lambda: main(sys.argv[1:]))
