"""The gate of every change: the page-10 set against the committed baseline.

The slow run asks every other question of the set, every run a small share of it.
"""

from __future__ import annotations

from dataclasses import replace
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

ALL = pytest.param(2, id="every other question", marks=pytest.mark.slow)


@pytest.fixture(scope="module", params=[pytest.param(20, id="every 20th question"), ALL])
def runs(
    request: pytest.FixtureRequest, real_settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Run, Run]:  # fmt: skip
    """A run over these questions of the set, and what the baseline has of them."""
    assistant = open_assistant(real_settings)
    whole = load_set(PAGE_10, assistant.transcripts())
    chosen = replace(whole, cases=whole.cases[:: request.param])
    info = describe_run(chosen, None, None, assistant.transcripts(), real_settings)
    folder: Path = tmp_path_factory.mktemp("run")
    run_set(chosen, assistant, folder, info)
    baseline, asked = read_run(BASELINE), {case.record.id for case in chosen.cases}
    same = tuple(result for result in baseline.results if result.id in asked)
    return read_run(folder), replace(baseline, results=same)


@pytest.fixture
def run(runs: tuple[Run, Run]) -> Run:
    return runs[0]


def test_the_answers_are_no_worse_than_the_committed_baseline(runs: tuple[Run, Run]) -> None:
    assert gate(*runs) == []


def test_every_quote_is_exact_and_in_the_right_mouth(run: Run) -> None:
    assert run.summary["metrics"]["quote_exact"]["mean"] == 1.0
    assert run.summary["metrics"]["speaker_accuracy"]["mean"] == 1.0


def test_answers_that_refuse_everything_do_not_pass_the_gate(runs: tuple[Run, Run]) -> None:
    run, baseline = runs
    nothing = [
        result.model_copy(update={"scores": dict.fromkeys(result.scores, 0.0)})
        for result in run.results
    ]
    silent = replace(run, results=tuple(nothing))
    assert any("nugget_recall fell" in reason for reason in gate(silent, baseline))
