"""``make bench``: how long a person waits in the chat, from Enter to the first words of an answer.

A real server over an index of 10,000 passages (``--passages``), made by
:mod:`eval.studies.scale` with the bundled transcript among them, and a real browser. Fifty
questions of the page-10 set, spread over its languages and kinds, ten to a conversation, each typed
once the page has come to rest. The page itself takes the time: from the key to the first frame that
shows a claim or a refusal. Beside it stands what the assistant says that it took of that.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import numpy as np

from eval.records import PAGE_10, read_records
from eval.statistics import estimate, percentile
from eval.studies.chat_page import ChatPage, open_chromium, serve_chat
from eval.studies.scale import open_scaled
from rag.cli.terminal import run_script, say
from rag.conversations.store import FILE, ConversationStore
from rag.embedding.embedder import build_embedder
from rag.requested import keep_prototypes
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import read_corpus

_A_CONVERSATION = 10


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.studies.bench_chat")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=50)
    wanted = parser.parse_args(arguments)
    settings = load_settings()
    own = _prepare(wanted.passages, settings)
    questions = choose(wanted.questions)
    load = os.getloadavg()[0]
    took = _measure(questions, own)
    of_assistant = _told(own)
    say(
        f"{len(took)} questions over {wanted.passages:,} passages, in conversations of "
        f"{_A_CONVERSATION}; {os.cpu_count()} processors, load {load:.1f} before and "
        f"{os.getloadavg()[0]:.1f} after"
    )
    say(f"{'milliseconds':<40}{'n':>5}{'p50':>10}   {'95% interval':<20}{'p95':>10}   95% interval")
    _row("from Enter to the first words", took)
    for name, times in of_assistant.items():
        _row(f"  the assistant's own: {name}", times)
    totals = of_assistant["total"]
    _row("  all else", [whole - own for whole, own in zip(took, totals, strict=True)])


def choose(count: int) -> list[str]:
    """Distinct questions of the page-10 set that stand alone, spread over the whole of it."""
    records, _, _ = read_records(PAGE_10)
    alone = dict.fromkeys(record.question for _, record in records if not record.history)
    places = np.linspace(0, len(alone) - 1, min(count, len(alone))).astype(int)
    return [list(alone)[place] for place in places]


def _prepare(count: int, settings: Settings) -> Settings:
    """The settings of a data folder with the index, and with nothing that was asked before."""
    embedder = build_embedder(settings)
    index, own = open_scaled(count, settings, embedder, read_corpus([settings.corpus_dir]))
    index.close()
    keep_prototypes(own, embedder)
    for file in own.data_dir.glob(f"{FILE}*"):
        file.unlink()
    return own


def _measure(questions: Sequence[str], settings: Settings) -> list[float]:
    """The milliseconds that each question takes; the models are loaded by one more before."""
    took = []
    with serve_chat(settings) as address, open_chromium() as browser:
        page = ChatPage(browser, address)
        for place, question in enumerate(questions):
            if place % _A_CONVERSATION == 0:
                page.open()
            if place == 0:
                page.ask("Who chairs the briefing?")
                page.open()
            took.append(page.ask(question))
    return took


def _told(settings: Settings) -> dict[str, list[float]]:
    """What the kept answers say that they took, in the order in which they were asked for."""
    store = ConversationStore(settings.data_dir / FILE)
    rounds = [done for kept in store.conversations() for done in store.rounds(kept.id)]
    measured = sorted(rounds, key=lambda done: done.asked)[1:]  # the first loaded the models
    timings = [done.answer.timings_ms for done in measured if done.answer]
    return {name: [one[name] for one in timings] for name in ("retrieve", "generate", "total")}


def _row(name: str, values: Sequence[float]) -> None:
    column = np.array(values)[:, None]
    middle, late = (estimate(percentile(share), column) for share in (0.5, 0.95))
    intervals = [f"{each.low:.0f} to {each.high:.0f}" for each in (middle, late)]
    say(
        f"{name:<40}{len(values):>5}{middle.mean:>10.0f}   {intervals[0]:<20}{late.mean:>10.0f}"
        f"   {intervals[1]}"
    )


if __name__ == "__main__":
    run_script(lambda: main(sys.argv[1:]))
