"""``hetao add``, ``remove`` and ``rename``: the transcripts that are there; the index follows."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.ingest import ingest_paths, say_report
from rag.cli.options import json_option
from rag.cli.terminal import say
from rag.settings import Settings, load_settings


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def add(paths: tuple[Path, ...], as_json: bool) -> None:
    """Copy files, or folders with their manifests, into the corpus and index them."""
    from rag.transcripts.shelf import add_paths

    settings = load_settings()
    added = add_paths(paths, settings.corpus_dir)
    if not as_json:
        say("\n".join(f"Added {path}" for path in added))
    _follow(settings, as_json=as_json, files=[str(path) for path in added])


@click.command()
@click.argument("transcript_id")
@json_option
def remove(transcript_id: str, as_json: bool) -> None:
    """Take a transcript out of the corpus and the index; its files are kept aside."""
    from rag.transcripts.shelf import remove as take_out

    settings = load_settings()
    folder = take_out(transcript_id, settings.corpus_dir, settings.data_dir)
    if not as_json:
        say(f"Removed {transcript_id}. To bring it back: hetao add '{folder}'")
    _follow(settings, as_json=as_json, kept=str(folder))


@click.command()
@click.argument("transcript_id")
@click.argument("title")
@json_option
def rename(transcript_id: str, title: str, as_json: bool) -> None:
    """Give a transcript another title. Its id, by which it is cited, stays."""
    from rag.transcripts.shelf import rename as give_title

    settings = load_settings()
    manifest = give_title(transcript_id, title, settings.corpus_dir)
    if not as_json:
        say(f"{transcript_id} is called {title!r} now ({manifest}).")
    _follow(settings, as_json=as_json, manifest=str(manifest))


def _follow(settings: Settings, *, as_json: bool, **told: object) -> None:
    say_report(ingest_paths((settings.corpus_dir,), settings), as_json=as_json, **told)
