"""What ``hetao ingest`` does and tells, as do the commands after which the index follows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.cli.terminal import print_json, say, tell
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
    from rag.embedding.embedder import build_embedder
    from rag.indexing.ingest import ingest
    from rag.requested import keep_prototypes
    from rag.transcripts.corpus import read_corpus

    corpus, embedder = read_corpus(paths), build_embedder(settings)
    report = ingest(corpus, settings, embedder, progress=True, rebuild=rebuild)
    keep_prototypes(settings, embedder)
    for skip in report.skipped:
        tell(f"Skipped {skip.path}: {skip.reason}")
    for note in report.notes:
        tell(f"Note on {note.path}{f', line {note.line}' if note.line else ''}: {note.text}")
    return report


def say_report(report: IngestReport, *, as_json: bool, **more: Any) -> None:
    """Tell what an ingest did; ``more`` stands in the JSON before it."""
    if as_json:
        skipped = [{"path": str(s.path), "reason": s.reason} for s in report.skipped]
        notes = [{"path": n.path, "line": n.line, "text": n.text} for n in report.notes]
        counts = {name: getattr(report, name) for name in _COUNTS}
        told = {"skipped": skipped, "notes": notes, "seconds": report.seconds}
        print_json({**more, **counts, **told})
        return
    say(
        f"{report.transcripts} transcript(s), {report.turns} turns, {report.passages} passages: "
        f"{report.added} file(s) added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.removed} removed, in {report.seconds:.1f} s."
    )
