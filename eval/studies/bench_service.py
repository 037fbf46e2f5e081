"""How the service bears many who ask at once: ``python -m eval.studies.bench_service``.

``hetao serve`` runs over the practice briefings and the bundled page. First one user asks alone, as
the baseline; then 50 users (``--users``) ask for 300 seconds (``--seconds``) while ``hetao ingest``
adds pages of some 2,000 passages (``--passages``). Each user asks the next question as soon as the
last is answered. All run on this machine over loopback: the users take a share of the cores, too.

No question comes twice, so that neither the vectors of the last questions nor kept readings answer
it; sentences once cut into pieces stay so, as they do for real users. Each answer must be, but for
its timings, what an assistant answers alone: over the old index where it came before the new one
was in force, over the new one where it was asked afterwards, over either in between.

With ``--layouts 1x2 2x1`` (workers x threads of each) nothing is ingested: these are measured in
turns, ``--rounds`` times, and compared with the first. ``cpu ms`` is the service's processor time
for an answer, which hardly depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import anyio
import numpy as np

from eval.errors import RunError
from eval.records import SETS
from eval.sources import apart
from eval.studies.bench_ingest import pages
from eval.studies.served import environment_of, serve_service
from eval.studies.service_load import Asked, Load, put_load, questions, without_times
from rag.answer_json import answer_to_json
from rag.assistant import Assistant, open_assistant
from rag.cli.terminal import run_script, say
from rag.embedding.embedder import build_embedder
from rag.indexing.current import current_generation, index_folder
from rag.indexing.ingest import ingest
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import read_corpus

_BUNDLED = SETS.parents[1] / "corpus"
# A page of :func:`~eval.studies.bench_ingest.pages` makes about so many passages.
_A_PAGE = 20
_ALONE_SECONDS = 20.0
_WARM_UP_SECONDS = 8.0
# The clock by which a folder is dated goes by the kernel's ticks.
_TICK = 0.05


def count_wrong(asked: Iterable[Asked], old: Assistant, new: Assistant, renewed: float) -> int:
    """How many answers are not what one who asks alone gets.

    Args:
        asked: what was asked and answered.
        old: over the index at the beginning.
        new: over the one at the end.
        renewed: when that was put in force, by the wall clock; infinite where it never was.
    """
    wrong = 0
    for each in asked:
        if each.told is None:
            continue
        may_be = [old] if each.began <= renewed + _TICK else []
        may_be += [new] if each.ended >= renewed - _TICK else []
        wrong += each.told not in [_alone(assistant, each.question) for assistant in may_be]
    return wrong


def _alone(assistant: Assistant, text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(answer_to_json(assistant.ask(text))))
    return without_times(document)


def report(name: str, load: Load, wrong: int | None = None) -> None:
    """Print a row of the table, and under it what the service's memory was."""
    took = [each.ended - each.began for each in load.asked if each.told is not None]
    errors = len(load.asked) - len(took)
    p50, p95 = np.quantile(took, (0.5, 0.95)) if took else (math.nan, math.nan)
    checked = "" if wrong is None else f"{wrong}"
    cpu = 1000 * load.cpu_seconds / max(1, len(took))
    say(
        f"{name:<26}{len(load.asked):>6}{p50:>8.2f}{p95:>8.2f}{load.rate:>10.2f}"
        f"{cpu:>8.0f}{errors:>8}{checked:>7}"
    )
    say(f"{'  memory (MB)':<26}{' '.join(f'{each:.0f}' for each in load.memory)}")


def bench_under_ingest(
    folder: Path, settings: Settings, users: int, seconds: float, passages: int, workers: int
) -> None:
    """One user alone, then all of them during an ingest; each answer compared."""
    texts = questions(settings)
    with serve_service(settings, workers) as served:
        anyio.run(put_load, served, texts, 2 * workers, _WARM_UP_SECONDS)
        alone = anyio.run(put_load, served, texts, 1, min(seconds, _ALONE_SECONDS))
        before = folder / "before"
        shutil.copytree(index_folder(settings.data_dir), index_folder(before))
        for number, text in enumerate(islice(pages(settings), math.ceil(passages / _A_PAGE))):
            page = settings.corpus_dir / f"more-{number:04}.txt"
            page.write_text(text, encoding="utf-8")
        old_name = current_generation(settings.data_dir)
        with _ingesting(settings) as writer:
            load = anyio.run(put_load, served, texts, users, seconds)
            finished = writer.poll() is not None
        if finished and writer.returncode:
            raise RunError("The ingest failed during the load: run `hetao doctor`.")
    renewed = math.inf
    if current_generation(settings.data_dir) != old_name:
        # The time of the rename; that of its content is earlier.
        renewed = (index_folder(settings.data_dir) / "CURRENT").stat().st_ctime
    old = open_assistant(settings.model_copy(update={"data_dir": before}))
    new = open_assistant(settings)
    _head()
    report("1 user", alone, count_wrong(alone.asked, old, old, math.inf))
    report(f"{users} users, ingest", load, count_wrong(load.asked, old, new, renewed))
    after = sum(each.began > renewed for each in load.asked)
    state = f"finished, {after} asked of the new index" if finished else "not finished"
    say(f"ingest of {passages} passages: {state}")


@contextmanager
def _ingesting(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """``hetao ingest``, ended where it goes on longer than the load."""
    hetao = Path(sys.executable).with_name("hetao")
    writer = subprocess.Popen(  # noqa: S603 - our own command
        [hetao, "ingest"], env=environment_of(settings), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield writer
    finally:
        writer.terminate()
        writer.wait(60)


def bench_layouts(
    settings: Settings, layouts: Sequence[str], users: int, seconds: float, rounds: int
) -> None:
    """Each layout in turns under the same load, and its rate beside the first one's."""
    texts = questions(settings)
    rates: dict[str, list[float]] = {layout: [] for layout in layouts}
    _head()
    for _ in range(rounds):
        for layout in layouts:
            workers, threads = map(int, layout.split("x"))
            own = settings.model_copy(update={"threads": threads})
            with serve_service(own, workers) as served:
                anyio.run(put_load, served, texts, 2 * workers, _WARM_UP_SECONDS)
                load = anyio.run(put_load, served, texts, users, seconds)
            report(f"{workers} workers, {threads} threads", load)
            rates[layout].append(load.rate)
    for layout in layouts[1:]:
        ratios = [a / b for a, b in zip(rates[layout], rates[layouts[0]], strict=True)]
        told = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        say(f"answers a second, {layout} / {layouts[0]}: {told}")


def _head() -> None:
    say(
        f"{'':<26}{'n':>6}{'p50 s':>8}{'p95 s':>8}{'answers/s':>10}"
        f"{'cpu ms':>8}{'errors':>8}{'wrong':>7}"
    )


def main(arguments: Sequence[str]) -> None:
    """Measure in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser(prog="python -m eval.studies.bench_service")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--layouts", nargs="+", default=(), help="as 1x2: workers x threads")
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = _over_briefings(Path(folder), given.users)
        if given.layouts:
            bench_layouts(settings, given.layouts, given.users, given.seconds, given.rounds)
        else:
            bench_under_ingest(
                Path(folder), settings, given.users, given.seconds, given.passages, given.workers
            )


def _over_briefings(folder: Path, users: int) -> Settings:
    """An index of the practice briefings and the bundled page, which all users may ask at once."""
    settings = load_settings()
    corpus = Path(shutil.copytree(SETS / "practice", folder / "corpus"))
    for file in _BUNDLED.glob("*.txt"):
        shutil.copy(file, corpus)
    own = apart(
        settings, folder / "data", corpus_dir=corpus, serve_per_minute=100_000,
        serve_waiting=max(users, settings.serve_waiting),
    )  # fmt: skip
    embedder = build_embedder(settings)
    ingest(read_corpus([corpus]), own, embedder, progress=True)
    # The weights are unpacked once for all.
    own.models_dir.symlink_to(settings.models_dir.resolve())
    return own


if __name__ == "__main__":
    run_script(lambda: main(sys.argv[1:]))
