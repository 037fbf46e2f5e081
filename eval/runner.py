"""Asking every question of a set, one after the other, and writing the run down.

One at a time on purpose: two questions side by side would share the processor, and neither's
latency would be what a user meets. A run can be interrupted at any moment and resumed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from eval.errors import RunError
from eval.metrics import summarise
from eval.records import Case, EvaluationSet
from eval.report import render_report
from eval.results import Result, judge
from eval.retrieval import DEPTH
from eval.runs import (
    REPORT,
    SUMMARY,
    RunInfo,
    append_result,
    start_or_resume,
)
from eval.shelf import clean_name, give_name, read_name
from eval.storage import LOCK, held, storage_errors, write_whole
from rag.assistant import SearchResult
from rag.errors import HetaoError
from rag.types import Answer, Filters, Message, Transcript


class System(Protocol):
    """What can be evaluated: :class:`rag.assistant.Assistant`, or a peer to measure it by."""

    def ask(self, question: str, history: tuple[Message, ...], filters: Filters, /) -> Answer:
        """The answer, with ``timings_ms``."""

    def search(
        self, question: str, k: int, filters: Filters, history: tuple[Message, ...], /
    ) -> SearchResult:
        """The ``k`` best passages, best first."""

    def transcripts(self) -> tuple[Transcript, ...]:
        """All that questions are asked over."""


def run_set(
    chosen: EvaluationSet, system: System, folder: Path, info: RunInfo, name: str = ""
) -> dict[str, Any]:
    """Ask every question, or those that an interrupted run in ``folder`` left, and sum up.

    ``name`` is what a person calls the run; a run that goes on keeps its name where it is "".
    Returns the summary, which is also in the folder. Raises RunError when the folder cannot
    be used (see :func:`eval.runs.start_or_resume`), the name is too long or the run is
    interrupted. A question that raises is no reason to stop: its error is recorded and it
    scores zero.
    """
    name = clean_name(name)
    with held(folder):
        results = start_or_resume(folder, info)
        if name:
            give_name(folder, name)
        _ask_the_rest(chosen, system, folder, results)
        return finish_run(folder, info, results)


def _ask_the_rest(
    chosen: EvaluationSet, system: System, folder: Path, results: list[Result]
) -> None:
    """Ask what has no result yet, and add what comes back to the folder and to ``results``."""
    done = {result.id for result in results}
    left = [case for case in chosen.cases if case.record.id not in done]
    transcripts = {transcript.id: transcript for transcript in system.transcripts()}
    asked = len(chosen.cases)
    bar = tqdm(
        left, desc=chosen.name, unit="question", initial=len(done), total=asked, disable=None
    )
    try:
        for number, case in enumerate(bar):
            result = ask_case(case, system, transcripts, warm=number > 0)
            append_result(folder, result)
            results.append(result)
    except KeyboardInterrupt:
        raise RunError(
            f"Interrupted after {len(results)} of {asked} questions. The same command with "
            f"--resume {folder} goes on from here."
        ) from None


def ask_case(
    case: Case, system: System, transcripts: Mapping[str, Transcript], *, warm: bool
) -> Result:
    """Ask one question and score what comes back, be it an error."""
    question, history = case.record.question, case.record.messages
    filters = Filters(transcripts=case.transcripts)
    try:
        answer = system.ask(question, history, filters)
        hits = system.search(question, DEPTH, filters, history).hits
    except HetaoError as error:
        return judge(case, None, (), transcripts, error=str(error), warm=warm)
    except Exception as error:  # whatever it is, it belongs to this question, not to the run
        fault = f"{type(error).__name__}: {error}"
        return judge(case, None, (), transcripts, error=fault, warm=warm)
    return judge(case, answer, hits, transcripts, warm=warm)


def finish_run(folder: Path, info: RunInfo, results: list[Result]) -> dict[str, Any]:
    """Write the report and, last, the summary that makes the run whole."""
    summary = summarise(str(folder), info.set_name, results)
    with storage_errors(folder):
        write_whole(folder / REPORT, render_report(info, results, summary, read_name(folder)))
        write_whole(folder / SUMMARY, json.dumps(summary, ensure_ascii=False, indent=1))
        # Nobody begins to write to a run that is whole.
        (folder / LOCK).unlink(missing_ok=True)
    return summary
