"""Whether one run is better than another, question by question, and the gate made of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from eval.errors import SetError
from eval.metrics import METRICS, Metric, applies, columns
from eval.provenance import outcomes
from eval.results import Result
from eval.runs import Run
from eval.statistics import Difference, as_json, compare, observe, percentile, ratio

Verdict = Literal["better", "worse", "within the noise", "the same"]
# The product's promise; a run below this is refused whatever the baseline had.
MUST_BE_ONE = ("quote_exact", "speaker_accuracy")
# The level that goes with 95% intervals.
_SIGNIFICANT = 0.05


def _tokens(part: str) -> Metric:
    """The tokens that an answer took on average; what no chat model wrote took none."""

    def row(result: Result) -> tuple[float, float] | None:
        if result.answer is None:
            return None
        return float((result.answer.get("usage") or {}).get(f"{part}_tokens", 0)), 1.0

    return Metric(f"tokens_{part}_mean", ratio, row, higher_is_better=False, judges=False)


def _first_token(result: Result) -> tuple[float, float] | None:
    value = result.milliseconds("first_token")
    return None if value is None else (value, 1.0)


# What a chat model costs. They are no part of a run's summary, whose names are settled.
COSTS = (
    Metric("latency_first_token_ms_p50", percentile(0.5), _first_token, False, False),
    _tokens("input"),
    _tokens("output"),
)


@dataclass(frozen=True, slots=True)
class MetricChange:
    """A metric in both runs; the verdict is of the second against the first."""

    metric: Metric
    difference: Difference

    @property
    def verdict(self) -> Verdict:
        """By the 95% interval and the paired test: "within the noise" where either doubts it.

        Few questions that all move alike leave the interval no width; the test knows that such
        happens by chance. What does not judge is told by the interval alone: random swaps of
        two times move a median by all or nothing, so that the test of it proves little.
        """
        low, high = self.difference.low, self.difference.high
        if low == high == 0:
            return "the same"
        doubted = self.metric.judges and self.difference.p_value >= _SIGNIFICANT
        if low <= 0 <= high or doubted:
            return "within the noise"
        return "better" if (low > 0) == self.metric.higher_is_better else "worse"


@dataclass(frozen=True, slots=True)
class OneSided:
    """A metric that no question has in both runs; None for the run that lacks it."""

    metric: Metric
    a: float | None
    b: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run ``b`` against run ``a``. A question is right when its risk is 0."""

    a: Run
    b: Run
    changes: tuple[MetricChange, ...]
    one_sided: tuple[OneSided, ...]
    became_right: tuple[Result, ...]
    became_wrong: tuple[Result, ...]

    def to_json(self) -> dict[str, Any]:
        """What ``hetao eval compare --json`` prints."""
        return {
            "a": str(self.a.folder),
            "b": str(self.b.folder),
            "set": self.a.info.set_name,
            "n": self.a.info.n,
            "same_corpus": self.a.info.corpus_sha256 == self.b.info.corpus_sha256,
            "outcomes": {"a": outcomes(self.a.results), "b": outcomes(self.b.results)},
            "changed": self.a.info.changes(self.b.info),
            "metrics": {
                change.metric.name: {**as_json(change.difference), "verdict": change.verdict}
                for change in self.changes
            },
            "one_sided": {one.metric.name: {"a": one.a, "b": one.b} for one in self.one_sided},
            "became_right": [result.id for result in self.became_right],
            "became_wrong": [result.id for result in self.became_wrong],
        }


def compare_runs(a: Run, b: Run) -> Comparison:
    """Paired differences of every metric that both runs have, and the questions that flipped.

    Raises SetError when the runs did not ask the same questions of the same set.
    """
    _check_same_questions(a, b)
    by_id = {result.id: result for result in b.results}
    pairs = [(result, by_id[result.id]) for result in a.results]
    changes: list[MetricChange] = []
    one_sided: list[OneSided] = []
    for metric in (*METRICS, *COSTS):
        old, new = (_value(metric, run.results) for run in (a, b))
        if (metric in COSTS and not old and not new) or (old is None and new is None):
            continue
        if old is None or new is None or (difference := _difference(metric, pairs)) is None:
            one_sided.append(OneSided(metric, old, new))
        else:
            changes.append(MetricChange(metric, difference))
    return Comparison(
        a,
        b,
        tuple(changes),
        tuple(one_sided),
        became_right=tuple(new for old, new in pairs if old.risk > 0 and new.risk == 0),
        became_wrong=tuple(new for old, new in pairs if old.risk == 0 and new.risk > 0),
    )


def gate(run: Run, baseline: Run) -> list[str]:
    """Why the run must not pass; empty when it may.

    It must not where a quote or an attribution is wrong, where questions raised errors, or
    where a metric is worse than the baseline's beyond the noise: its paired 95% interval lies
    wholly on the worse side of 0, and the paired test gives p < 0.05. Latency is left out: it
    tells of the machine. Raises SetError as :func:`compare_runs`.
    """
    comparison = compare_runs(baseline, run)
    reasons = []
    for name in MUST_BE_ONE:
        bad = [result.id for result in run.results if result.scores.get(name, 1.0) < 1.0]
        if bad:
            reasons.append(f"{name} must be 1, and is not for: {', '.join(bad)}.")
    failed = [result.id for result in run.results if result.error]
    if failed:
        reasons.append(f"Questions that raised an error: {', '.join(failed)}.")
    for change in comparison.changes:
        found = change.difference
        if change.metric.judges and change.verdict == "worse":
            reasons.append(
                f"{change.metric.name} fell from {found.a:.3f} to {found.b:.3f} "
                f"(difference {found.difference:+.3f}, 95% interval {found.low:+.3f} to "
                f"{found.high:+.3f}, p = {found.p_value:.4f})."
                if change.metric.higher_is_better
                else f"{change.metric.name}, of which less is better, rose from {found.a:.3f} to "
                f"{found.b:.3f} (95% interval {found.low:+.3f} to {found.high:+.3f})."
            )
    return reasons


def _check_same_questions(a: Run, b: Run) -> None:
    if a.info.set_sha256 != b.info.set_sha256:
        raise SetError(
            f"The runs are over different sets: {a.folder} over {a.info.set_name} "
            f"({a.info.set_sha256[:12]}), {b.folder} over {b.info.set_name} "
            f"({b.info.set_sha256[:12]}). Run one of them again over the other's set."
        )
    ids_a, ids_b = ({result.id for result in run.results} for run in (a, b))
    if ids_a != ids_b:
        raise SetError(
            f"The runs asked different questions of the set: {len(ids_a - ids_b)} only in "
            f"{a.folder}, {len(ids_b - ids_a)} only in {b.folder}. Use the same --split and "
            "--limit for both."
        )


def _difference(metric: Metric, pairs: Sequence[tuple[Result, Result]]) -> Difference | None:
    """Over the questions that the metric can be taken of in both runs; None without any.

    What one run refused has no quotes there, and says nothing about the other's.
    """
    rows = [(metric.row(old), metric.row(new)) for old, new in pairs]
    paired = [(a, b) for a, b in rows if a is not None and b is not None]
    if not paired:
        return None
    data = np.array(paired, dtype=float)
    return compare(metric.statistic, data[:, 0], data[:, 1])


def _value(metric: Metric, results: Sequence[Result]) -> float | None:
    if not applies(metric, results):
        return None
    return round(observe(metric.statistic, columns(metric, results)), 6)
