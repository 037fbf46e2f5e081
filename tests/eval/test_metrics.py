from __future__ import annotations

from collections.abc import Callable

import pytest

from eval.metrics import METRICS, measure, summarise
from eval.results import Result

MakeResult = Callable[..., Result]


def means(results: list[Result]) -> dict[str, float]:
    return {name: value["mean"] for name, value in measure(results).items()}


def test_refusal_metrics_take_refusing_as_the_positive_class(make_result: MakeResult) -> None:
    results = [
        make_result(1, "right"),
        make_result(2, "refused"),
        make_result(3, "refused", answerable=False),
        make_result(4, "refused", answerable=False),
        make_result(5, "wrong", answerable=False),
    ]
    found = measure(results)
    assert found["refusal_precision"]["mean"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["refusal_recall"]["mean"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["refusal_f1"]["mean"] == pytest.approx(2 / 3, abs=1e-6)
    assert [found[f"refusal_{name}"]["n"] for name in ("precision", "recall", "f1")] == [3, 3, 4]


def test_a_precision_with_nothing_refused_is_zero(make_result: MakeResult) -> None:
    found = means([make_result(1, "right"), make_result(2, "wrong", answerable=False)])
    assert found["refusal_precision"] == found["refusal_recall"] == found["refusal_f1"] == 0


def test_without_unanswerable_questions_there_are_no_refusal_metrics(
    make_result: MakeResult,
) -> None:
    found = means([make_result(1, "right"), make_result(2, "refused")])
    assert not [name for name in found if name.startswith("refusal")]
    assert found["nugget_all"] == 0.5
    assert found["aurc"] > 0


def test_an_error_scores_zero_and_is_not_dropped(make_result: MakeResult) -> None:
    results = [
        make_result(1, "right"),
        make_result(2, "error"),
        make_result(3, "error", answerable=False),
    ]
    found = measure(results)
    for name in ("nugget_recall", "nugget_all", "citation_recall", "citation_precision"):
        assert (found[name]["n"], found[name]["mean"]) == (2, 0.5)
    assert found["recall@5"]["n"] == 2
    assert found["refusal_recall"]["mean"] == 0
    assert found["aurc"]["n"] == 3
    assert summarise("run", "set", results)["errors"] == 2


def test_risk_is_what_was_wrong_whether_or_not_it_could_be_answered(
    make_result: MakeResult,
) -> None:
    risks = {
        (outcome, answerable): make_result(1, outcome, answerable=answerable).risk
        for outcome in ("right", "wrong", "refused", "error")
        for answerable in (True, False)
    }
    assert [key for key, risk in risks.items() if risk == 0] == [
        ("right", True),
        ("refused", False),
    ]


def test_aurc_is_lower_when_the_wrong_ones_are_the_unsure_ones(make_result: MakeResult) -> None:
    honest = [make_result(1, "right", confidence=0.9), make_result(2, "wrong", confidence=0.1)]
    vain = [make_result(1, "right", confidence=0.1), make_result(2, "wrong", confidence=0.9)]
    assert means(honest)["aurc"] == 0.25
    assert means(vain)["aurc"] == 0.75


def test_the_first_question_is_kept_out_of_the_latencies(make_result: MakeResult) -> None:
    results = [make_result(1, "right", warm=False), make_result(2, "right")]
    found = measure(results)
    assert found["latency_total_ms_p50"] == {"n": 1, "mean": 42.0, "low": 42.0, "high": 42.0}
    assert found["latency_retrieve_ms_p95"]["mean"] == 40.0
    assert summarise("run", "set", results)["first_question_ms"] == 42.0


def test_a_summary_has_the_groups_of_the_contract(make_result: MakeResult) -> None:
    results = [
        make_result(1, "right", type="factual"),
        make_result(2, "wrong", type="list", language="zh-Hans"),
        make_result(3, "refused", answerable=False, unanswerable_kind="near_miss"),
        make_result(4, "wrong", answerable=False, unanswerable_kind="injection"),
    ]
    summary = summarise("runs/x", "small", results)
    assert (summary["run"], summary["set"], summary["n"]) == ("runs/x", "small", 4)
    assert set(summary["metrics"]["nugget_recall"]) == {"n", "mean", "low", "high"}
    by = summary["by"]
    assert by["language"]["zh-Hans"]["nugget_recall"]["mean"] == 0
    assert set(by["type"]) == {"factual", "list"}
    # Each kind is set against the two answerable questions.
    assert by["unanswerable_kind"]["near_miss"]["refusal_f1"]["mean"] == 1
    assert by["unanswerable_kind"]["injection"]["refusal_recall"]["mean"] == 0
    assert by["unanswerable_kind"]["injection"]["aurc"]["n"] == 3


def test_the_metric_names_are_those_of_the_contract() -> None:
    names = [metric.name for metric in METRICS]
    cutoffs = (1, 3, 4, 5, 10, 20)
    assert set(names) == {
        *(f"{kind}@{k}" for kind in ("recall", "success") for k in cutoffs),
        "mrr@10", "ndcg@10", "nugget_recall", "nugget_all", "citation_recall",
        "citation_precision", "quote_exact", "speaker_accuracy", "refusal_precision",
        "refusal_recall", "refusal_f1", "aurc", "latency_retrieve_ms_p50",
        "latency_retrieve_ms_p95", "latency_total_ms_p50", "latency_total_ms_p95",
    }  # fmt: skip
    assert len(names) == len(set(names))
