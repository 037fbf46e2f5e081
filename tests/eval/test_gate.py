"""The gate of every change: the whole page-10 set against the committed baseline."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.compare import gate
from eval.gold import load_set
from eval.runner import run_set
from eval.runs import Run, describe_run, read_run
from eval.studies.baseline import BASELINE
from eval.studies.own_sets import PAGE_10
from rag.assistant import open_assistant
from rag.settings import Settings

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def run(real_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    assistant = open_assistant(real_settings)
    chosen = load_set(PAGE_10, assistant.transcripts())
    info = describe_run(chosen, None, None, assistant.transcripts(), real_settings)
    folder: Path = tmp_path_factory.mktemp("run")
    run_set(chosen, assistant, folder, info)
    return read_run(folder)


@pytest.mark.slow
def test_the_answers_are_no_worse_than_the_committed_baseline(run: Run) -> None:
    assert gate(run, read_run(BASELINE)) == []


def test_every_quote_is_exact_and_in_the_right_mouth(run: Run) -> None:
    assert run.summary["metrics"]["quote_exact"]["mean"] == 1.0
    assert run.summary["metrics"]["speaker_accuracy"]["mean"] == 1.0


def test_answers_that_refuse_everything_do_not_pass_the_gate(run: Run) -> None:
    silent = Run(
        run.folder,
        run.info,
        tuple(
            result.model_copy(update={"scores": dict.fromkeys(result.scores, 0.0)})
            for result in run.results
        ),
        run.summary,
    )
    assert any("nugget_recall fell" in reason for reason in gate(silent, read_run(BASELINE)))
