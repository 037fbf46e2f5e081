"""What ``hetao ingest`` does and tells, as do the commands after which the index follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.cli.terminal import print_json, say, tell
from rag.errors import HetaoError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.indexing.ingest import IngestReport

_COUNTS = ("transcripts", "turns", "passages", "added", "updated", "unchanged", "removed")


def ingest_paths(
    paths: Sequence[Path], settings: Settings, *, rebuild: bool = False
) -> IngestReport:
    """Bring the index in line with files and folders, with progress on standard error.

    Raises what :func:`rag.indexing.ingest.ingest` raises.
    """
    from rag.collector import open_collector
    from rag.embedding.embedder import build_embedder
    from rag.indexing.ingest import ingest
    from rag.requested import keep_prototypes
    from rag.transcripts.corpus import read_corpus
    from rag.workers import open_workers

    with open_collector(settings).root("hetao.ingest") as step:
        embedder = build_embedder(settings)
        with open_workers(settings) as workers:
            corpus = read_corpus(paths, progress=True, workers=workers)
            report = ingest(
                corpus, settings, embedder, progress=True, rebuild=rebuild, workers=workers
            )
        keep_prototypes(settings, embedder)
        step.note(**{name: getattr(report, name) for name in _COUNTS})
    for skip in report.skipped:
        tell(f"Skipped {skip.path}: {skip.reason}")
    for note in report.notes:
        tell(f"Note on {note.path}{f', line {note.line}' if note.line else ''}: {note.text}")
    return report


def say_report(report: IngestReport, *, as_json: bool, **more: Any) -> None:
    """Tell what an ingest did; ``more`` stands in the JSON before it."""
    if as_json:
        skipped = [asdict(skip) for skip in report.skipped]
        notes = [asdict(note) for note in report.notes]
        counts = {name: getattr(report, name) for name in _COUNTS}
        told = {"skipped": skipped, "notes": notes, "seconds": report.seconds}
        print_json({**more, **counts, **told})
        return
    say(
        f"{report.transcripts} transcript(s), {report.turns} turns, {report.passages} passages: "
        f"{report.added} file(s) added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.removed} removed, in {report.seconds:.1f} s."
    )


def watch_paths(paths: Sequence[Path], settings: Settings) -> None:
    """Ingest now, and again whenever a file changes, until interrupted.

    What is wrong at one time is told, and mended files are read the next. Raises what
    :func:`ingest_paths` raises the first time.
    """
    from watchfiles import watch

    from rag.transcripts.corpus import require_paths

    require_paths(paths)
    begun = False
    # The first turn, before which files are watched already, comes when a second has passed.
    for changes in watch(*paths, rust_timeout=1000, yield_on_timeout=True):
        if begun and not changes:
            continue
        try:
            say_report(ingest_paths(paths, settings), as_json=False)
        except HetaoError as error:
            if not begun:
                raise
            tell(f"Error: {error}")
        begun = True
        tell("Waiting for files to change (stop with Ctrl-C).")
