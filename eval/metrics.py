"""The metrics of a run: which there are, and their values over groups of questions.

Per-question scores are defined in :mod:`eval.retrieval` and :mod:`eval.answers`; their value
over a run is the mean over the questions they apply to. Over all questions, with *refusing*
as the positive class (Trust-Score, Song et al., 2024):

- ``refusal_precision``: of the questions refused, the share that had to be.
- ``refusal_recall``: of the questions to be refused, the share that was.
- ``refusal_f1``: their harmonic mean, 2 TP / (refused + to be refused).
- ``aurc``: area under the risk-coverage curve, by confidence; risk as in
  :attr:`eval.results.Result.risk`. Lower is better.
- ``latency_*_ms_p50``, ``_p95``: milliseconds, over warm questions. Lower is better.

A precision with nothing refused is 0. Refusal metrics are left out where no question had to
be refused. ``by.unanswerable_kind`` sets each kind against all answerable questions, since
within a kind there is nothing to tell it from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.results import Result
from eval.retrieval import CUTOFFS
from eval.statistics import (
    Array,
    Statistic,
    area_under_risk_coverage,
    as_json,
    estimate,
    percentile,
    ratio,
)

RETRIEVAL = (
    *(f"recall@{k}" for k in CUTOFFS),
    *(f"success@{k}" for k in CUTOFFS),
    "mrr@10",
    "ndcg@10",
)
ANSWER = ("nugget_recall", "nugget_all")
CITATION = ("citation_recall", "citation_precision", "quote_exact", "speaker_accuracy")
REFUSAL = ("refusal_precision", "refusal_recall", "refusal_f1")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric over a run.

    ``row`` gives a result's columns for ``statistic``, or None to leave the question out.
    ``judges`` is False for costs, which no gate looks at.
    """

    name: str
    statistic: Statistic
    row: Callable[[Result], tuple[float, float] | None]
    higher_is_better: bool = True
    judges: bool = True


def _score(name: str) -> Metric:
    def row(result: Result) -> tuple[float, float] | None:
        value = result.scores.get(name)
        return None if value is None else (value, 1.0)

    return Metric(name, ratio, row)


def _latency(part: str, percent: int) -> Metric:
    def row(result: Result) -> tuple[float, float] | None:
        value = result.milliseconds(part)
        return None if value is None else (value, 1.0)

    name = f"latency_{part}_ms_p{percent}"
    return Metric(name, percentile(percent / 100), row, higher_is_better=False, judges=False)


def _refused(result: Result) -> tuple[float, float]:
    return float(result.refused and not result.record.answerable), float(result.refused)


def _to_refuse(result: Result) -> tuple[float, float]:
    positive = not result.record.answerable
    return float(result.refused and positive), float(positive)


def _f1(result: Result) -> tuple[float, float]:
    hit, positive = _to_refuse(result)
    return 2 * hit, positive + result.refused


def _risk(result: Result) -> tuple[float, float]:
    return result.confidence, result.risk


METRICS: tuple[Metric, ...] = (
    *(_score(name) for name in (*RETRIEVAL, *ANSWER, *CITATION)),
    *(
        Metric(name, ratio, row)
        for name, row in zip(REFUSAL, (_refused, _to_refuse, _f1), strict=True)
    ),
    Metric("aurc", area_under_risk_coverage, _risk, higher_is_better=False),
    *(_latency(part, percent) for part in ("retrieve", "total") for percent in (50, 95)),
)


def columns(metric: Metric, results: Sequence[Result]) -> Array:
    """The metric's columns over results, shape (questions it looks at, 2)."""
    rows = [row for result in results if (row := metric.row(result)) is not None]
    return np.array(rows, dtype=float).reshape(-1, 2)


def applies(metric: Metric, results: Sequence[Result]) -> bool:
    """Whether the metric can be taken of these results."""
    if metric.name in REFUSAL:
        return any(not result.record.answerable for result in results)
    return len(columns(metric, results)) > 0


def measure(results: Sequence[Result], only: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Each metric that applies, as ``{"n", "mean", "low", "high"}``; ``only`` these, if given."""
    measured = {}
    for metric in METRICS:
        if (only and metric.name not in only) or not applies(metric, results):
            continue
        data = columns(metric, results)
        found = estimate(metric.statistic, data)
        counted = (data[:, 1] > 0).sum() if metric.statistic is ratio else len(data)
        measured[metric.name] = {"n": int(counted), **as_json(found)}
    return measured


def summarise(run: str, set_name: str, results: Sequence[Result]) -> dict[str, Any]:
    """The summary of a run, in its public form, with the errors and the first question."""
    cold = [r.answer["timings_ms"]["total"] for r in results if r.answer and not r.warm]
    return {
        "run": run,
        "set": set_name,
        "n": len(results),
        "errors": sum(result.error is not None for result in results),
        "first_question_ms": cold[0] if cold else None,
        "metrics": measure(results),
        "by": {
            "language": _by(results, lambda result: result.language),
            "type": _by(results, lambda result: result.record.type),
            "unanswerable_kind": _by_kind(results),
        },
    }


def _by(
    results: Sequence[Result], key: Callable[[Result], str]
) -> Mapping[str, dict[str, dict[str, Any]]]:
    names = sorted({key(result) for result in results} - {""})
    return {name: measure([r for r in results if key(r) == name]) for name in names}


def _by_kind(results: Sequence[Result]) -> Mapping[str, dict[str, dict[str, Any]]]:
    kinds = sorted({r.record.unanswerable_kind for r in results if r.record.unanswerable_kind})
    return {
        kind: measure(
            [r for r in results if r.record.answerable or r.record.unanswerable_kind == kind],
            only=(*REFUSAL, "aurc"),
        )
        for kind in kinds
    }
