"""What a run is over: the set with its evidence located, and the index to ask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eval.errors import SetError
from eval.gold import load_set
from eval.public_sets import NAMED_SETS, read_named_set
from eval.records import EvaluationSet
from eval.runs import INFO, corpus_hash
from rag.assistant import Assistant, open_assistant
from rag.embedding.embedder import build_embedder
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import Corpus, read_corpus


@dataclass(frozen=True, slots=True)
class Source:
    """A set and an assistant over the corpus that it asks about."""

    chosen: EvaluationSet
    assistant: Assistant


def open_source(name: str, corpus_folder: Path | None, settings: Settings) -> Source:
    """Open what ``hetao eval run`` was asked to run.

    Args:
        name: the path of a JSON Lines file, or one of the named sets.
        corpus_folder: transcripts to ask about instead of the user's own index, which is
            left alone. A named set brings its own, so it must be None; and so does a file that
            has a folder of its own name beside it (``practice.jsonl`` and ``practice/``).
        settings: in force, the index's data directory among them.

    Raises SetError for a set that does not fit the corpus (before anything is indexed), and
    what reading a corpus, ingesting and opening an index raise.
    """
    if name in NAMED_SETS:
        if corpus_folder is not None:
            raise SetError(f"The set {name} brings its own transcripts. Leave --corpus out.")
        chosen, corpus = read_named_set(name, settings)
        return Source(chosen, _assistant_over(corpus, settings))
    path = Path(name)
    if corpus_folder is None and path.suffix == ".jsonl":
        beside = path.with_suffix("")
        # A run of the set may be called like it, too.
        if beside.is_dir() and not (beside / INFO).exists():
            corpus_folder = beside
    if corpus_folder is not None:
        corpus = read_corpus([corpus_folder])
        chosen = load_set(path, corpus.transcripts)
        return Source(chosen, _assistant_over(corpus, settings))
    assistant = open_assistant(settings, keeps_answers=False)
    return Source(load_set(path, assistant.transcripts()), assistant)


def corpus_settings(corpus: Corpus, settings: Settings) -> Settings:
    """The settings of a foreign corpus's own index, beside the user's.

    Its folder is named by the corpus alone: ingest is idempotent and renews what other
    settings or another model make stale, so the index is kept for the next run.
    """
    folder = settings.data_dir / "eval-index" / corpus_hash(corpus.transcripts)[:16]
    return apart(settings, folder)


def apart(settings: Settings, folder: Path, **others: object) -> Settings:
    """The settings of an index in a data folder of its own, on this machine alone."""
    own = {"data_dir": folder, "chroma_url": "", "index_url": ""}
    return settings.model_copy(update=own | others)


def _assistant_over(corpus: Corpus, settings: Settings) -> Assistant:
    own = corpus_settings(corpus, settings)
    # The embedder gets the user's settings: the model unpacked there serves every index.
    ingest(corpus, own, build_embedder(settings), progress=True)
    return open_assistant(own, keeps_answers=False)
