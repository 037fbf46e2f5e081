"""``make bench``: what an answer costs, cold and warm, and what a corpus costs to embed.

Figures are medians of several runs with their range; compare ratios, not machines.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.assistant import open_assistant
from rag.corpus import read_corpus
from rag.embedding import build_embedder
from rag.index import open_index
from rag.ingest import ingest
from rag.passages import embedding_text
from rag.settings import Settings, load_settings
from rag.terminal import run_script, say

_QUESTIONS = (
    "How many of the world's top 100 universities does Hong Kong have?",
    "香港有多少所世界百强大学？",
    "What is the population of Brazil?",
)


def main() -> None:
    """Print the table."""
    settings = load_settings()
    say(f"{'':<34}{'n':>4}{'median':>10}   range")
    _row("ask, from cold (s)", [_seconds(_ask_cold) for _ in range(5)])
    assistant = open_assistant(settings)
    answers = [assistant.ask(question) for _ in range(20) for question in _QUESTIONS]
    warm = answers[len(_QUESTIONS) :]
    _row("retrieve, warm (ms)", [answer.timings_ms["retrieve"] for answer in warm])
    _row("whole answer, warm (ms)", [answer.timings_ms["total"] for answer in warm])
    _row("ingest, nothing changed (s)", [_seconds(lambda: _ingest(settings)) for _ in range(5)])
    _row("embed the corpus (passages/s)", [_embedding_rate(settings) for _ in range(3)])


def _ask_cold() -> None:
    command = [str(Path(sys.executable).with_name("hetao")), "ask", _QUESTIONS[0], "--json"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command


def _ingest(settings: Settings) -> None:
    ingest(read_corpus([settings.corpus_dir]), settings, build_embedder(settings))


def _embedding_rate(settings: Settings) -> float:
    """Passages embedded a second, model loaded."""
    index = open_index(settings, build_embedder(settings).id)
    passages = [embedding_text(passage) for passage in index.passages]
    embedder = build_embedder(settings)
    embedder.embed_passages(passages[:1], lambda _: None)
    return len(passages) / _seconds(lambda: embedder.embed_passages(passages, lambda _: None))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _row(name: str, values: Sequence[float]) -> None:
    say(
        f"{name:<34}{len(values):>4}{statistics.median(values):>10.2f}   "
        f"{min(values):.2f} to {max(values):.2f}"
    )


if __name__ == "__main__":
    run_script(main)
