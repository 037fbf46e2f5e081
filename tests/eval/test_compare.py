from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from eval.compare import compare_runs, gate
from eval.errors import SetError
from eval.metrics import summarise
from eval.provenance import outcomes
from eval.results import Result
from eval.runs import Run, RunInfo

MakeResult = Callable[..., Result]
MakeRun = Callable[..., Run]


@pytest.fixture
def make_run() -> MakeRun:
    def make(
        results: Sequence[Result], name: str = "run", set_sha256: str = "0" * 64,
        generator: str = "extractive",
    ) -> Run:  # fmt: skip
        info = RunInfo(
            set_name="small", set_sha256=set_sha256, n=len(results), split=None, limit=None,
            corpus_sha256="c" * 64, transcripts=1, settings={},
            models={"generator": generator}, code_version="1",
            started="2026-01-01T00:00:00+00:00",
        )  # fmt: skip
        return Run(Path(name), info, tuple(results), summarise(name, "small", results))

    return make


def test_a_run_against_itself_is_the_same_and_passes_the_gate(
    make_result: MakeResult, make_run: MakeRun
) -> None:
    run = make_run([make_result(i, "right" if i % 2 else "wrong") for i in range(6)])
    comparison = compare_runs(run, run)
    assert {change.verdict for change in comparison.changes} == {"the same"}
    assert comparison.became_right == comparison.became_wrong == ()
    assert gate(run, run) == []


def test_a_clear_fall_is_worse_and_stopped_by_the_gate(
    make_result: MakeResult, make_run: MakeRun
) -> None:
    before = make_run([make_result(i, "right") for i in range(12)], "before")
    after = make_run([make_result(i, "right" if i < 4 else "refused") for i in range(12)], "after")
    verdicts = {c.metric.name: c.verdict for c in compare_runs(before, after).changes}
    assert verdicts["nugget_all"] == verdicts["citation_recall"] == verdicts["aurc"] == "worse"
    assert [r.id for r in compare_runs(before, after).became_wrong] == [
        f"q{i}" for i in range(4, 12)
    ]
    reasons = gate(after, before)
    assert any(reason.startswith("nugget_all fell from 1.000 to 0.333") for reason in reasons)
    assert any(reason.startswith("aurc, of which less is better, rose") for reason in reasons)
    assert gate(before, after) == []
    better = {c.metric.name: c.verdict for c in compare_runs(after, before).changes}
    assert better["nugget_all"] == better["aurc"] == "better"


def test_one_flip_among_many_is_within_the_noise(
    make_result: MakeResult, make_run: MakeRun
) -> None:
    before = make_run([make_result(i, "right") for i in range(20)])
    after = make_run([make_result(i, "right" if i else "refused") for i in range(20)])
    comparison = compare_runs(before, after)
    verdicts = {change.metric.name: change.verdict for change in comparison.changes}
    assert verdicts["nugget_all"] == "within the noise"
    assert comparison.to_json()["became_wrong"] == ["q0"]
    assert gate(after, before) == []


def test_a_few_questions_that_move_alike_are_no_proof(
    make_result: MakeResult, make_run: MakeRun
) -> None:
    before, after = (
        make_run([make_result(i, outcome) for i in range(3)]) for outcome in ("right", "refused")
    )
    moved = {change.metric.name: change for change in compare_runs(before, after).changes}
    assert moved["nugget_all"].difference.high == -1
    assert moved["nugget_all"].verdict == "within the noise"
    assert gate(after, before) == []


def test_a_wrong_quote_or_an_error_is_stopped_whatever_the_baseline_had(
    make_result: MakeResult, make_run: MakeRun
) -> None:
    good = make_result(1, "right")
    misquoted = good.model_copy(update={"scores": good.scores | {"quote_exact": 0.5}})
    assert any(
        "quote_exact must be 1" in r for r in gate(make_run([misquoted]), make_run([misquoted]))
    )
    voiced = good.model_copy(update={"scores": good.scores | {"speaker_accuracy": 0.0}})
    assert any("speaker_accuracy must" in r for r in gate(make_run([voiced]), make_run([voiced])))
    failed = make_run([make_result(1, "error")])
    assert any("raised an error: q1" in reason for reason in gate(failed, failed))


def test_slower_is_worse_but_does_not_stop_a_change(
    make_result: MakeResult, make_run: MakeRun
) -> None:
    def slowed(result: Result) -> Result:
        assert result.answer is not None
        timings = {part: 10 * time for part, time in result.answer["timings_ms"].items()}
        return result.model_copy(update={"answer": {**result.answer, "timings_ms": timings}})

    before = [make_result(i, "right") for i in range(8)]
    after = make_run([slowed(result) for result in before])
    verdicts = {c.metric.name: c.verdict for c in compare_runs(make_run(before), after).changes}
    assert verdicts["latency_total_ms_p50"] == "worse"
    assert gate(after, make_run(before)) == []


def test_quotes_are_compared_over_the_questions_that_both_runs_answered(
    make_result: MakeResult, make_run: MakeRun
) -> None:
    answered = make_run([make_result(1, "right"), make_result(2, "right")])
    for made, expected in ((("right", "refused"), {"the same"}), (("refused",) * 2, set())):
        other = make_run([make_result(i, outcome) for i, outcome in enumerate(made, 1)])
        changes = compare_runs(answered, other).changes
        assert {c.verdict for c in changes if c.metric.name == "quote_exact"} == expected


def written(result: Result, output: int = 20) -> Result:
    """The same answer as a chat model's, which read 1,000 tokens and began after half a second."""
    assert result.answer is not None
    took = {**result.answer["timings_ms"], "first_token": 500.0}
    usage = {"input_tokens": 1000, "output_tokens": output}
    made = {"generator": "openai:m", "usage": usage, "timings_ms": took}
    return result.model_copy(update={"answer": {**result.answer, **made}})


def test_quoting_and_a_chat_model_are_set_side_by_side_with_what_each_costs(
    make_result: MakeResult, make_run: MakeRun
) -> None:
    quoted = [*(make_result(i, "right") for i in range(3)), make_result(3, "refused")]
    quoting = make_run(quoted)
    chat = make_run([*map(written, quoted[:2]), *quoted[2:]], generator="openai:m")
    compared = compare_runs(quoting, chat).to_json()
    assert compared["changed"] == ["generator: extractive → openai:m"]
    # One of the answers is quoted in the place of a chat model that failed.
    assert compared["outcomes"] == {
        "a": {"extractive": 3, "refused": 1},
        "b": {"openai:m": 2, "extractive": 1, "refused": 1},
    }
    read, wrote = (compared["metrics"][f"tokens_{part}_mean"] for part in ("input", "output"))
    assert (read["a"], read["b"], wrote["a"], wrote["b"]) == (0, 500, 0, 10)
    assert compared["one_sided"] == {"latency_first_token_ms_p50": {"a": None, "b": 500}}
    assert gate(chat, quoting) == []


def test_two_runs_that_quote_say_nothing_of_tokens(
    make_result: MakeResult, make_run: MakeRun
) -> None:
    run = make_run([make_result(1, "right")])
    compared = compare_runs(run, run).to_json()
    assert not any("token" in name for name in (*compared["metrics"], *compared["one_sided"]))


def test_answers_of_a_model_that_counts_no_tokens_and_errors_are_told_apart(
    make_result: MakeResult,
) -> None:
    results = [written(make_result(1, "right"), 0), make_result(2, "error")]
    assert outcomes(results) == {"openai:m (no tokens counted)": 1, "errors": 1}


def test_runs_over_different_sets_or_questions_cannot_be_compared(
    make_result: MakeResult, make_run: MakeRun
) -> None:
    one, two = make_result(1, "right"), make_result(2, "right")
    with pytest.raises(SetError, match="different sets"):
        compare_runs(make_run([one]), make_run([one], set_sha256="1" * 64))
    with pytest.raises(SetError, match="1 only in a, 0 only in b"):
        compare_runs(make_run([one, two], "a"), make_run([one], "b"))
