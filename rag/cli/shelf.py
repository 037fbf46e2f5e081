"""``hetao add``, ``remove`` and ``rename``: the transcripts that are there; the index follows."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from rag.cli.ingest import ingest_paths, say_report
from rag.cli.options import json_option
from rag.cli.terminal import say, tell
from rag.errors import HetaoError
from rag.settings import Settings, load_settings


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="URL|FILE ...")
@click.option("--replace", is_flag=True, help="Put files in the place of others of their names.")
@json_option
def add(sources: tuple[str, ...], replace: bool, as_json: bool) -> None:
    """Add files, folders with their manifests, or the pages of an event, and index them.

    Files are copied into the corpus. Of an address all pages of that one event are fetched. A
    folder that `hetao remove` names is put back in its place.
    """
    from rag.transcripts.shelf import add_paths

    settings = load_settings()
    pages = [source for source in sources if source.startswith(("http://", "https://"))]
    files = [Path(source) for source in sources if source not in pages]
    added: list[Path] = []
    try:
        # Files first: of these all are added or none.
        added += add_paths(files, settings.corpus_dir, renew=replace)
        for url in pages:
            added += _fetch(url, settings)
    except HetaoError:
        if added:
            # What is in the corpus by now is to be in the index too.
            tell("\n".join(f"Added {path}" for path in added))
            ingest_paths((settings.corpus_dir,), settings)
        raise
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


def _fetch(url: str, settings: Settings) -> tuple[Path, ...]:
    from rag.transcripts.web.event import add_event
    from rag.transcripts.web.fetch import Fetcher

    hosts = [host.strip() for host in settings.fetch_allowed_hosts.split(",")]
    with closing(Fetcher(hosts, settings.fetch_delay_seconds)) as fetcher:
        return add_event(url, settings.corpus_dir, fetcher, lambda page: tell(f"Fetching {page}"))


def _follow(settings: Settings, *, as_json: bool, **told: object) -> None:
    say_report(ingest_paths((settings.corpus_dir,), settings), as_json=as_json, **told)
