"""Starting the Streamlit page on a port that is free."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import CorpusError, HetaoError, IndexMismatch, SettingsError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.transcripts.corpus import Corpus

_TRIES = 20
HOST = "127.0.0.1"


def ingest_if_changed(settings: Settings, announce: Callable[[str], None]) -> None:
    """Ingest the corpus folder unless the index holds just that; the check takes no model.

    What cannot be used of the corpus is announced: the page goes on with the index there is.
    """
    from rag.collector import open_collector
    from rag.transcripts.corpus import read_corpus

    try:
        with open_collector(settings).root("hetao.ingest"):
            corpus = read_corpus((settings.corpus_dir,))
            _ingest_if_changed(corpus, settings, announce)
    except CorpusError as error:
        announce(str(error))


def _ingest_if_changed(corpus: Corpus, settings: Settings, announce: Callable[[str], None]) -> None:
    from rag.embedding.embedder import build_embedder
    from rag.indexing.index import is_current, read_index
    from rag.indexing.shared import look
    from rag.requested import keep_prototypes

    embedder = build_embedder(settings)
    look(settings)
    try:
        index = read_index(settings.data_dir, settings.chroma_url)
    except IndexMismatch:
        index = None
    if not is_current(index, settings, embedder.id, corpus):
        from rag.indexing.ingest import ingest as run

        for skip in run(corpus, settings, embedder, progress=True).skipped:
            announce(f"Skipped {skip.path}: {skip.reason}")
    keep_prototypes(settings, embedder)


def serve(port: int, *, open_browser: bool, announce: Callable[[str], None]) -> str:
    """Run the page until it is stopped; returns its address afterwards.

    The page listens on this machine only. Raises SettingsError when neither ``port`` nor any
    of the next ports is free, HetaoError when the page ends by itself.
    """
    chosen = free_port(port)
    address = f"http://localhost:{chosen}"
    if chosen != port:
        announce(f"Port {port} is taken; using {chosen}.")
    announce(f"Hetao is at {address} (stop it with Ctrl-C).")
    spec = find_spec("ui")
    if spec is None or not spec.submodule_search_locations:
        raise SettingsError("The package ui is not installed: run `make setup` in the project.")
    page = Path(next(iter(spec.submodule_search_locations))) / "app.py"
    command = [
        sys.executable, "-m", "streamlit", "run", str(page),
        f"--server.port={chosen}", f"--server.address={HOST}",
        f"--server.headless={'false' if open_browser else 'true'}",
        "--browser.gatherUsageStats=false",
    ]  # fmt: skip
    # Standard output belongs to --json; what the page's server prints stays to be seen.
    process = subprocess.Popen(command, stdout=sys.stderr)  # noqa: S603 - our own command
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        code = 0
    if code not in (0, -signal.SIGTERM):
        raise HetaoError(
            f"The chat could not start, or broke off (exit code {code}). What stands above says "
            "why; `hetao doctor` examines what is installed."
        )
    return address


def free_port(first: int) -> int:
    """The first free port from ``first`` on. Raises SettingsError when 20 in a row are taken."""
    for port in range(first, min(first + _TRIES, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise SettingsError(
        f"The ports {first} to {first + _TRIES - 1} are all taken: set HETAO_PORT to another."
    )
